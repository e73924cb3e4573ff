package io.github.afterimage.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.afterimage.serve.grpc.proto.GRPCInferenceServiceGrpc;
import io.github.afterimage.serve.grpc.proto.GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub;
import io.github.afterimage.serve.grpc.proto.ServerLiveRequest;
import io.github.afterimage.serve.grpc.proto.ServerMetadataRequest;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Metadata;
import io.grpc.stub.MetadataUtils;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may call what. A call that the guard lets through is refused later, because its body is empty. */
class GuardTest {
    private static final String TOKEN = "0123456789abcdef";
    private static final String KEYS = "/v2/models/birds/keys";

    private static String request(String line, String... headers) {
        return line + " HTTP/1.1\r\nConnection: close\r\n" + String.join("\r\n", headers) + "\r\n\r\n";
    }

    private static RunningServer withToken() throws IOException {
        return new RunningServer(new ServerOptions().token(TOKEN));
    }

    @Test
    void changingCallsNeedTheToken() throws Exception {
        try (RunningServer server = withToken()) {
            HttpResponse<String> none = server.post(KEYS, "{}");
            assertThat(none.statusCode()).isEqualTo(401);
            assertThat(none.headers().firstValue("WWW-Authenticate")).contains("Bearer");
            assertThat(none.body()).contains("POST " + KEYS + " needs the token of the server");
            for (String wrong : new String[] {TOKEN, "Bearer", "Bearer ", "Bearer " + TOKEN + "0", "Basic " + TOKEN}) {
                assertThat(server.post(KEYS, "{}", "Authorization", wrong).statusCode())
                        .as(wrong)
                        .isEqualTo(401);
            }
            assertThat(server.post(KEYS, "{}", "Authorization", "bearer " + TOKEN)
                            .statusCode())
                    .isNotIn(200, 401, 403);
            assertThat(server.post("/v2/models/birds/save", "").statusCode()).isEqualTo(401);
            assertThat(server.raw(request("DELETE " + KEYS + "?ids=1", "Host: localhost")))
                    .startsWith("HTTP/1.1 401");
        }
    }

    @Test
    void aRefusedCallWhoseBodyComesLaterLeavesItsConnectionOpen() throws Exception {
        try (RunningServer server = withToken();
                Socket socket = new Socket("localhost", server.port())) {
            OutputStream out = socket.getOutputStream();
            String head = "POST " + KEYS + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n";
            out.write(head.getBytes(StandardCharsets.US_ASCII));
            Thread.sleep(100); // the server sees the call without its body
            out.write(("{}" + request("GET /v2", "Host: localhost")).getBytes(StandardCharsets.US_ASCII));
            assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .startsWith("HTTP/1.1 401")
                    .contains("HTTP/1.1 200");
        }
    }

    @Test
    void questionsNeedNoTokenAndHaveAnyHost() throws Exception {
        try (RunningServer server = withToken()) {
            for (String path : List.of(RunningServer.INFER, RunningServer.INFER + "/")) {
                assertThat(server.post(path, RunningServer.QUESTION).statusCode())
                        .as(path)
                        .isEqualTo(200);
            }
            assertThat(server.raw(request("GET /v2", "Host: cats.example"))).startsWith("HTTP/1.1 200");
        }
    }

    @Test
    void anAllowedHostIsAnsweredAndItsChangesNeedAToken() throws Exception {
        try (RunningServer server = new RunningServer(new ServerOptions().allowedHosts(Set.of("Models.example")))) {
            assertThat(server.raw(request("GET /v2", "Host: models.EXAMPLE:80")))
                    .startsWith("HTTP/1.1 200");
            assertThat(server.raw(request("DELETE " + KEYS + "?ids=1", "Host: models.example")))
                    .startsWith("HTTP/1.1 403")
                    .contains("start it with a token");
            assertThat(server.raw(request("GET /v2", "Host: upstream")))
                    .startsWith("HTTP/1.1 403")
                    .contains("host upstream: this server answers", "--allowed-hosts upstream");
        }
        assertThatThrownBy(() -> new ServerOptions().allowedHosts(Set.of("http://cats.example")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("host http://cats.example: expected a name");
    }

    @Test
    void aServerThatOthersReachRefusesChangesWithoutAToken() throws Exception {
        try (RunningServer server = new RunningServer(new ServerOptions().host("0.0.0.0"))) {
            HttpResponse<String> refused = server.post(KEYS, "{}");
            assertThat(refused.statusCode()).isEqualTo(403);
            assertThat(refused.body()).contains("it has no token: start it with a token");
            assertThat(server.raw(request("GET /v2", "Host: cats.example"))).startsWith("HTTP/1.1 200");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost", "LOCALHOST:8080", "127.0.0.1", "127.0.0.1:1", "[::1]:8080", "127.0.0.2"})
    void onLoopbackThisMachineIsAHost(String host) throws Exception {
        try (RunningServer server = new RunningServer(new ServerOptions().host("127.0.0.2"))) {
            assertThat(raw(server, request("GET /v2", "Host: " + host))).startsWith("HTTP/1.1 200");
        }
    }

    private static String raw(RunningServer server, String request) throws IOException {
        try (java.net.Socket socket = new java.net.Socket("127.0.0.2", server.port())) {
            socket.getOutputStream().write(request.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1));
            return new String(socket.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"evil.example", "localhost.evil.example:8080", "127.0.0.1.evil.example", "192.168.0.1"})
    void onLoopbackANameThatAnAttackerPointsHereIsRefused(String host) throws Exception {
        try (RunningServer server = new RunningServer(new ServerOptions())) {
            String refused = server.raw(request("GET /v2", "Host: " + host));
            assertThat(refused).startsWith("HTTP/1.1 403").contains("answers requests to localhost only");
            assertThat(server.raw(
                            "GET http://" + host + "/v2 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
                    .doesNotStartWith("HTTP/1.1 200");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"https://evil.example", "null", "http://localhost:1", "http://localhost", "file://"})
    void onLoopbackThePageOfAnotherOriginTeachesNothing(String origin) throws Exception {
        try (RunningServer server = new RunningServer(new ServerOptions())) {
            HttpResponse<String> refused = server.post(KEYS, "{}", "Origin", origin);
            assertThat(refused.statusCode()).isEqualTo(403);
            assertThat(refused.body()).contains("is refused to pages of " + origin);
        }
    }

    @Test
    void onLoopbackAnEmptyOriginTeachesNothing() throws Exception {
        try (RunningServer server = new RunningServer(new ServerOptions())) {
            assertThat(server.raw(request("POST " + KEYS, "Host: localhost", "Content-Length: 0", "Origin:")))
                    .startsWith("HTTP/1.1 403")
                    .contains("is refused to pages of an empty origin");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"cross-site", "same-site"})
    void onLoopbackAPageOfAnotherSiteChangesNothingWithoutAnOriginEither(String site) throws Exception {
        try (RunningServer server = new RunningServer(new ServerOptions())) {
            for (String path : List.of(KEYS, "/v2/models/birds/save")) {
                HttpResponse<String> refused = server.post(path, "{}", "Sec-Fetch-Site", site);
                assertThat(refused.statusCode()).isEqualTo(403);
                assertThat(refused.body()).contains("is refused to pages of another site (Sec-Fetch-Site: " + site);
            }
            assertThat(server.post(KEYS, "{}", "Sec-Fetch-Site", "same-origin").statusCode())
                    .isNotIn(401, 403);
        }
    }

    @Test
    void onLoopbackTheServersOwnPageAndProgramsTeach() throws Exception {
        try (RunningServer server = new RunningServer(new ServerOptions())) {
            String own = "http://localhost:" + server.port();
            assertThat(server.post(KEYS, "{}", "Origin", own).statusCode()).isNotIn(401, 403);
            assertThat(server.post(KEYS, "{}").statusCode()).isNotIn(401, 403);
        }
    }

    @Test
    void aTokenIsReadFromAFileAndNotShown(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("token"), TOKEN + "\n");
        ServerOptions options = new ServerOptions().token(file);
        assertThat(options.token).contains(TOKEN);
        assertThat(options.toString()).doesNotContain(TOKEN);
        assertThatThrownBy(() -> new ServerOptions().token("short"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("the token has 5 characters: expected at least 16");
        assertThatThrownBy(() -> new ServerOptions().token("0123456789 abcdef")).hasMessageContaining("visible ASCII");
    }

    @Test
    void readsNeedTheTokenIfItGuardsThem() throws Exception {
        String token = "open-sesame-open-sesame";
        ServerOptions options = new ServerOptions().grpcPort(0).token(token).guardReads();
        try (RunningServer server = new RunningServer(options)) {
            for (String path : List.of("/v2", "/v2/models/birds", "/metrics", "/v2/health/ready/x")) {
                assertThat(server.get(path).statusCode()).as(path).isEqualTo(401);
            }
            for (String path :
                    List.of("/", "/page/main.js", "/openapi.json", "/v2/docs", "/v2/health/live", "/v2/health/ready")) {
                assertThat(server.get(path).statusCode()).as(path).isEqualTo(200);
            }
            assertThat(server.post(RunningServer.INFER, RunningServer.QUESTION).statusCode())
                    .isEqualTo(401);
            assertThat(server.post(RunningServer.INFER, RunningServer.QUESTION, "Authorization", "Bearer " + token)
                            .statusCode())
                    .isEqualTo(200);
            assertGrpcNeeds(token, server);
        }
        assertThatThrownBy(() -> new ServerOptions().guardReads())
                .hasMessage("reads are to need a token, and there is none: give a token");
    }

    private static void assertGrpcNeeds(String token, RunningServer server) {
        ManagedChannel channel = ManagedChannelBuilder.forAddress("localhost", server.grpcPort())
                .usePlaintext()
                .build();
        GRPCInferenceServiceBlockingStub client = GRPCInferenceServiceGrpc.newBlockingStub(channel);
        assertThat(client.serverLive(ServerLiveRequest.getDefaultInstance()).getLive())
                .isTrue();
        assertThatThrownBy(() -> client.serverMetadata(ServerMetadataRequest.getDefaultInstance()))
                .hasMessageStartingWith("UNAUTHENTICATED: the call needs the token of the server");
        Metadata shown = new Metadata();
        shown.put(Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), "Bearer " + token);
        assertThat(client.withInterceptors(MetadataUtils.newAttachHeadersInterceptor(shown))
                        .serverMetadata(ServerMetadataRequest.getDefaultInstance())
                        .getName())
                .isEqualTo("afterimage");
        channel.shutdownNow();
    }
}
