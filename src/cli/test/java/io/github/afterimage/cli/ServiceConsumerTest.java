package io.github.afterimage.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.model.data.Image;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Builds and runs the service of {@code tools/consumers/service}, on this JDK and on a later one if there is one. */
class ServiceConsumerTest {
    private static final Path SOURCE = Path.of("tools/consumers/service/src/main/java/Service.java");

    private final HttpClient client = HttpClient.newHttpClient();

    @TempDir
    private Path folder;

    static List<Path> javas() throws IOException {
        Path own = Path.of(System.getProperty("java.home"));
        Path beside = own.getParent();
        try (Stream<Path> others = Files.list(beside)) {
            Stream<Path> later = others.filter(other ->
                    other.getFileName().toString().contains("-25-") && Files.exists(other.resolve("bin/java")));
            return Stream.concat(Stream.of(own), later).toList();
        }
    }

    @BeforeEach
    void compile() {
        int failed = ToolProvider.getSystemJavaCompiler()
                .run(null, null, null, "-d", folder.toString(), "-cp", classPath(), SOURCE.toString());
        assertThat(failed).isZero();
    }

    private static String classPath() {
        return System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    }

    private HttpResponse<String> post(String uri, byte[] body) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(uri))
                .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                .build();
        return client.send(request, HttpResponse.BodyHandlers.ofString());
    }

    @ParameterizedTest
    @MethodSource("javas")
    void theServiceClassifiesReportsAndReloads(Path java) throws Exception {
        Process service = new ProcessBuilder(
                        java.resolve("bin/java").toString(),
                        "-cp",
                        folder + System.getProperty("path.separator") + classPath(),
                        "Service",
                        "models/cifar10_resnet.onnx",
                        "models/cifar10.safetensors",
                        "0")
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader output = service.inputReader()) {
            String uri = output.readLine();
            byte[] samples = new byte[32 * 32 * 3];
            new Random(1).nextBytes(samples);
            byte[] image = Image.ofBytes(32, 32, samples).encoded();
            HttpResponse<String> answer = post(uri, image);
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            assertThat(answer.body()).startsWith("[Candidate[label=").contains("network=", "cache=");
            assertThat(post(uri + "/reload", new byte[0]).statusCode()).isEqualTo(200);
            assertThat(post(uri, image).body()).isEqualTo(answer.body());
            HttpResponse<String> broken = post(uri, Arrays.copyOf(image, 20));
            assertThat(broken.statusCode()).as(broken.body()).isEqualTo(400);
            assertThat(broken.body()).startsWith("the body");
            assertThat(post(uri + "/health", new byte[0]).body()).contains("open=true", "answered=2");
        } finally {
            service.destroyForcibly();
        }
    }
}
