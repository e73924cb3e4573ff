package io.github.afterimage.serve.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.google.common.primitives.Floats;
import com.google.protobuf.ByteString;
import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.KeyBatch;
import io.github.afterimage.MemoryUse;
import io.github.afterimage.answer.Answer;
import io.github.afterimage.answer.AnswerRule;
import io.github.afterimage.answer.ArgMax;
import io.github.afterimage.answer.Calibration;
import io.github.afterimage.answer.Query;
import io.github.afterimage.serve.grpc.proto.GRPCInferenceServiceGrpc;
import io.github.afterimage.serve.grpc.proto.GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub;
import io.github.afterimage.serve.grpc.proto.HealthCheckRequest;
import io.github.afterimage.serve.grpc.proto.HealthCheckResponse;
import io.github.afterimage.serve.grpc.proto.HealthGrpc;
import io.github.afterimage.serve.grpc.proto.HealthListRequest;
import io.github.afterimage.serve.grpc.proto.InferParameter;
import io.github.afterimage.serve.grpc.proto.InferTensorContents;
import io.github.afterimage.serve.grpc.proto.ModelConfig;
import io.github.afterimage.serve.grpc.proto.ModelConfigRequest;
import io.github.afterimage.serve.grpc.proto.ModelInferRequest;
import io.github.afterimage.serve.grpc.proto.ModelInferRequest.InferInputTensor;
import io.github.afterimage.serve.grpc.proto.ModelInferRequest.InferRequestedOutputTensor;
import io.github.afterimage.serve.grpc.proto.ModelInferResponse;
import io.github.afterimage.serve.grpc.proto.ModelMetadataRequest;
import io.github.afterimage.serve.grpc.proto.ModelMetadataResponse;
import io.github.afterimage.serve.grpc.proto.ModelReadyRequest;
import io.github.afterimage.serve.grpc.proto.ModelStatistics;
import io.github.afterimage.serve.grpc.proto.ModelStatisticsRequest;
import io.github.afterimage.serve.grpc.proto.RepositoryIndexRequest;
import io.github.afterimage.serve.grpc.proto.RepositoryModelUnloadRequest;
import io.github.afterimage.serve.grpc.proto.ServerLiveRequest;
import io.github.afterimage.serve.grpc.proto.ServerMetadataRequest;
import io.github.afterimage.serve.grpc.proto.ServerReadyRequest;
import io.github.afterimage.serve.grpc.proto.TensorType;
import io.github.afterimage.serve.models.Descriptions;
import io.github.afterimage.serve.models.Models;
import io.github.afterimage.serve.models.Readiness;
import io.github.afterimage.serve.models.ServedIndex;
import io.github.afterimage.serve.work.Decoders;
import io.github.afterimage.serve.work.HeapBudget;
import io.github.afterimage.serve.work.ResponseTimeouts;
import io.github.afterimage.serving.BatchOptions;
import io.grpc.CallOptions;
import io.grpc.Compressor;
import io.grpc.CompressorRegistry;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.InsecureServerCredentials;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SelectableChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.StreamHandler;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GrpcEndpointTest {
    /** Admits every connection. */
    static final GrpcEndpoint.Gate OPEN = new GrpcEndpoint.Gate() {
        @Override
        public boolean enter(SelectableChannel channel, Runnable end) {
            return true;
        }

        @Override
        public void leave(SelectableChannel channel) {}
    };

    private static final int DIM = 8;
    private static final int CLASSES = 3;
    private static final int KEYS = 50;

    private final long bytesBefore = MemoryUse.bytes();
    private final HeapBudget budget = new HeapBudget(1 << 20, 50_000, Duration.ofMinutes(1));
    private final ResponseTimeouts responseTimeouts =
            new ResponseTimeouts(Duration.ofSeconds(1), 10_000, budget::isShort);
    private final Decoders decoders = new Decoders(1, 16, Duration.ofMinutes(1));
    private final CacheIndex index = index();
    private final Models models = new Models(List.of(new ServedIndex("birds", index, new BatchOptions())));
    private final Readiness readiness = new Readiness(models, decoders, budget);
    private volatile boolean failing;

    /** Lets one message fail. */
    private final ServerInterceptor faults = new ServerInterceptor() {
        @Override
        public <Q, A> ServerCall.Listener<Q> interceptCall(
                ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
            return next.startCall(
                    new SimpleForwardingServerCall<>(call) {
                        @Override
                        public void sendMessage(A message) {
                            if (failing) {
                                failing = false;
                                throw new OutOfMemoryError("of the test");
                            }
                            super.sendMessage(message);
                        }
                    },
                    headers);
        }
    };

    private GrpcEndpoint endpoint;
    private ManagedChannel channel;
    private GRPCInferenceServiceBlockingStub client;

    private static CacheIndex index() {
        CacheIndex index = new CacheIndexBuilder(DIM, CLASSES).threads(1).build();
        index.add(KeyBatch.of(
                        rows(KEYS, 1), new Random(2).ints(KEYS, 0, CLASSES).toArray())
                .names(IntStream.range(0, KEYS).mapToObj(key -> "key " + key).toList()));
        return index;
    }

    private static float[] rows(int count, long seed) {
        Random random = new Random(seed);
        float[] rows = new float[count * DIM];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = (float) random.nextGaussian();
        }
        return rows;
    }

    @BeforeEach
    void start() throws IOException {
        endpoint = endpoint(
                new InferenceService(
                        new Descriptions("1.0", models), models, readiness, decoders, budget, responseTimeouts),
                faults);
        channel = channel(endpoint);
        client = GRPCInferenceServiceGrpc.newBlockingStub(channel);
    }

    static GrpcEndpoint endpoint(InferenceService service, ServerInterceptor... interceptors) throws IOException {
        return new GrpcEndpoint(
                new InetSocketAddress("127.0.0.1", 0),
                OPEN,
                InsecureServerCredentials.create(),
                service,
                List.of(interceptors),
                10_000,
                Duration.ofSeconds(10));
    }

    static ManagedChannel channel(GrpcEndpoint endpoint) {
        return ManagedChannelBuilder.forAddress("127.0.0.1", endpoint.port())
                .usePlaintext()
                .build();
    }

    /** Tells the answers of a call, and its end. */
    private static <T> StreamObserver<T> observer(BlockingQueue<String> told, Function<T, String> text) {
        return new StreamObserver<>() {
            @Override
            public void onNext(T answer) {
                told.add(text.apply(answer));
            }

            @Override
            public void onError(Throwable failure) {
                told.add(failure.getMessage());
            }

            @Override
            public void onCompleted() {
                told.add("completed");
            }
        };
    }

    @AfterEach
    void closeEverything() {
        channel.shutdownNow();
        endpoint.close(Duration.ofSeconds(5));
        models.close();
        decoders.shutdownNow();
        responseTimeouts.close();
        assertThat(MemoryUse.bytes()).isEqualTo(bytesBefore);
        assertThat(budget.held()).isZero();
    }

    @Test
    void aConnectionOfAnotherProtocolLeavesNoStackTrace() throws IOException {
        List<LogRecord> said = new ArrayList<>();
        Handler handler = new StreamHandler() {
            @Override
            public synchronized void publish(LogRecord message) {
                if (String.valueOf(message.getLoggerName()).startsWith("io.grpc")) {
                    said.add(message);
                }
            }
        };
        Logger root = Logger.getLogger("");
        root.addHandler(handler);
        try (Socket socket = new Socket("127.0.0.1", endpoint.port())) {
            socket.getOutputStream().write("GET / HTTP/1.1\r\nHost: here\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            socket.getInputStream().readAllBytes();
            endpoint.close(Duration.ofSeconds(5));
        } finally {
            root.removeHandler(handler);
        }
        assertThat(said).isEmpty();
    }

    @Test
    void aConnectionThatEndsItsCallsAgainAndAgainIsClosed() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0".getBytes(StandardCharsets.US_ASCII));
        for (int stream = 1; stream < 1000; stream += 2) {
            byte high = (byte) (stream >> 8);
            byte low = (byte) stream;
            out.writeBytes(new byte[] {0, 0, 6, 1, 4, 0, 0, high, low}); // HEADERS
            out.writeBytes(new byte[] {(byte) 0x83, (byte) 0x86, (byte) 0x84, 1, 1, 'a'}); // POST http / of a
            out.writeBytes(new byte[] {0, 0, 4, 3, 0, 0, 0, high, low, 0, 0, 0, 8}); // RST_STREAM, CANCEL
        }
        try (Socket socket = new Socket("127.0.0.1", endpoint.port())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(out.toByteArray());
            byte[] answer = socket.getInputStream().readAllBytes(); // until the server closes
            assertThat(answer).isNotEmpty();
        } catch (SocketException e) {
            assertThat(e).hasMessageContaining("reset"); // it closed before it had read all
        }
    }

    private static ModelInferRequest.Builder request(int batch, String... outputs) {
        ModelInferRequest.Builder request =
                ModelInferRequest.newBuilder().setModelName("birds").setId("q");
        request.addInputs(InferInputTensor.newBuilder()
                .setName("features")
                .setDatatype("FP32")
                .addShape(batch)
                .addShape(DIM));
        for (String output : outputs) {
            request.addOutputs(InferRequestedOutputTensor.newBuilder().setName(output));
        }
        return request;
    }

    private static ModelInferRequest.Builder typed(float[] rows, String... outputs) {
        ModelInferRequest.Builder request = request(rows.length / DIM, outputs);
        request.getInputsBuilder(0)
                .setContents(InferTensorContents.newBuilder().addAllFp32Contents(Floats.asList(rows)));
        return request;
    }

    private static ByteString bytes(float[] rows) {
        ByteBuffer bytes = ByteBuffer.allocate(rows.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(rows);
        return ByteString.copyFrom(bytes);
    }

    @Test
    void describesItselfAndItsModels() {
        assertThat(client.serverLive(ServerLiveRequest.getDefaultInstance()).getLive())
                .isTrue();
        assertThat(client.serverReady(ServerReadyRequest.getDefaultInstance()).getReady())
                .isTrue();
        assertThat(client.modelReady(
                                ModelReadyRequest.newBuilder().setName("birds").build())
                        .getReady())
                .isTrue();
        assertThat(client.serverMetadata(ServerMetadataRequest.getDefaultInstance()))
                .hasToString("name: \"afterimage\"\nversion: \"1.0\"\nextensions: \"binary_tensor_data\"\n"
                        + "extensions: \"classification\"\nextensions: \"model_configuration\"\nextensions: \"statistics\"\n"
                        + "extensions: \"model_repository\"\n");
        ModelMetadataResponse model = client.modelMetadata(
                ModelMetadataRequest.newBuilder().setName("birds").build());
        assertThat(model.getInputs(0).getName()).isEqualTo("features");
        assertThat(model.getInputs(0).getShapeList()).containsExactly(-1L, (long) DIM);
        assertThat(model.getOutputsList().stream().map(output -> output.getName() + " " + output.getDatatype()))
                .contains("memory FP32", "classes BYTES");
    }

    @Test
    void theExtensionsOfTritonTellWhatAModelIsAndHasDone() {
        client.modelInfer(typed(rows(2, 3), "memory").build());
        ModelConfig config = client.modelConfig(
                        ModelConfigRequest.newBuilder().setName("birds").build())
                .getConfig();
        assertThat(config.getMaxBatchSize()).isZero();
        assertThat(config.getInput(0).getDataType()).isEqualTo(TensorType.TYPE_FP32);
        assertThat(config.getInput(0).getDimsList()).containsExactly(-1L, (long) DIM);
        ModelStatistics done = client.modelStatistics(ModelStatisticsRequest.getDefaultInstance())
                .getModelStats(0);
        assertThat(done.getInferenceCount()).isEqualTo(2);
        assertThat(done.getInferenceStats().getSuccess().getCount()).isEqualTo(1);
        assertThat(done.getInferenceStats().getSuccess().getNs())
                .isGreaterThanOrEqualTo(
                        done.getInferenceStats().getComputeInfer().getNs());
        assertThat(client.repositoryIndex(RepositoryIndexRequest.getDefaultInstance())
                        .getModels(0))
                .hasToString("name: \"birds\"\nversion: \"1\"\nstate: \"READY\"\n");
        assertThatThrownBy(() -> client.repositoryModelUnload(RepositoryModelUnloadRequest.newBuilder()
                        .setModelName("birds")
                        .build()))
                .hasMessageStartingWith("PERMISSION_DENIED: model birds is neither loaded nor unloaded by a call");
        assertThatThrownBy(() -> client.repositoryModelUnload(RepositoryModelUnloadRequest.newBuilder()
                        .setModelName("cats")
                        .build()))
                .hasMessageStartingWith("NOT_FOUND: model cats: expected one of [birds]");
        assertThat(client.modelReady(
                                ModelReadyRequest.newBuilder().setName("cats").build())
                        .getReady())
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip", "deflate"})
    void messagesMayBeCompressed(String coding) {
        CompressorRegistry compressors = CompressorRegistry.newEmptyInstance();
        compressors.register(new Compressor() {
            @Override
            public String getMessageEncoding() {
                return coding;
            }

            @Override
            public OutputStream compress(OutputStream out) throws IOException {
                return coding.equals("gzip") ? new GZIPOutputStream(out) : new DeflaterOutputStream(out);
            }
        });
        ManagedChannel packing = ManagedChannelBuilder.forAddress("127.0.0.1", endpoint.port())
                .usePlaintext()
                .compressorRegistry(compressors)
                .build();
        assertThat(GRPCInferenceServiceGrpc.newBlockingStub(packing)
                        .withCompression(coding)
                        .modelInfer(typed(rows(2, 3), "memory").build())
                        .getOutputs(0)
                        .getShapeList())
                .containsExactly(2L, (long) CLASSES);
        packing.shutdownNow();
    }

    @Test
    void aStreamAnswersInOrderAndOutlivesAMistake() throws Exception {
        BlockingQueue<String> told = new LinkedBlockingQueue<>();
        StreamObserver<ModelInferRequest> stream = GRPCInferenceServiceGrpc.newStub(channel)
                .modelStreamInfer(
                        observer(told, answer -> answer.getInferResponse().getId() + answer.getErrorMessage()));
        for (int i = 0; i < 20; i++) {
            Thread.sleep(i == 19 ? 2_000 : 0); // longer than an answer may go unread
            stream.onNext(typed(rows(1, i), i == 10 ? "dreams" : "memory")
                    .setId("request " + i)
                    .build());
        }
        stream.onCompleted();
        List<String> answers = next(told, 21);
        for (int i = 0; i < 20; i++) {
            assertThat(answers.get(i)).startsWith(i == 10 ? "output dreams: expected" : "request " + i);
        }
        assertThat(answers.get(20)).isEqualTo("completed");
    }

    @Test
    void kubernetesAndGrpcurlFindTheirServices() throws Exception {
        HealthGrpc.HealthBlockingStub health = HealthGrpc.newBlockingStub(channel);
        for (String service : List.of("", "inference.GRPCInferenceService", "birds")) {
            assertThat(health.check(HealthCheckRequest.newBuilder()
                                    .setService(service)
                                    .build())
                            .getStatus())
                    .isEqualTo(HealthCheckResponse.ServingStatus.SERVING);
        }
        assertThat(health.list(HealthListRequest.getDefaultInstance()).getStatusesMap())
                .containsOnlyKeys("", "inference.GRPCInferenceService", "birds")
                .containsValue(HealthCheckResponse.newBuilder()
                        .setStatus(HealthCheckResponse.ServingStatus.SERVING)
                        .build());
        assertThatThrownBy(() -> health.check(
                        HealthCheckRequest.newBuilder().setService("cats").build()))
                .hasMessage("NOT_FOUND: no model of this name: expected one, or nothing for the server");
        BlockingQueue<String> told = new LinkedBlockingQueue<>();
        StreamObserver<ServerReflectionRequest> reflection = ServerReflectionGrpc.newStub(channel)
                .serverReflectionInfo(observer(
                        told, answer -> answer.getListServicesResponse().toString()));
        reflection.onNext(
                ServerReflectionRequest.newBuilder().setListServices("*").build());
        assertThat(next(told, 1).get(0))
                .contains(
                        "inference.GRPCInferenceService",
                        "grpc.health.v1.Health",
                        "grpc.reflection.v1.ServerReflection",
                        "grpc.reflection.v1alpha.ServerReflection");
        reflection.onCompleted();
    }

    @Test
    void whoWatchesTheHealthIsToldOfEachChangeUntilTheServerEnds() throws Exception {
        BlockingQueue<String> told = new LinkedBlockingQueue<>();
        for (String service : List.of("", "birds", "cats")) {
            HealthGrpc.newStub(channel)
                    .watch(
                            HealthCheckRequest.newBuilder().setService(service).build(),
                            observer(told, health -> service + " " + health.getStatus()));
        }
        assertThat(next(told, 3)).containsExactlyInAnyOrder(" SERVING", "birds SERVING", "cats SERVICE_UNKNOWN");
        assertThat(told.poll(2, TimeUnit.SECONDS)).isNull(); // longer than an answer may go unread
        failing = true; // which is not the last look
        readiness.leave();
        assertThat(next(told, 2)).containsExactlyInAnyOrder(" NOT_SERVING", "birds NOT_SERVING");
        endpoint.close(Duration.ofMinutes(1));
        assertThat(next(told, 3)).containsOnly("UNAVAILABLE: the server ends: ask another one");
    }

    @Test
    void moreCallsThanMayWatchTheHealthAreRefusedUntilOneEnds() throws Exception {
        BlockingQueue<String> told = new LinkedBlockingQueue<>();
        StreamObserver<HealthCheckResponse> observer =
                observer(told, health -> health.getStatus().toString());
        List<ManagedChannel> watching = new ArrayList<>();
        try {
            for (int i = 0; i < HealthCalls.MAX_WATCHES / 100; i++) { // a connection has a hundred calls
                ManagedChannel other = channel(endpoint);
                watching.add(other);
                for (int call = 0; call < 100; call++) {
                    HealthGrpc.newStub(other).watch(HealthCheckRequest.getDefaultInstance(), observer);
                }
            }
            assertThat(next(told, HealthCalls.MAX_WATCHES)).containsOnly("SERVING");
            HealthGrpc.newStub(channel).watch(HealthCheckRequest.getDefaultInstance(), observer);
            assertThat(next(told, 1))
                    .containsExactly("RESOURCE_EXHAUSTED: 1000 calls watch the health already: call Check, or watch it"
                            + " again later");
            assertThat(HealthGrpc.newBlockingStub(channel)
                            .check(HealthCheckRequest.getDefaultInstance())
                            .getStatus())
                    .isEqualTo(HealthCheckResponse.ServingStatus.SERVING);
            watching.get(0).shutdownNow().awaitTermination(1, TimeUnit.MINUTES);
            assertThat(next(told, 100)).allMatch(end -> end.startsWith("UNAVAILABLE"));
            String again;
            do { // the server sees that calls have ended a moment later
                HealthGrpc.newStub(channel).watch(HealthCheckRequest.getDefaultInstance(), observer);
                again = next(told, 1).get(0);
            } while (again.startsWith("RESOURCE_EXHAUSTED"));
            assertThat(again).isEqualTo("SERVING");
        } finally {
            watching.forEach(ManagedChannel::shutdownNow);
        }
    }

    private static List<String> next(BlockingQueue<String> told, int count) throws InterruptedException {
        List<String> next = new ArrayList<>();
        while (next.size() < count) {
            next.add(told.poll(1, TimeUnit.MINUTES));
        }
        return next;
    }

    @Test
    void aMessageThatIsNoRequestIsTheClientsMistake() {
        MethodDescriptor.Marshaller<InputStream> bytes = new MethodDescriptor.Marshaller<>() {
            @Override
            public InputStream stream(InputStream value) {
                return value;
            }

            @Override
            public InputStream parse(InputStream stream) {
                return stream;
            }
        };
        MethodDescriptor<InputStream, InputStream> infer = GRPCInferenceServiceGrpc.getModelInferMethod().toBuilder(
                        bytes, bytes)
                .build();
        byte[] whole = typed(rows(2, 3), "memory").build().toByteArray();
        for (byte[] message : List.of(
                new byte[] {(byte) 0xff},
                new byte[] {0x2a, 0x7f},
                new byte[] {0x2a, 3, 0x2a, 0x7f, 0}, // broken inside of an input
                new byte[] {0x0b},
                Arrays.copyOf(whole, whole.length - 1))) {
            assertThatThrownBy(() -> ClientCalls.blockingUnaryCall(
                            channel, infer, CallOptions.DEFAULT, new ByteArrayInputStream(message)))
                    .hasMessageStartingWith("INVALID_ARGUMENT: the message is no request of this call");
        }
        byte[] empties = new byte[2_000];
        for (int i = 0; i < empties.length; i += 2) {
            empties[i] = 0x2a; // inputs without fields
        }
        assertThatThrownBy(() -> ClientCalls.blockingUnaryCall(
                        channel, infer, CallOptions.DEFAULT, new ByteArrayInputStream(empties)))
                .hasMessage("INVALID_ARGUMENT: the message has 1000 fields: expected at most 300");
    }

    @Test
    void requestsThatAskForTooMuchAreRefused() {
        assertRefused(
                typed(rows(1, 3), "memory", "memory"),
                Status.Code.INVALID_ARGUMENT,
                "output memory is there twice: expected each name once");
        assertRefused(
                typed(rows(20, 3), "neighbors")
                        .putParameters(
                                "neighbors",
                                InferParameter.newBuilder().setInt64Param(1000).build()),
                Status.Code.RESOURCE_EXHAUSTED,
                "expected at most 50000; ask for fewer than these 20 rows, 1000 neighbors or for fewer outputs");
        List<HeapBudget.Share> all =
                Stream.generate(() -> budget.open(new Object())).limit(9).toList();
        // A client has its answer a moment before the server gives back the bytes.
        all.forEach(share -> assertThat(share.hold(share == all.get(0) ? budget.maxBytes() : budget.maxBytes() / 64))
                .succeedsWithin(Duration.ofSeconds(30)));
        assertRefused(typed(rows(1, 3), "memory"), Status.Code.UNAVAILABLE, "in use: send the request again later");
        all.forEach(HeapBudget.Share::close);
        InferInputTensor wrong = InferInputTensor.newBuilder()
                .setName("features")
                .setDatatype("INT8")
                .addShape(1)
                .setContents(InferTensorContents.newBuilder().addIntContents(1000))
                .build();
        assertRefused(
                ModelInferRequest.newBuilder().setModelName("birds").addInputs(wrong),
                Status.Code.INVALID_ARGUMENT,
                "expected a whole number in -128..127, the range of INT8");
    }

    @Test
    void anotherVersionIsNotFound() {
        assertThat(client.modelReady(ModelReadyRequest.newBuilder()
                                .setName("birds")
                                .setVersion("99")
                                .build())
                        .getReady())
                .isFalse();
        assertThatThrownBy(() -> client.modelInfer(
                        typed(rows(1, 3), "memory").setModelVersion("99").build()))
                .hasMessageContaining("NOT_FOUND: version 99");
        assertThat(client.modelInfer(
                                typed(rows(1, 3), "memory").setModelVersion("1").build())
                        .getModelVersion())
                .isEqualTo("1");
    }

    @Test
    void answersTypedContentsWithTypedContents() {
        float[] rows = rows(2, 3);
        ModelInferResponse answer = client.modelInfer(typed(rows, "memory", "log_mass", "classes", "neighbors")
                .putParameters(
                        "neighbors",
                        InferParameter.newBuilder().setInt64Param(2).build())
                .build());
        AnswerRule rule = index.calibration(Calibration.ALONE).rule();
        Answer direct = index.answer(Query.of(rows).thetas(rule.theta()).evidence(rule.needsEvidence()));
        assertThat(answer.getId()).isEqualTo("q");
        assertThat(answer.getModelName()).isEqualTo("birds");
        for (int row = 0; row < 2; row++) {
            double[] expected = rule.alone(direct.row(row));
            for (int c = 0; c < CLASSES; c++) {
                assertThat((double) answer.getOutputs(0).getContents().getFp32Contents(row * CLASSES + c))
                        .isCloseTo(expected[c], within(1e-6));
            }
            assertThat((double) answer.getOutputs(1).getContents().getFp32Contents(row))
                    .isCloseTo(direct.row(row).logMass(), within(1e-4));
        }
        int best = ArgMax.of(rule.alone(direct.row(0)));
        assertThat(answer.getOutputs(2).getContents().getBytesContents(0).toStringUtf8())
                .endsWith(":" + best + ":class " + best);
        assertThat(answer.getOutputs(3).getShapeList()).containsExactly(2L, 2L);
        assertThat(answer.getRawOutputContentsCount()).isZero();
    }

    @Test
    void answersRawContentsWithRawContents() {
        float[] rows = rows(3, 4);
        ModelInferResponse answer = client.modelInfer(
                request(3, "memory", "classes").addRawInputContents(bytes(rows)).build());
        AnswerRule rule = index.calibration(Calibration.ALONE).rule();
        Answer direct = index.answer(Query.of(rows).thetas(rule.theta()).evidence(rule.needsEvidence()));
        ByteBuffer memory =
                answer.getRawOutputContents(0).asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
        for (int row = 0; row < 3; row++) {
            for (double expected : rule.alone(direct.row(row))) {
                assertThat((double) memory.getFloat()).isCloseTo(expected, within(1e-6));
            }
        }
        assertThat(memory.hasRemaining()).isFalse();
        ByteBuffer classes =
                answer.getRawOutputContents(1).asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
        assertThat(classes.getInt()).isBetween(10, 30);
        assertThat(answer.getOutputs(0).hasContents()).isFalse();
    }

    @Test
    void mistakesOfAClientHaveACodeAndASentence() {
        assertRefused(
                typed(rows(1, 1)).setModelName("cats"), Status.Code.NOT_FOUND, "model cats: expected one of [birds]");
        assertRefused(
                ModelInferRequest.newBuilder().setModelName("birds"),
                Status.Code.INVALID_ARGUMENT,
                "the request has no inputs: expected at least one");
        assertRefused(
                typed(rows(1, 1)).addRawInputContents(bytes(rows(1, 1))),
                Status.Code.INVALID_ARGUMENT,
                "input features has contents and raw_input_contents: expected one of them");
        assertRefused(
                request(1).addRawInputContents(ByteString.EMPTY).addRawInputContents(ByteString.EMPTY),
                Status.Code.INVALID_ARGUMENT,
                "raw_input_contents has 2 elements: expected one for each of the 1 inputs, or none");
        assertRefused(
                request(2).addRawInputContents(bytes(rows(1, 1))),
                Status.Code.INVALID_ARGUMENT,
                "input features has 32 bytes: expected 64 for 16 elements of FP32");
        assertRefused(
                request(1),
                Status.Code.INVALID_ARGUMENT,
                "input features holds 0 elements: expected 8 for shape [1, 8]");
        assertRefused(request(-1), Status.Code.INVALID_ARGUMENT, "shape has -1 at dimension 0");
        assertRefused(
                typed(rows(1, 1)).putParameters("coverage", InferParameter.getDefaultInstance()),
                Status.Code.INVALID_ARGUMENT,
                "parameter coverage has no value");
        assertRefused(typed(new float[DIM]), Status.Code.INVALID_ARGUMENT, "query 0 is all zeros");
        assertRefused(typed(rows(400, 1)), Status.Code.RESOURCE_EXHAUSTED, "10000");
    }

    private void assertRefused(ModelInferRequest.Builder request, Status.Code code, String sentence) {
        assertThatThrownBy(() -> client.modelInfer(request.build()))
                .isInstanceOfSatisfying(StatusRuntimeException.class, refused -> {
                    assertThat(refused.getStatus().getCode())
                            .as(refused.getMessage())
                            .isEqualTo(code);
                    assertThat(refused.getStatus().getDescription()).contains(sentence);
                });
    }
}
