package io.github.afterimage.serve.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.afterimage.serve.grpc.proto.GRPCInferenceServiceGrpc;
import io.github.afterimage.serve.grpc.proto.GRPCInferenceServiceGrpc.GRPCInferenceServiceFutureStub;
import io.github.afterimage.serve.grpc.proto.ModelInferRequest;
import io.github.afterimage.serve.grpc.proto.ModelInferRequest.InferInputTensor;
import io.github.afterimage.serve.grpc.proto.ModelInferResponse;
import io.github.afterimage.serve.grpc.proto.ModelStreamInferResponse;
import io.github.afterimage.serve.grpc.proto.ServerLiveRequest;
import io.github.afterimage.serve.models.Descriptions;
import io.github.afterimage.serve.models.ModelOfTest;
import io.github.afterimage.serve.models.Models;
import io.github.afterimage.serve.models.Readiness;
import io.github.afterimage.serve.protocol.InferenceRequest;
import io.github.afterimage.serve.protocol.InferenceResponse;
import io.github.afterimage.serve.protocol.Tensor;
import io.github.afterimage.serve.work.Cost;
import io.github.afterimage.serve.work.Decoders;
import io.github.afterimage.serve.work.HeapBudget;
import io.github.afterimage.serve.work.ResponseTimeouts;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Calls of a model that answers when the test says so. */
class CallsTest {
    private final BlockingQueue<Call> calls = new ArrayBlockingQueue<>(10);
    private final Decoders decoders = new Decoders(1, 1, Duration.ofMinutes(1));
    private final HeapBudget budget = new HeapBudget(1 << 20, 1 << 20, Duration.ofMinutes(1));
    private final ResponseTimeouts responseTimeouts =
            new ResponseTimeouts(Duration.ofSeconds(10), 10_000, budget::isShort);
    private final Models models = new Models(List.of(new SlowModel()));
    private GrpcEndpoint endpoint;
    private ManagedChannel channel;
    private GRPCInferenceServiceFutureStub client;

    private record Call(InferenceRequest request, CompletableFuture<InferenceResponse> answer) {
        InferenceResponse complete() {
            return complete(0);
        }

        InferenceResponse complete(int values) {
            Tensor output = Tensor.ofFloats("memory", List.of(values), new float[values]);
            InferenceResponse made = new InferenceResponse("slow", request.id(), List.of(output));
            answer.complete(made);
            return made;
        }
    }

    private final class SlowModel extends ModelOfTest {
        SlowModel() {
            super("slow");
        }

        @Override
        public CompletableFuture<InferenceResponse> infer(InferenceRequest request) {
            CompletableFuture<InferenceResponse> answer = new CompletableFuture<>();
            calls.add(new Call(request, answer));
            return answer;
        }

        @Override
        public Cost inferCost(InferenceRequest request) {
            return new Cost(1_000 + request.heapBytes(), 0, "");
        }
    }

    @BeforeEach
    void start() throws Exception {
        endpoint = GrpcEndpointTest.endpoint(new InferenceService(
                new Descriptions("1.0", models),
                models,
                new Readiness(models, decoders, budget),
                decoders,
                budget,
                responseTimeouts));
        channel = GrpcEndpointTest.channel(endpoint);
        client = GRPCInferenceServiceGrpc.newFutureStub(channel);
        client.serverLive(ServerLiveRequest.getDefaultInstance()).get(); // connects
    }

    @AfterEach
    void closeEverything() {
        channel.shutdownNow();
        endpoint.close(Duration.ZERO);
        decoders.shutdownNow();
        responseTimeouts.close();
        models.close();
    }

    private static ModelInferRequest request() {
        return ModelInferRequest.newBuilder()
                .setModelName("slow")
                .addInputs(InferInputTensor.newBuilder()
                        .setName("features")
                        .setDatatype("FP32")
                        .addShape(0))
                .build();
    }

    private Call next() throws InterruptedException {
        Call call = calls.poll(1, TimeUnit.MINUTES);
        assertThat(call).as("the call arrives").isNotNull();
        return call;
    }

    private static Status status(Future<?> answer) throws InterruptedException {
        try {
            answer.get();
            return Status.OK;
        } catch (ExecutionException e) {
            return Status.fromThrowable(e);
        }
    }

    @Test
    void theDeadlineOfACallLimitsTheTimeOfItsRequest() throws Exception {
        Future<ModelInferResponse> answer =
                client.withDeadlineAfter(60, TimeUnit.SECONDS).modelInfer(request());
        Call call = next();
        assertThat(call.request.count("timeout", 0, Integer.MAX_VALUE)).isBetween(1_000_000, 60_000_000);
        call.complete();
        assertThat(status(answer).isOk()).isTrue();
    }

    @Test
    void aCallWithoutADeadlineHasNoTimeout() throws Exception {
        Future<ModelInferResponse> answer = client.modelInfer(request());
        assertThat(next().request.parameters()).isEmpty();
        answer.cancel(true);
    }

    @Test
    void aCallThatItsClientCancelsCancelsItsRequest() throws Exception {
        Future<ModelInferResponse> answer = client.modelInfer(request());
        Call call = next();
        answer.cancel(true);
        assertThatThrownBy(() -> call.answer.get(1, TimeUnit.MINUTES)).isInstanceOf(CancellationException.class);
    }

    @Test
    void aCallWhoseDeadlinePassesCancelsItsRequest() throws Exception {
        Future<ModelInferResponse> first = client.modelInfer(request()); // loads classes, which may take long
        next().complete();
        assertThat(status(first).isOk()).isTrue();
        Future<ModelInferResponse> answer =
                client.withDeadlineAfter(2, TimeUnit.SECONDS).modelInfer(request());
        Call call = next();
        assertThat(status(answer).getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
        assertThatThrownBy(() -> call.answer.get(1, TimeUnit.MINUTES)).isInstanceOf(CancellationException.class);
    }

    @Test
    void anErrorOfTheServerShowsNoDetails() throws Exception {
        Future<ModelInferResponse> answer = client.modelInfer(request());
        next().answer.completeExceptionally(new ArithmeticException("secret"));
        assertThat(status(answer).getCode()).isEqualTo(Status.Code.INTERNAL);
        assertThat(status(answer).getDescription()).doesNotContain("secret").contains("its log says why");
    }

    @Test
    void requestsThatCannotBeReadNowAreRefusedAtOnce() throws Exception {
        CompletableFuture<Void> busy = new CompletableFuture<>();
        decoders.execute(busy::join);
        decoders.execute(() -> {});
        ModelInferRequest.Builder images = request().toBuilder();
        images.getInputsBuilder(0).setName("image").setDatatype("BYTES");
        Status refused = status(client.modelInfer(images.build()));
        busy.complete(null);
        assertThat(refused.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
        assertThat(refused.getDescription()).contains("too many requests wait to be read");
    }

    @Test
    void closingWaitsForCallsThatRunAndRefusesNewOnes() throws Exception {
        Future<ModelInferResponse> running = client.modelInfer(request());
        Call call = next();
        endpoint.shutdown();
        CompletableFuture<Void> closed = CompletableFuture.runAsync(() -> endpoint.close(Duration.ofMinutes(1)));
        ManagedChannel late = GrpcEndpointTest.channel(endpoint);
        Status refused = status(GRPCInferenceServiceGrpc.newFutureStub(late).modelInfer(request()));
        late.shutdownNow();
        assertThat(refused.getCode()).as(refused.toString()).isEqualTo(Status.Code.UNAVAILABLE);
        assertThat(closed).isNotDone();
        call.complete();
        assertThat(status(running).isOk()).isTrue();
        closed.get();
    }

    @Test
    void callsThatTakeLongerThanTheTimeToDrainAreEnded() throws Exception {
        Future<ModelInferResponse> running = client.modelInfer(request());
        Call call = next();
        endpoint.close(Duration.ofMillis(50));
        assertThat(status(running).isOk()).isFalse();
        assertThatThrownBy(() -> call.answer.get(1, TimeUnit.MINUTES)).isInstanceOf(CancellationException.class);
    }

    /** Begins a stream whose client takes an answer when the test asks for it. */
    private static ClientCallStreamObserver<ModelInferRequest> stream(
            ManagedChannel channel, BlockingQueue<ModelStreamInferResponse> answers) throws Exception {
        CompletableFuture<ClientCallStreamObserver<ModelInferRequest>> begun = new CompletableFuture<>();
        GRPCInferenceServiceGrpc.newStub(channel)
                .modelStreamInfer(new ClientResponseObserver<ModelInferRequest, ModelStreamInferResponse>() {
                    @Override
                    public void beforeStart(ClientCallStreamObserver<ModelInferRequest> stream) {
                        stream.disableAutoRequestWithInitial(0);
                        begun.complete(stream);
                    }

                    @Override
                    public void onNext(ModelStreamInferResponse answer) {
                        answers.add(answer);
                    }

                    @Override
                    public void onError(Throwable failure) {}

                    @Override
                    public void onCompleted() {}
                });
        return begun.get();
    }

    @Test
    void aStreamKeepsNoAnswerThatItHasSent() throws Exception {
        BlockingQueue<ModelStreamInferResponse> answers = new ArrayBlockingQueue<>(10);
        List<WeakReference<InferenceResponse>> sent = new ArrayList<>();
        ClientCallStreamObserver<ModelInferRequest> stream = stream(channel, answers);
        for (int i = 0; i < 2_000; i++) {
            stream.request(1);
            stream.onNext(request());
            sent.add(new WeakReference<>(next().complete(64)));
            assertThat(answers.poll(1, TimeUnit.MINUTES)).isNotNull();
        }
        long kept = sent.size();
        for (int i = 0; i < 100 && kept > 2; i++) { // those that threads have at hand
            System.gc();
            kept = sent.stream().filter(answer -> answer.get() != null).count();
        }
        assertThat(kept).isLessThanOrEqualTo(2);
        stream.onCompleted();
    }

    @Test
    void aStreamWhoseClientDoesNotReadSendsNoMoreAnswers() throws Exception {
        BlockingQueue<ModelStreamInferResponse> answers = new ArrayBlockingQueue<>(10);
        ManagedChannel narrow = NettyChannelBuilder.forAddress("127.0.0.1", endpoint.port())
                .usePlaintext()
                .flowControlWindow(64 << 10)
                .build();
        ClientCallStreamObserver<ModelInferRequest> stream = stream(narrow, answers);
        stream.onNext(request());
        stream.onNext(request());
        next().complete(200_000); // more bytes than the client takes before it reads
        assertThat(calls.poll(1, TimeUnit.SECONDS)).isNull();
        assertThat(budget.held()).isPositive();
        stream.request(1);
        next().complete();
        stream.request(1);
        for (int i = 0; i < 2; i++) {
            assertThat(answers.poll(1, TimeUnit.MINUTES)).isNotNull();
        }
        assertThat(budget.held()).as("of a stream that waits").isZero();
        stream.onCompleted();
        narrow.shutdownNow();
    }
}
