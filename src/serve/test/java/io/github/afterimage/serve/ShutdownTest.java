package io.github.afterimage.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.MemoryUse;
import io.github.afterimage.OpenOptions;
import io.github.afterimage.serve.grpc.proto.GRPCInferenceServiceGrpc;
import io.github.afterimage.serve.grpc.proto.ServerReadyRequest;
import io.github.afterimage.serve.models.ModelSource;
import io.github.afterimage.serve.models.Models;
import io.github.afterimage.serve.models.ServedIndex;
import io.github.afterimage.serving.BatchOptions;
import io.github.afterimage.settings.Durability;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The end of a server while requests run. */
@Timeout(120)
class ShutdownTest {
    private static final int CLIENTS = Integer.getInteger("afterimage.shutdownClients", 16);

    private static final String NEW_KEY =
            ("{'inputs': [{'name': 'features', 'datatype': 'FP32', 'shape': [1, 2], 'data': [0, 1]},"
                            + " {'name': 'label', 'datatype': 'INT64', 'shape': [1], 'data': [1]}]}")
                    .replace('\'', '"');
    private static final OpenOptions PLAIN = new OpenOptions().threads(1);
    private static final OpenOptions LOGGED = PLAIN.log(Durability.everyChange());

    private final long bytesBefore = MemoryUse.bytes();

    @AfterEach
    void nothingLeaks() {
        assertThat(MemoryUse.bytes()).isEqualTo(bytesBefore);
    }

    /** Saves an index of one key. */
    private static Path save(Path folder) throws IOException {
        Path file = folder.resolve("birds.safetensors");
        try (CacheIndex index = new CacheIndexBuilder(2, 2).threads(1).build()) {
            index.add(new float[] {1, 0}, new int[] {0});
            index.save(file);
        }
        return file;
    }

    private static ServedIndex taught(Path file) throws IOException {
        ModelSource<CacheIndex> source =
                new ModelSource<>(List.of(file), true, log -> CacheIndex.open(file, log ? LOGGED : PLAIN));
        return ServedIndex.open("birds", source, new BatchOptions());
    }

    /** The ends of requests, as clients see them. */
    private static final class Ends {
        private final AtomicInteger answered = new AtomicInteger();
        private final AtomicInteger unavailable = new AtomicInteger();
        /** The connection ended before a byte of a response. */
        private final AtomicInteger refused = new AtomicInteger();

        @Override
        public String toString() {
            return answered + " answered, " + unavailable + " unavailable, " + refused + " refused";
        }
    }

    @Test
    void everyRequestUnderLoadIsAnsweredOrRefused() throws Exception {
        RunningServer server = new RunningServer(new ServerOptions());
        Ends ends = closeUnderLoad(server::close, server.port(), RunningServer.INFER, RunningServer.QUESTION);
        System.out.println("shutdown under load: " + ends);
        assertThat(ends.answered.get()).as(ends.toString()).isEqualTo((int) server.answered());
    }

    @Test
    void keysThatWereAcknowledgedAreThereAfterTheEnd(@TempDir Path folder) throws Exception {
        Path file = save(folder);
        TestServer server = new TestServer(taught(file));
        Ends ends = closeUnderLoad(server::close, server.server.port(), "/v2/models/birds/keys", NEW_KEY);
        System.out.println("shutdown under load of changes: " + ends);
        try (CacheIndex index = CacheIndex.open(file, LOGGED)) {
            long added = index.size() - 1;
            assertThat(added) // a key whose answer did not arrive may be there
                    .as(ends.toString())
                    .isBetween((long) ends.answered.get(), (long) ends.answered.get() + ends.refused.get());
        }
    }

    /** Closes a server while clients ask, and waits for these; fails if a response was cut off. */
    private static Ends closeUnderLoad(Runnable close, int port, String path, String body) throws Exception {
        Ends ends = new Ends();
        CountDownLatch busy = new CountDownLatch(CLIENTS * 20);
        List<CompletableFuture<Void>> clients = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            clients.add(CompletableFuture.runAsync(
                    () -> ask(port, path, body, ends, busy), task -> new Thread(task).start()));
        }
        busy.await();
        close.run();
        for (CompletableFuture<Void> client : clients) {
            client.join();
        }
        return ends;
    }

    /** Asks until the server does not answer any more. */
    private static void ask(int port, String path, String body, Ends ends, CountDownLatch busy) {
        while (true) {
            try (RawConnection connection = new RawConnection(port)) {
                int status;
                do {
                    status = connection.post(path, body).read().status();
                    busy.countDown();
                    if (status != 0) {
                        (status == 200 ? ends.answered : ends.unavailable).incrementAndGet();
                    }
                } while (status == 200);
                if (status == 0) {
                    ends.refused.incrementAndGet();
                }
            } catch (ConnectException e) {
                ends.refused.incrementAndGet();
                return;
            } catch (SocketException e) {
                ends.refused.incrementAndGet(); // a connection that was reset
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    @Test
    void aRequestThatArrivesDuringTheDrainIsAnsweredAndLaterOnesAreNot() throws Exception {
        try (RunningServer server = new RunningServer(new ServerOptions().drain(Duration.ofSeconds(20)));
                RawConnection early = new RawConnection(server.port());
                RawConnection open = new RawConnection(server.port())) {
            String body = RunningServer.QUESTION;
            early.send("POST " + RunningServer.INFER + " HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
                    + "Content-Length: " + body.length() + "\r\n\r\n");
            assertThat(early.read().status()).isEqualTo(100); // the server waits for the body
            early.send(body.substring(0, 10));
            open.send("GET /v2/health/ready HTTP/1.1\r\nHost: localhost\r\n\r\n");
            assertThat(open.read().status()).isEqualTo(200);
            CompletableFuture<Void> closed = CompletableFuture.runAsync(server::close);
            int status = 200;
            while (status == 200) {
                status = open.send("GET /v2/health/ready HTTP/1.1\r\nHost: localhost\r\n\r\n")
                        .read()
                        .status();
            }
            assertThat(status).isIn(503, 0);
            assertThat(closed).isNotDone();
            early.send(body.substring(10));
            assertThat(early.read().status()).isEqualTo(200);
            closed.join();
        }
    }

    @Test
    void aServerThatIsAboutToEndSaysSoAndAnswers() throws Exception {
        RunningServer server = new RunningServer(new ServerOptions().grpcPort(0).lameDuck(Duration.ofSeconds(3)));
        ManagedChannel channel = ManagedChannelBuilder.forAddress("127.0.0.1", server.grpcPort())
                .usePlaintext()
                .build();
        CompletableFuture<Void> closed = CompletableFuture.runAsync(server::close);
        try {
            while (server.get("/v2/health/ready").statusCode() == 200) {
                Thread.sleep(10);
            }
            assertThat(server.get("/v2/models/birds/ready").body()).contains("the server is about to end");
            HttpResponse<String> answer = server.post(RunningServer.INFER, RunningServer.QUESTION);
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.headers().firstValue("Connection")).contains("close");
            assertThat(GRPCInferenceServiceGrpc.newBlockingStub(channel)
                            .serverReady(ServerReadyRequest.getDefaultInstance())
                            .getReady())
                    .isFalse();
            assertThat(closed).isNotDone();
            closed.join();
        } finally {
            channel.shutdownNow();
        }
    }

    @Test
    void aRequestThatNeverArrivesEndsWithTheDrain() throws Exception {
        RunningServer server = new RunningServer(new ServerOptions().drain(Duration.ofMillis(200)));
        try (RawConnection stuck = new RawConnection(server.port())) {
            stuck.send("POST " + RunningServer.INFER + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n{");
            assertThat(server.get("/v2").statusCode()).isEqualTo(200);
            server.close();
            assertThat(stuck.read().status()).isIn(0, 400, 503);
        }
    }

    @Test
    void changesInTheLogAreSavedAtTheEnd(@TempDir Path folder) throws Exception {
        Path file = save(folder);
        try (TestServer server = new TestServer(taught(file))) {
            assertThat(server.json("POST", "/v2/models/birds/keys", NEW_KEY)).containsEntry("keys", 2);
        }
        try (CacheIndex index = CacheIndex.open(file, LOGGED)) {
            assertThat(index.size()).isEqualTo(2);
            assertThat(index.statistics().logBytes()).isZero();
        }
    }

    @Test
    void aRequestThatTakesAllItsTimeLeavesTheSaveItsOwn(@TempDir Path folder) throws Exception {
        Path file = save(folder);
        ServerOptions options = new ServerOptions().port(0).drain(Duration.ofSeconds(5));
        InferenceServer server = new InferenceServer(new Models(List.of(taught(file))), options);
        try (RawConnection client = new RawConnection(server.port());
                RawConnection stuck = new RawConnection(server.port())) {
            assertThat(client.post("/v2/models/birds/keys", NEW_KEY).read().status())
                    .isEqualTo(200);
            stuck.send("POST " + RunningServer.INFER + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n{");
            assertThat(client.send("GET /v2 HTTP/1.1\r\nHost: localhost\r\n\r\n")
                            .read()
                            .status())
                    .isEqualTo(200);
            server.close();
        }
        try (CacheIndex index = CacheIndex.open(file, LOGGED)) {
            assertThat(index.statistics().logBytes()).isZero();
        }
    }

    @Test
    void callsOfGrpcAreAnsweredUntilTheEnd() throws Exception {
        ServerOptions options = new ServerOptions().grpcPort(0);
        RunningServer server = new RunningServer(options);
        ManagedChannel channel = ManagedChannelBuilder.forAddress("127.0.0.1", server.grpcPort())
                .usePlaintext()
                .build();
        try {
            var client = GRPCInferenceServiceGrpc.newBlockingStub(channel);
            ServerReadyRequest request = ServerReadyRequest.getDefaultInstance();
            assertThat(client.serverReady(request).getReady()).isTrue();
            server.close();
            assertThatThrownBy(() -> client.serverReady(request))
                    .isInstanceOf(StatusRuntimeException.class)
                    .hasMessageContaining("UNAVAILABLE");
        } finally {
            channel.shutdownNow();
        }
    }
}
