package io.github.afterimage.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.jr.ob.JSON;
import io.github.afterimage.JavaCommand;
import io.github.afterimage.experiments.report.ExitCode;
import io.github.afterimage.model.data.Image;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** serve, with a network that tells red, green and blue images apart. */
class ServeTest {
    private static final List<String> CLASSES = List.of("cherry", "grass", "sky");

    private static final List<String> QUICK_START = List.of("-XX:TieredStopAtLevel=1");

    private final HttpClient client = HttpClient.newHttpClient();

    @TempDir
    private Path folder;

    private Path model;
    private Path index;
    private Path green;

    @BeforeEach
    void build() throws IOException {
        model = ColourModel.write(folder.resolve("colours.onnx"));
        index = folder.resolve("index.safetensors");
        for (int colour = 0; colour < 3; colour++) {
            image("keys/" + CLASSES.get(colour) + "/" + colour + ".bmp", colour);
        }
        Run.done("build --model %s --layers hidden --data images:%s --out %s", model, folder.resolve("keys"), index);
        green = image("green.bmp", 1);
    }

    private Path image(String name, int colour) throws IOException {
        return ColourModel.picture(folder.resolve(name), colour);
    }

    private static Process start(String... options) throws IOException {
        String[] arguments = new String[options.length + 3];
        System.arraycopy(new String[] {"serve", "--port", "0"}, 0, arguments, 0, 3);
        System.arraycopy(options, 0, arguments, 3, options.length);
        return new ProcessBuilder(JavaCommand.of(QUICK_START, Afterimage.class, arguments)).start();
    }

    private HttpResponse<String> post(URI uri, String body) throws Exception {
        return client.send(
                HttpRequest.newBuilder(uri)
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    @Test
    @SuppressWarnings("unchecked")
    void answersAsPredictDoesAndStopsInOrder() throws Exception {
        Process server = start("--index", index.toString(), "--model", model.toString(), "--name", "colours");
        try (BufferedReader messages = server.errorReader()) {
            String line = messages.readLine();
            assertThat(line).startsWith("afterimage: serving http://127.0.0.1:").endsWith("/v2/models/colours");
            URI uri = URI.create(line.substring(line.indexOf("http")) + "/infer");
            String file = Base64.getEncoder().encodeToString(Files.readAllBytes(green));
            HttpResponse<String> answer = post(
                    uri,
                    ("{'inputs': [{'name': 'image', 'datatype': 'BYTES', 'shape': [1], 'data': ['" + file
                                    + "']}], 'outputs': [{'name': 'probabilities'}, {'name': 'neighbors'}, {'name': 'classes'}]}")
                            .replace('\'', '"'));
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            List<Map<String, Object>> outputs = (List<Map<String, Object>>)
                    (List<?>) JSON.std.mapFrom(answer.body()).get("outputs");
            Map<String, Object> predicted = Run.objects(
                            Run.json("predict --index %s --model %s %s", index, model, green), "predictions")
                    .get(0);
            double expected = ((Number) predicted.get("probability")).doubleValue();
            assertThat(((Number) ((List<?>) outputs.get(0).get("data")).get(1)).doubleValue())
                    .isCloseTo(expected, within(1e-6));
            Map<String, Object> nearest = JSON.std.mapFrom(
                    ((List<?>) outputs.get(1).get("data")).get(0).toString());
            assertThat(nearest).containsEntry("name", "grass/1.bmp").containsEntry("class", "grass");
            assertThat(((List<?>) outputs.get(2).get("data")).get(0).toString()).endsWith(":1:grass");
            HttpResponse<String> broken = post(
                    uri,
                    "{'inputs': [{'name': 'image', 'datatype': 'BYTES', 'shape': [1], 'data': ['AAAA']}]}"
                            .replace('\'', '"'));
            assertThat(broken.statusCode()).as(broken.body()).isEqualTo(400);
            assertThat(broken.body()).contains("image 0");
            HttpResponse<String> text = post(
                    uri,
                    "{'inputs': [{'name': 'image', 'datatype': 'BYTES', 'shape': [1], 'data': ['AAA!']}]}"
                            .replace('\'', '"'));
            assertThat(text.body())
                    .contains("image 0 is text, not base64, and no file of a picture: Illegal base64 character");
            server.toHandle().destroy(); // leaves its output open
            assertThat(server.waitFor()).isEqualTo(ExitCode.TERMINATED);
            assertThat(server.inputReader().readLine()).isEqualTo("colours answered 1 request");
        } finally {
            server.destroyForcibly();
        }
    }

    @Test
    void whatClientsCallTheHostWritesNoLinesOfTheLog() throws Exception {
        Process server = start("--index", index.toString());
        try (BufferedReader messages = server.errorReader()) {
            URI uri = URI.create(messages.readLine().replaceFirst("^.*(http)", "$1"));
            String fake = "a\r\nWARN fake";
            byte[][] requests = {
                "GET /v2 HTTP/1.1\r\nHost: [::zz]\r\nConnection: close\r\n\r\n".getBytes(StandardCharsets.US_ASCII),
                "GET /v2 HTTP/1.1\r\nHost: a\r\nHost: WARN fake\r\n\r\n".getBytes(StandardCharsets.US_ASCII),
                ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + "\0\0\0\4\0\0\0\0\0" // empty SETTINGS
                                + "\0\0" + (char) (5 + fake.length()) + "\1\5\0\0\0\1" // HEADERS of stream 1
                                + "\u0082\u0086\u0084\1" + (char) fake.length() + fake) // GET http / :authority
                        .getBytes(StandardCharsets.ISO_8859_1)
            };
            for (byte[] request : requests) {
                try (Socket socket = new Socket(uri.getHost(), uri.getPort())) {
                    socket.getOutputStream().write(request);
                    socket.getInputStream().readAllBytes();
                }
            }
            server.toHandle().destroy();
            assertThat(messages.lines()).isEmpty();
        } finally {
            server.destroyForcibly();
        }
    }

    @Test
    void aPortThatIsTakenAndAnOptionWithoutItsIndexAreNamed() throws Exception {
        try (ServerSocket taken = new ServerSocket(0)) {
            Run.failed(ExitCode.FAILED, "serve --index %s --host 0.0.0.0 --port %s", index, taken.getLocalPort())
                    .contains("0.0.0.0:" + taken.getLocalPort() + " cannot be listened on");
        }
        Run.refused("serve --models %s --name colours", index.getParent())
                .contains("--name colours needs --index: --models and --demo take the names of their files");
    }

    /** Only a process shows these: its lock, and that its sudden end loses nothing that was taught. */
    @Test
    void keysAndClassesThatAreTaughtAreThereAfterAKill() throws Exception {
        Path spare = folder.resolve("spare.safetensors");
        Run.done("convert %s --spare-classes 1 --out %s", index, spare);
        Process server = start("--index", spare.toString(), "--model", model.toString(), "--teach");
        try (BufferedReader messages = server.errorReader()) {
            String line = messages.readLine();
            String address = line.substring(line.indexOf("http"));
            Run.failed(
                            ExitCode.FAILED,
                            "add --index %s --model %s --data images:%s",
                            spare,
                            model,
                            folder.resolve("keys"))
                    .contains("may save to it and holds its lock");
            String lesson =
                    "{'parameters': {'new_class': true, 'replace': true}, 'inputs': [{'name': 'image', 'datatype': 'BYTES',"
                            + " 'shape': [1], 'data': ['"
                            + Base64.getEncoder().encodeToString(Files.readAllBytes(green))
                            + "']}, {'name': 'label', 'datatype': 'BYTES', 'shape': [1], 'data': ['fern']}]}";
            HttpResponse<String> taught = post(URI.create(address + "/keys"), lesson.replace('\'', '"'));
            assertThat(taught.statusCode()).as(taught.body()).isEqualTo(200);
            HttpResponse<byte[]> thumbnail = client.send(
                    HttpRequest.newBuilder(URI.create(address + "/keys/3/thumbnail"))
                            .build(),
                    HttpResponse.BodyHandlers.ofByteArray());
            assertThat(thumbnail.headers().firstValue("Content-Type")).hasValue("image/png");
            assertThat(Image.decode("thumbnail", thumbnail.body()).values())
                    .isEqualTo(Image.read(green).values());
            HttpResponse<String> removed = client.send(
                    HttpRequest.newBuilder(URI.create(address + "/keys?name=sky/*"))
                            .DELETE()
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(removed.body()).contains("\"removed\":1");
            server.destroyForcibly().waitFor();
            Run.reported("info %s", spare).as("after kill -9").containsEntry("keys", 3);
            Map<String, Object> predicted = Run.objects(
                            Run.json("predict --index %s --model %s --theta 2 --lambda 1 %s", spare, model, green),
                            "predictions")
                    .get(0);
            assertThat(predicted.toString()).contains("fern");
        } finally {
            server.destroyForcibly();
        }
    }

    @Test
    void aServerGivesANewClassToASpareOne() throws IOException {
        Path spare = folder.resolve("spare.safetensors");
        Run.done("convert %s --spare-classes 1 --out %s", index, spare);
        image("new/moss/green.bmp", 1);
        Run.failed(ExitCode.CORRUPT, "add --index %s --model %s --data images:%s", spare, model, folder.resolve("new"))
                .contains("has a class \"moss\": expected one of", "--teach");
    }
}
