package io.github.afterimage.model;

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
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The service of {@code tools/consumers} on this JDK and on those beside it that are newer. */
@Tag("long")
@Timeout(120)
class ServiceTest {
    private static final Path SOURCE = Path.of("tools/consumers/service/main/java/Service.java");

    /** Folders of the JDK that runs this test, and of those installed beside it. */
    static Stream<Path> jdks() throws IOException {
        Path home = Path.of(System.getProperty("java.home")).toRealPath();
        List<Path> jdks = new ArrayList<>(List.of(home));
        try (Stream<Path> beside = Files.list(home.getParent())) {
            beside.filter(jdk -> isNewer(jdk)).forEach(jdks::add);
        }
        return jdks.stream();
    }

    private static boolean isNewer(Path jdk) {
        try {
            return Files.isExecutable(jdk.resolve("bin/javac"))
                    && Files.readAllLines(jdk.resolve("release")).stream()
                            .filter(line -> line.startsWith("JAVA_VERSION="))
                            .anyMatch(line -> Runtime.Version.parse(line.replaceAll(".*=\"|\"", ""))
                                            .feature()
                                    > Runtime.version().feature());
        } catch (IOException noJdk) {
            return false;
        }
    }

    @Test
    void hasFortyLines() throws IOException {
        assertThat(Files.readAllLines(SOURCE)).hasSizeLessThanOrEqualTo(40);
    }

    @ParameterizedTest
    @MethodSource("jdks")
    void manyClientsGetAnswers(Path jdk) throws Exception {
        Process service = new ProcessBuilder(
                        jdk.resolve("bin/java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        SOURCE.toString(),
                        "models/cifar10_resnet.onnx",
                        "models/cifar10.safetensors",
                        "0")
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader output = service.inputReader()) {
            String address = output.readLine();
            assertThat(address).startsWith("http://localhost:");
            HttpClient client = HttpClient.newHttpClient();
            byte[] picture = Image.of(32, 32, new float[3 * 32 * 32]).encoded();
            List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
            for (int request = 0; request < 30; request++) {
                answers.add(client.sendAsync(post(address, picture), HttpResponse.BodyHandlers.ofString()));
            }
            for (CompletableFuture<HttpResponse<String>> answer : answers) {
                assertThat(answer.get().body()).contains("Candidate[label=", "Neighbor[id=");
                assertThat(answer.get().statusCode()).isEqualTo(200);
            }
            HttpResponse<String> refused =
                    client.send(post(address, new byte[] {1, 2, 3}), HttpResponse.BodyHandlers.ofString());
            assertThat(refused.statusCode()).isEqualTo(400);
            HttpRequest health =
                    HttpRequest.newBuilder(URI.create(address + "/health")).build();
            assertThat(client.send(health, HttpResponse.BodyHandlers.ofString()).body())
                    .contains("open=true", "answered=30");
        } finally {
            service.destroy();
            service.waitFor();
        }
    }

    private static HttpRequest post(String address, byte[] body) {
        return HttpRequest.newBuilder(URI.create(address + "/classify"))
                .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                .build();
    }
}
