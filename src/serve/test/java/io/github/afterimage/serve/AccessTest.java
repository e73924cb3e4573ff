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
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;

/** Request ids, the access log, and the limit of the rate. */
class AccessTest {
    /** The log of the JDK, to which {@code System.Logger} writes here. */
    private static final class Lines extends Handler implements AutoCloseable {
        private final List<String> lines = new CopyOnWriteArrayList<>();
        private final Logger logger = Logger.getLogger("io.github.afterimage.serve.access");

        Lines() {
            logger.setUseParentHandlers(false);
            logger.addHandler(this);
        }

        @Override
        public void publish(LogRecord message) {
            lines.add(message.getMessage());
        }

        @Override
        public void flush() {}

        @Override
        public void close() {
            logger.removeHandler(this);
            logger.setUseParentHandlers(true);
        }
    }

    @Test
    void everyResponseHasAnIdAndThatOfTheClientIfItIsSane() throws Exception {
        try (RunningServer server = new RunningServer(new ServerOptions())) {
            assertThat(id(server.get("/v2", "X-Request-Id", "order-17:a"))).isEqualTo("order-17:a");
            assertThat(id(server.get("/v2"))).matches("[0-9a-f]{16}").isNotEqualTo(id(server.get("/v2")));
            assertThat(id(server.get("/v2", "X-Request-Id", "<b>"))).matches("[0-9a-f]{16}");
            assertThat(id(server.get("/v2", "X-Request-Id", "a".repeat(65)))).matches("[0-9a-f]{16}");
            assertThat(id(server.get("/nowhere", "X-Request-Id", "lost"))).isEqualTo("lost");
        }
    }

    private static String id(HttpResponse<String> response) {
        return response.headers().firstValue("X-Request-Id").orElseThrow();
    }

    @Test
    void theAccessLogHasOneLineForEachRequest() throws Exception {
        try (Lines log = new Lines()) {
            try (RunningServer server = new RunningServer(new ServerOptions().accessLog(true))) {
                server.post(RunningServer.INFER + "?timeout=77777777", RunningServer.QUESTION, "X-Request-Id", "q1");
                server.get("/v2/models/a%C2%85%E2%80%A8b", "X-Request-Id", "q2");
                server.raw("GARBAGE\r\n\r\n");
            }
            assertThat(log.lines) // in the order in which the answers ended
                    .hasSize(3)
                    .anyMatch(line -> line.matches("127\\.0\\.0\\.1 POST /v2/models/birds/infer 200 \\d+ \\d+ q1 -"))
                    .anyMatch(line -> line.matches("127\\.0\\.0\\.1 GET /v2/models/a.* 404 .* q2 -"))
                    .anyMatch(line -> line.contains(" 400 "));
            assertThat(String.join("", log.lines))
                    .doesNotContainPattern("\\p{Cntrl}")
                    .doesNotContain("77777777");
        }
    }

    @Test
    void theTraceOfAClientIsInTheAnswerAndTheLog() throws Exception {
        String trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        String parent = "00-" + trace + "-00f067aa0ba902b7-01";
        Metadata.Key<String> answered = Metadata.Key.of("traceresponse", Metadata.ASCII_STRING_MARSHALLER);
        Metadata told = new Metadata();
        told.put(Metadata.Key.of("traceparent", Metadata.ASCII_STRING_MARSHALLER), parent);
        AtomicReference<Metadata> headers = new AtomicReference<>();
        try (Lines log = new Lines()) {
            List<String> answers = new ArrayList<>();
            try (RunningServer server =
                    new RunningServer(new ServerOptions().grpcPort(0).accessLog(true))) {
                answers.add(trace(server.get("/v2", "traceparent", parent)));
                answers.add(trace(server.get("/nowhere", "traceparent", "cc" + parent.substring(2) + "-later")));
                ManagedChannel channel = ManagedChannelBuilder.forAddress("127.0.0.1", server.grpcPort())
                        .usePlaintext()
                        .intercept(
                                MetadataUtils.newAttachHeadersInterceptor(told),
                                MetadataUtils.newCaptureMetadataInterceptor(headers, new AtomicReference<>()))
                        .build();
                assertThat(GRPCInferenceServiceGrpc.newBlockingStub(channel)
                                .serverLive(ServerLiveRequest.getDefaultInstance())
                                .getLive())
                        .isTrue();
                channel.shutdownNow();
                answers.add(headers.get().get(answered));
                for (String wrong : List.of(
                        parent + "-more",
                        "ff" + parent.substring(2),
                        parent.toUpperCase(Locale.ROOT),
                        parent.replace(trace, "0".repeat(32)),
                        parent.replace("00f067aa0ba902b7", "0".repeat(16)),
                        "")) {
                    assertThat(trace(server.get("/v2", "traceparent", wrong)))
                            .as(wrong)
                            .isEmpty();
                }
                assertThat(trace(server.get("/v2", "traceparent", parent, "traceparent", parent)))
                        .isEmpty();
            }
            assertThat(answers)
                    .doesNotHaveDuplicates()
                    .allMatch(answer -> answer.matches("00-" + trace + "-[0-9a-f]{16}-01"));
            assertThat(log.lines).filteredOn(line -> !line.endsWith(" -")).hasSize(3);
            assertThat(answers)
                    .allSatisfy(answer -> assertThat(log.lines).anyMatch(line -> line.endsWith(" " + answer)));
        }
    }

    private static String trace(HttpResponse<String> response) {
        return response.headers().firstValue("traceresponse").orElse("");
    }

    @Test
    void theAddressOfAClientIsThatWhichAProxyTellsIfItIsTrusted() throws Exception {
        for (boolean trusted : new boolean[] {false, true}) {
            ServerOptions options = new ServerOptions().grpcPort(0).accessLog(true);
            try (Lines log = new Lines()) {
                try (RunningServer server = new RunningServer(trusted ? options.trustForwarded() : options)) {
                    server.get("/v2", "X-Forwarded-For", "203.0.113.9");
                    server.get("/v2", "Forwarded", "for=203.0.113.9;host=localhost");
                    ManagedChannel channel = ManagedChannelBuilder.forAddress("127.0.0.1", server.grpcPort())
                            .usePlaintext()
                            .build();
                    Metadata told = new Metadata();
                    told.put(Metadata.Key.of("x-forwarded-for", Metadata.ASCII_STRING_MARSHALLER), "203.0.113.9");
                    assertThat(GRPCInferenceServiceGrpc.newBlockingStub(channel)
                                    .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(told))
                                    .serverLive(ServerLiveRequest.getDefaultInstance())
                                    .getLive())
                            .isTrue();
                    channel.shutdownNow();
                }
                assertThat(log.lines)
                        .hasSize(3)
                        .allMatch(line -> line.startsWith(trusted ? "203.0.113.9 " : "127.0.0.1 "));
            }
        }
    }

    @Test
    void callsOfGrpcHaveIdsLinesAndTheLimitToo() throws Exception {
        ServerOptions options = new ServerOptions().grpcPort(0).accessLog(true).maxRate(5);
        AtomicReference<Metadata> headers = new AtomicReference<>();
        AtomicReference<Metadata> trailers = new AtomicReference<>();
        Metadata.Key<String> key = Metadata.Key.of("x-request-id", Metadata.ASCII_STRING_MARSHALLER);
        Metadata own = new Metadata();
        own.put(key, "q3");
        try (Lines log = new Lines()) {
            try (RunningServer server = new RunningServer(options)) {
                ManagedChannel channel = ManagedChannelBuilder.forAddress("127.0.0.1", server.grpcPort())
                        .usePlaintext()
                        .intercept(
                                MetadataUtils.newAttachHeadersInterceptor(own),
                                MetadataUtils.newCaptureMetadataInterceptor(headers, trailers))
                        .build();
                GRPCInferenceServiceBlockingStub client = GRPCInferenceServiceGrpc.newBlockingStub(channel);
                ServerMetadataRequest question = ServerMetadataRequest.getDefaultInstance();
                client.serverMetadata(question);
                assertThat(headers.get().get(key)).isEqualTo("q3");
                assertThatThrownBy(() -> {
                            while (true) {
                                client.serverMetadata(question);
                            }
                        })
                        .hasMessage("RESOURCE_EXHAUSTED: more than 5 requests a second come from this address: send it"
                                + " again later");
                assertThat(trailers.get().get(key)).isEqualTo("q3");
                client.serverLive(ServerLiveRequest.getDefaultInstance());
                channel.shutdownNow();
            }
            assertThat(log.lines.get(0))
                    .matches("127\\.0\\.0\\.1 gRPC inference.GRPCInferenceService/ServerMetadata OK \\d+ q3 -");
            assertThat(log.lines).anyMatch(line -> line.contains("/ServerMetadata RESOURCE_EXHAUSTED "));
            assertThat(log.lines.get(log.lines.size() - 1)).contains("/ServerLive OK ");
        }
    }

    @Test
    void thereIsNoAccessLogUnlessAskedFor() throws Exception {
        try (Lines log = new Lines()) {
            try (RunningServer server = new RunningServer(new ServerOptions())) {
                server.get("/v2");
            }
            assertThat(log.lines).isEmpty();
        }
    }

    @Test
    void moreRequestsASecondThanTheLimitAreRefused() throws Exception {
        try (RunningServer server = new RunningServer(new ServerOptions().maxRate(5))) {
            int answered = 0;
            HttpResponse<String> last = server.get("/v2");
            while (last.statusCode() == 200 && answered < 1000) {
                answered++;
                last = server.get("/v2");
            }
            assertThat(last.statusCode()).isEqualTo(429);
            assertThat(last.headers().firstValue("Retry-After")).contains("1");
            assertThat(last.body()).contains("more than 5 requests a second come from this address");
            assertThat(answered).isGreaterThanOrEqualTo(4); // the bucket holds 5 with the one that is refused
        }
    }
}
