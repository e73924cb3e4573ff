package io.github.afterimage.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Versions and methods of HTTP, and pages of other origins. */
class HttpVersionsTest {
    private static HttpResponse<String> send(
            HttpClient client, RunningServer server, String method, String path, String body, String... headers)
            throws Exception {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(server.uri(path)).method(method, HttpRequest.BodyPublishers.ofString(body));
        return client.send(
                (headers.length == 0 ? request : request.headers(headers)).build(),
                HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void anEarlyAnswerOfHttp2EndsWithoutAnErrorOfItsStream() throws Exception {
        try (RunningServer server = new RunningServer(new ServerOptions());
                RawHttp2 client = new RawHttp2(server.port(), 1 << 20)) {
            int unused = client.begin(RunningServer.INFER, "1000000000");
            assertThat(client.read(RawHttp2.HEADERS).status()).isEqualTo(413);
            assertThat(client.read(RawHttp2.DATA).ends()).isTrue();
            assertThat(client.read(RawHttp2.RESET).payload()).containsOnly(0); // NO_ERROR
        }
    }

    @Test
    void aClientMayBeginWithHttp2InClear() throws Exception {
        try (RunningServer server = new RunningServer(new ServerOptions());
                Socket socket = server.connect()) {
            socket.getOutputStream().write(begin((byte) 0x82, "/v2", true));
            assertThat(headers(socket)).contains((byte) 0x88); // :status 200
        }
    }

    @Test
    void aBodyThatArrivesTooSlowlyEndsItsStream() throws Exception {
        ServerOptions options = new ServerOptions().idle(Duration.ofSeconds(1));
        try (RunningServer server = new RunningServer(options);
                Socket socket = server.connect()) {
            socket.getOutputStream().write(begin((byte) 0x83, RunningServer.INFER, false));
            Thread trickle = new Thread(() -> {
                try {
                    for (int i = 0; i < 1000; i++) {
                        Thread.sleep(50);
                        socket.getOutputStream().write(new byte[] {0, 0, 1, 0, 0, 0, 0, 0, 1, ' '}); // DATA
                    }
                } catch (IOException | InterruptedException closed) {
                    // the end of the test
                }
            });
            trickle.start();
            assertThat(headers(socket)).contains((byte) 0x8c); // :status 400
            assertThat(trickle.isAlive()).as("the body goes on").isTrue();
            trickle.interrupt();
            trickle.join();
        }
    }

    /** Begins a connection of HTTP/2, and a request whose method is in the static table of its headers. */
    private static byte[] begin(byte method, String path, boolean ends) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        out.writeBytes(new byte[] {0, 0, 0, 4, 0, 0, 0, 0, 0}); // empty SETTINGS
        byte flags = (byte) (ends ? 5 : 4);
        out.writeBytes(new byte[] {0, 0, (byte) (15 + path.length()), 1, flags, 0, 0, 0, 1}); // HEADERS of stream 1
        out.writeBytes(new byte[] {method, (byte) 0x86, 4, (byte) path.length()}); // http, :path
        out.writeBytes(path.getBytes(StandardCharsets.US_ASCII));
        out.writeBytes(new byte[] {1, 9}); // :authority
        out.writeBytes("localhost".getBytes(StandardCharsets.US_ASCII));
        return out.toByteArray();
    }

    /** Reads until HEADERS. */
    private static byte[] headers(Socket socket) throws IOException {
        DataInputStream in = new DataInputStream(socket.getInputStream());
        while (true) {
            int length = in.readUnsignedShort() << 8 | in.readUnsignedByte();
            int type = in.readUnsignedByte();
            in.skipNBytes(5);
            byte[] frame = in.readNBytes(length);
            if (type == 1) {
                return frame;
            }
        }
    }

    @Test
    void aRequestThatAsksForHttp2KeepsItsBody() throws Exception {
        try (RunningServer server = new RunningServer(new ServerOptions())) {
            HttpClient client = HttpClient.newHttpClient(); // sends Upgrade: h2c
            HttpResponse<String> answer = send(client, server, "POST", RunningServer.INFER, RunningServer.QUESTION);
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_1_1);
        }
    }

    @Test
    void optionsTellTheMethodsAndAPathThatIsNotThereHasNone() throws Exception {
        try (RunningServer server = new RunningServer(new ServerOptions())) {
            HttpClient client = HttpClient.newHttpClient();
            HttpResponse<String> options = send(client, server, "OPTIONS", RunningServer.INFER, "");
            assertThat(options.statusCode()).isEqualTo(200);
            assertThat(options.headers().firstValue("Allow")).contains("POST");
            assertThat(options.headers().map()).doesNotContainKey("access-control-allow-origin");
            for (String path :
                    List.of("/v2/nothing", "/v2/models/cats/infer", "/v2/models/birds/nothing", "/nothing")) {
                assertThat(send(client, server, "DELETE", path, "").statusCode())
                        .as(path)
                        .isEqualTo(404);
            }
        }
    }

    @Test
    void pagesOfANamedOriginReadAnswers() throws Exception {
        ServerOptions options = new ServerOptions().origins(Set.of("https://example.org"));
        try (RunningServer server = new RunningServer(options)) {
            HttpClient client = HttpClient.newHttpClient();
            HttpResponse<String> asked = send(
                    client,
                    server,
                    "OPTIONS",
                    RunningServer.INFER,
                    "",
                    "Origin",
                    "https://example.org",
                    "Access-Control-Request-Method",
                    "POST",
                    "Access-Control-Request-Headers",
                    "content-type");
            assertThat(asked.headers().firstValue("Access-Control-Allow-Origin"))
                    .contains("https://example.org");
            HttpResponse<String> answer = send(
                    client,
                    server,
                    "POST",
                    RunningServer.INFER,
                    RunningServer.QUESTION,
                    "Origin",
                    "https://example.org");
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.headers().firstValue("Access-Control-Allow-Origin"))
                    .contains("https://example.org");
            HttpResponse<String> other = send(
                    client,
                    server,
                    "POST",
                    RunningServer.INFER,
                    RunningServer.QUESTION,
                    "Origin",
                    "https://exampleXorg");
            assertThat(other.headers().firstValue("Access-Control-Allow-Origin"))
                    .isEmpty();
        }
        assertThatThrownBy(() -> new ServerOptions().origins(Set.of("example.org/")))
                .hasMessage("origin example.org/: expected such as https://example.org, without a path, or * for all");
    }

    @Test
    void metricsAreOpenMetricsWhereTheseAreAskedFor() throws Exception {
        try (RunningServer server = new RunningServer(new ServerOptions())) {
            HttpClient client = HttpClient.newHttpClient();
            HttpResponse<String> open =
                    send(client, server, "GET", "/metrics", "", "Accept", "application/openmetrics-text;version=1.0.0");
            assertThat(open.headers().firstValue("Content-Type").orElseThrow())
                    .startsWith("application/openmetrics-text; version=1.0.0");
            assertThat(open.body()).endsWith("# EOF\n");
            assertThat(send(client, server, "GET", "/metrics", "").body()).doesNotContain("# EOF");
        }
    }

    @Test
    void anIpv6AddressHasBracketsInUrls() {
        assertThat(new ServerOptions().host("::1").address(80)).isEqualTo("[::1]:80");
        assertThat(new ServerOptions().address(80)).isEqualTo("127.0.0.1:80");
    }
}
