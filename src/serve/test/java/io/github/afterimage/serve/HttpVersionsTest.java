package io.github.afterimage.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
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
    void aClientMayBeginWithHttp2InClear() throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        out.writeBytes(new byte[] {0, 0, 0, 4, 0, 0, 0, 0, 0}); // empty SETTINGS
        // HEADERS that end stream 1: GET, http, the path /v2, the authority localhost
        out.writeBytes(new byte[] {0, 0, 18, 1, 5, 0, 0, 0, 1, (byte) 0x82, (byte) 0x86, 4, 3, '/', 'v', '2', 1, 9});
        out.writeBytes("localhost".getBytes(StandardCharsets.US_ASCII));
        try (RunningServer server = new RunningServer(new ServerOptions());
                Socket socket = server.connect()) {
            socket.getOutputStream().write(out.toByteArray());
            DataInputStream in = new DataInputStream(socket.getInputStream());
            for (int type = -1; type != 1; ) { // until HEADERS
                int length = in.readUnsignedShort() << 8 | in.readUnsignedByte();
                type = in.readUnsignedByte();
                in.skipNBytes(5);
                byte[] frame = in.readNBytes(length);
                if (type == 1) {
                    assertThat(frame).contains((byte) 0x88); // :status 200
                }
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
        assertThat(new Address().host("::1").port(80)).hasToString("[::1]:80");
        assertThat(new Address().port(80)).hasToString("127.0.0.1:80");
    }
}
