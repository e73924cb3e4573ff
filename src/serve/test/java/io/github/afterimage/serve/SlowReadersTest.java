package io.github.afterimage.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.afterimage.serve.grpc.proto.GRPCInferenceServiceGrpc;
import io.github.afterimage.serve.grpc.proto.GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub;
import io.github.afterimage.serve.grpc.proto.ModelReadyRequest;
import io.grpc.Compressor;
import io.grpc.CompressorRegistry;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.SocketException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that ask for more than they read, or cancel what they ask for. */
@Timeout(60)
class SlowReadersTest {
    private static final Duration IDLE = Duration.ofSeconds(1);

    private static byte[] question(int rows) {
        return ("{\"inputs\":[{\"name\":\"features\",\"datatype\":\"FP32\",\"shape\":[" + rows + ",2],\"data\":["
                        + String.join(",", Collections.nCopies(2 * rows, "1")) + "]}]}")
                .getBytes(StandardCharsets.US_ASCII);
    }

    /** Lets a stream have a byte now and then, so that it is never idle. */
    private static Thread trickle(RawHttp2 client, int stream) {
        Thread trickle = new Thread(() -> {
            try {
                while (true) {
                    Thread.sleep(200);
                    client.grant(stream, 1);
                }
            } catch (IOException | InterruptedException end) {
                // of the test
            }
        });
        trickle.start();
        return trickle;
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void anAnswerThatIsReadTooSlowlyEndsItsStream(boolean grpc) throws Exception {
        String method = "/" + GRPCInferenceServiceGrpc.getServerMetadataMethod().getFullMethodName();
        try (RunningServer server =
                        new RunningServer(new ServerOptions().idle(IDLE).grpcPort(0));
                RawHttp2 client = new RawHttp2(grpc ? server.grpcPort() : server.port(), 0)) {
            int stream = grpc
                    ? client.call(method, ByteBuffer.allocate(5).array())
                    : client.post(RunningServer.INFER, question(100));
            Thread trickle = trickle(client, stream);
            RawHttp2.Frame reset = client.read(RawHttp2.RESET);
            trickle.interrupt();
            trickle.join();
            assertThat(reset).isNotNull();
            assertThat(reset.stream()).isEqualTo(stream);
        }
    }

    @Test
    void clientsThatDoNotReadDoNotHoldTheOthers() throws Exception {
        List<RawHttp2> clients = new ArrayList<>();
        try (RunningServer server = new RunningServer(new ServerOptions().maxWork(2_000_000))) {
            for (int i = 0; i < 8; i++) {
                RawHttp2 client = new RawHttp2(server.port(), 0);
                clients.add(client);
                for (int j = 0; j < 90; j++) {
                    client.post(RunningServer.INFER, question(100));
                }
            }
            String large = new String(question(1000), StandardCharsets.US_ASCII);
            for (int i = 0; i < 10; i++) {
                int status = server.post(RunningServer.INFER, large).statusCode();
                while (status == 503) { // the server is still busy with what the others asked for
                    Thread.sleep(100);
                    status = server.post(RunningServer.INFER, large).statusCode();
                }
                assertThat(status).isEqualTo(200);
            }
            assertThat(server.get("/v2/health/ready").statusCode()).isEqualTo(200);
        } finally {
            for (RawHttp2 client : clients) {
                client.close();
            }
        }
    }

    @Test
    void cancelledRequestsDoNotRunOnAndAreNoFailuresOfTheServer() throws Exception {
        RunningServer server = new RunningServer(new ServerOptions().drain(Duration.ofMinutes(5)));
        for (int i = 0; i < 9; i++) {
            try (RawHttp2 client = new RawHttp2(server.port(), 10)) {
                for (int j = 0; j < 90; j++) {
                    int stream = client.post(RunningServer.INFER, question(100));
                    if (j % 10 == 0) {
                        Thread.sleep(2); // some have begun to run
                    }
                    client.reset(stream);
                }
                Thread.sleep(100); // what arrives with the end of the connection is not looked at
            } catch (SocketException e) {
                // the server ends a connection of so many resets
            }
        }
        String metrics = server.get("/metrics").body();
        for (int i = 0; i < 100 && !metrics.contains("status=\"499\""); i++) {
            Thread.sleep(100); // the server may not have come to them yet
            metrics = server.get("/metrics").body();
        }
        assertThat(metrics).contains("status=\"499\"").doesNotContain("status=\"500\"");
        server.close(); // the test would be over if it waited for the drain
    }

    private static byte[] emptyMembers() throws IOException {
        ByteArrayOutputStream member = new ByteArrayOutputStream();
        new GZIPOutputStream(member).close();
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (int i = 0; i < 8_000; i++) {
            member.writeTo(body);
        }
        return body.toByteArray();
    }

    @Test
    void aBodyOfThousandsOfEmptyMembersIsAMistakeOfTheClient() throws Exception {
        try (RunningServer server = new RunningServer(new ServerOptions())) {
            HttpRequest request = HttpRequest.newBuilder(server.uri(RunningServer.INFER))
                    .header("Content-Encoding", "gzip")
                    .POST(HttpRequest.BodyPublishers.ofByteArray(emptyMembers()))
                    .build();
            HttpResponse<String> answer =
                    HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
            assertThat(answer.statusCode()).isEqualTo(400);
            assertThat(answer.body()).contains("gzip has more than 4096 members");
        }
    }

    @Test
    void aMessageOfThousandsOfEmptyMembersIsAMistakeOfTheClient() throws Exception {
        CompressorRegistry compressors = CompressorRegistry.newEmptyInstance();
        compressors.register(new Compressor() {
            @Override
            public String getMessageEncoding() {
                return "gzip";
            }

            @Override
            public OutputStream compress(OutputStream out) throws IOException {
                out.write(emptyMembers());
                return new GZIPOutputStream(out);
            }
        });
        try (RunningServer server = new RunningServer(new ServerOptions().grpcPort(0))) {
            ManagedChannel channel = ManagedChannelBuilder.forAddress("127.0.0.1", server.grpcPort())
                    .usePlaintext()
                    .compressorRegistry(compressors)
                    .build();
            GRPCInferenceServiceBlockingStub client = GRPCInferenceServiceGrpc.newBlockingStub(channel);
            ModelReadyRequest request =
                    ModelReadyRequest.newBuilder().setName("birds").build();
            assertThatThrownBy(() -> client.withCompression("gzip").modelReady(request))
                    .hasMessageContaining("gzip has more than 4096 members");
            assertThat(client.modelReady(request).getReady()).isTrue();
            channel.shutdownNow();
        }
    }
}
