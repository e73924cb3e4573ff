package io.github.afterimage.serve;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.serve.grpc.proto.GRPCInferenceServiceGrpc;
import io.github.afterimage.serve.grpc.proto.ServerLiveRequest;
import io.github.afterimage.serve.models.ModelOfTest;
import io.github.afterimage.serve.models.Models;
import io.github.afterimage.serve.protocol.InferenceRequest;
import io.github.afterimage.serve.work.Cost;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A server whose decoders and threads of connections are blocked, and more requests than may wait for the decoders. */
@Timeout(120)
class LiveTest {
    private static final int DECODERS = 2;
    /** Each has a request that the thread which reads it answers. */
    private static final int CONNECTIONS = 8;
    /** Wait for the decoders; the server refuses more. */
    private static final int WAITING = 256;

    private static final String LIVE = "/v2/health/live";
    private static final String PICTURE =
            "{\"inputs\":[{\"name\":\"features\",\"datatype\":\"BYTES\",\"shape\":[1],\"data\":[\"a\"]}]}";

    private final CountDownLatch blocked = new CountDownLatch(DECODERS + CONNECTIONS);
    private final CompletableFuture<Void> release = new CompletableFuture<>();

    private final class BlockingModel extends ModelOfTest {
        BlockingModel() {
            super("birds");
        }

        @Override
        public Cost inferCost(InferenceRequest request) {
            blocked.countDown();
            release.join();
            throw new IllegalStateException("of the test");
        }
    }

    @Test
    void liveIsAnsweredWhileTheThreadsOfOtherRequestsAreBlocked() throws Exception {
        ServerOptions options = new ServerOptions().port(0).grpcPort(0).decoders(DECODERS);
        HttpClient client = HttpClient.newHttpClient();
        try (InferenceServer server = new InferenceServer(new Models(List.of(new BlockingModel())), options)) {
            HttpRequest picture = HttpRequest.newBuilder(
                            URI.create("http://localhost:" + server.port() + RunningServer.INFER))
                    .version(HttpClient.Version.HTTP_1_1)
                    .POST(HttpRequest.BodyPublishers.ofString(PICTURE))
                    .build();
            List<CompletableFuture<HttpResponse<String>>> answers = Stream.generate(
                            () -> client.sendAsync(picture, HttpResponse.BodyHandlers.ofString()))
                    .limit(DECODERS + WAITING + 1)
                    .toList();
            List<RawConnection> connections = new ArrayList<>();
            try {
                for (int i = 0; i < CONNECTIONS; i++) {
                    connections.add(new RawConnection(server.port()).post(RunningServer.INFER, RunningServer.QUESTION));
                }
                blocked.await();
                HttpResponse<?> refused =
                        (HttpResponse<?>) CompletableFuture.anyOf(answers.toArray(CompletableFuture[]::new))
                                .get();
                assertThat(refused.body().toString()).contains("too many requests wait to be read");
                assertLive(server);
                assertThat(answers.stream().filter(CompletableFuture::isDone)).hasSize(1);
            } finally {
                release.complete(null);
            }
            for (RawConnection connection : connections) {
                assertThat(connection.read().status()).isEqualTo(503);
                connection.close();
            }
            for (CompletableFuture<HttpResponse<String>> answer : answers) {
                assertThat(answer.get().statusCode()).isEqualTo(503);
            }
        }
    }

    private static void assertLive(InferenceServer server) throws Exception {
        try (RawConnection one = new RawConnection(server.port());
                RawHttp2 two = new RawHttp2(server.port(), 1 << 16)) {
            assertThat(one.send("GET " + LIVE + " HTTP/1.1\r\nHost: localhost\r\n\r\n")
                            .read()
                            .status())
                    .isEqualTo(200);
            int unused = two.get(LIVE);
            assertThat(two.read(RawHttp2.HEADERS).status()).isEqualTo(200);
        }
        ManagedChannel channel = ManagedChannelBuilder.forAddress(
                        "localhost", server.grpcPort().orElseThrow())
                .usePlaintext()
                .build();
        assertThat(GRPCInferenceServiceGrpc.newBlockingStub(channel)
                        .serverLive(ServerLiveRequest.getDefaultInstance())
                        .getLive())
                .isTrue();
        channel.shutdownNow();
    }
}
