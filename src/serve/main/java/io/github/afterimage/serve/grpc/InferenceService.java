package io.github.afterimage.serve.grpc;

import io.github.afterimage.serve.grpc.proto.GRPCInferenceServiceGrpc.GRPCInferenceServiceImplBase;
import io.github.afterimage.serve.grpc.proto.ModelInferRequest;
import io.github.afterimage.serve.grpc.proto.ModelInferResponse;
import io.github.afterimage.serve.grpc.proto.ModelMetadataRequest;
import io.github.afterimage.serve.grpc.proto.ModelMetadataResponse;
import io.github.afterimage.serve.grpc.proto.ModelReadyRequest;
import io.github.afterimage.serve.grpc.proto.ModelReadyResponse;
import io.github.afterimage.serve.grpc.proto.ServerLiveRequest;
import io.github.afterimage.serve.grpc.proto.ServerLiveResponse;
import io.github.afterimage.serve.grpc.proto.ServerMetadataRequest;
import io.github.afterimage.serve.grpc.proto.ServerMetadataResponse;
import io.github.afterimage.serve.grpc.proto.ServerReadyRequest;
import io.github.afterimage.serve.grpc.proto.ServerReadyResponse;
import io.github.afterimage.serve.models.Models;
import io.github.afterimage.serve.models.ServedModel;
import io.github.afterimage.serve.protocol.DataType;
import io.github.afterimage.serve.protocol.Failure;
import io.github.afterimage.serve.protocol.InferenceRequest;
import io.github.afterimage.serve.protocol.InferenceResponse;
import io.github.afterimage.serve.work.Decoders;
import io.github.afterimage.serve.work.HeapBudget;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The calls of the protocol. No thread waits for an answer. The deadline of a call limits the time of its request, and a call
 * that its client cancels ends the request.
 */
public final class InferenceService extends GRPCInferenceServiceImplBase {
    /** As much as is copied in the time that it takes to wake a thread. */
    private static final int QUICK_BYTES = 256 << 10;
    /** A client may read an answer so long as the default idle time of connections. */
    private static final long SENDING_SECONDS = 30;

    private final String version;
    private final Models models;
    private final Decoders decoders;
    private final HeapBudget budget;

    /**
     * Serves models.
     *
     * @param version of the server, for its metadata
     * @param decoders read long requests and decode images
     * @param budget holds the bytes of requests until they are answered
     */
    public InferenceService(String version, Models models, Decoders decoders, HeapBudget budget) {
        this.version = version;
        this.models = models;
        this.decoders = decoders;
        this.budget = budget;
    }

    /** Returns this service with the interceptor that reads its messages. */
    ServerServiceDefinition withinBudget() {
        return ServerInterceptors.intercept(
                ServerInterceptors.useInputStreamMessages(bindService()), new CallBudget(budget));
    }

    @Override
    public void serverLive(ServerLiveRequest request, StreamObserver<ServerLiveResponse> observer) {
        answer(observer, () -> ServerLiveResponse.newBuilder().setLive(true).build());
    }

    @Override
    public void serverReady(ServerReadyRequest request, StreamObserver<ServerReadyResponse> observer) {
        answer(observer, () -> ServerReadyResponse.newBuilder()
                .setReady(decoders.stalled().isEmpty()
                        && models.all().stream()
                                .allMatch(model -> model.unready().isEmpty()))
                .build());
    }

    @Override
    public void modelReady(ModelReadyRequest request, StreamObserver<ModelReadyResponse> observer) {
        answer(observer, () -> ModelReadyResponse.newBuilder()
                .setReady(
                        named(request.getName(), request.getVersion()).unready().isEmpty())
                .build());
    }

    /** @param version empty for any */
    private ServedModel named(String name, String version) {
        ServedModel model = models.named(name);
        if (!version.isEmpty()) {
            Models.requireVersion(version);
        }
        return model;
    }

    @Override
    public void serverMetadata(ServerMetadataRequest request, StreamObserver<ServerMetadataResponse> observer) {
        answer(observer, () -> ServerMetadataResponse.newBuilder()
                .setName("afterimage")
                .setVersion(version)
                .addExtensions("classification")
                .build());
    }

    @Override
    public void modelMetadata(ModelMetadataRequest request, StreamObserver<ModelMetadataResponse> observer) {
        answer(observer, () -> {
            ServedModel model = named(request.getName(), request.getVersion());
            return ModelMetadataResponse.newBuilder()
                    .setName(model.name())
                    .addVersions(Models.VERSION)
                    .setPlatform("afterimage")
                    .addAllInputs(MessageWriter.descriptions(model.inputs()))
                    .addAllOutputs(MessageWriter.descriptions(model.outputs()))
                    .build();
        });
    }

    @Override
    public void modelInfer(ModelInferRequest request, StreamObserver<ModelInferResponse> observer) {
        ServerCallStreamObserver<ModelInferResponse> call = (ServerCallStreamObserver<ModelInferResponse>) observer;
        Deadline deadline = Context.current().getDeadline();
        CompletableFuture<Void> cancelled = new CompletableFuture<>();
        call.setOnCancelHandler(() -> cancelled.complete(null));
        boolean raw = request.getRawInputContentsCount() > 0;
        HeapBudget.Share share = CallBudget.SHARE.get();
        CompletableFuture<Void> unused = CompletableFuture.completedFuture(request)
                .thenComposeAsync(
                        asked -> infer(asked, share, deadline, cancelled),
                        isReadQuickly(request) ? Runnable::run : decoders)
                .thenAccept(answer -> {
                    ModelInferResponse message =
                            MessageWriter.response(answer, Models.VERSION, raw, budget.maxAnswer());
                    call.onNext(message);
                    call.onCompleted();
                    sending(share, message.getSerializedSize());
                })
                .exceptionally(failure -> {
                    if (!call.isCancelled()) {
                        call.onError(error(failure));
                    }
                    return null;
                })
                .thenRun(() -> {
                    if (call.isCancelled()) {
                        share.close();
                    }
                });
    }

    /** Holds the bytes of an answer, which gRPC has copied, until the client has read them, but not for ever. */
    private static void sending(HeapBudget.Share share, int bytes) {
        if (bytes <= QUICK_BYTES) {
            share.close();
            return;
        }
        CompletableFuture<Void> unused = share.hold(bytes);
        CompletableFuture.delayedExecutor(SENDING_SECONDS, TimeUnit.SECONDS).execute(share::close);
    }

    /** Returns true for a few numbers; to decode an image takes milliseconds. */
    private static boolean isReadQuickly(ModelInferRequest request) {
        return request.getSerializedSize() <= QUICK_BYTES
                && request.getInputsList().stream()
                        .noneMatch(input -> input.getDatatype().equals(DataType.BYTES.name()));
    }

    private CompletableFuture<InferenceResponse> infer(
            ModelInferRequest request,
            HeapBudget.Share share,
            @Nullable Deadline deadline,
            CompletableFuture<Void> cancelled) {
        ServedModel model = named(request.getModelName(), request.getModelVersion());
        InferenceRequest asked = MessageReader.request(request);
        CompletableFuture<Void> held = share.hold(model.inferCost(asked));
        return held.thenComposeAsync(
                there -> {
                    CompletableFuture<InferenceResponse> begun =
                            model.infer(deadline == null ? asked : asked.within(remainingMicros(deadline)));
                    CompletableFuture<Void> unused = cancelled.thenRun(() -> begun.cancel(true));
                    return begun;
                },
                held.isDone() ? Runnable::run : decoders);
    }

    private static long remainingMicros(Deadline deadline) {
        return Math.min(Integer.MAX_VALUE, Math.max(1, deadline.timeRemaining(TimeUnit.MICROSECONDS)));
    }

    private static <T> void answer(StreamObserver<T> observer, Supplier<T> answer) {
        try {
            observer.onNext(answer.get());
            observer.onCompleted();
        } catch (RuntimeException e) {
            observer.onError(error(e));
        }
    }

    /** Makes the error of a call: the sentence that HTTP has too, and the code that comes closest to its status. */
    static StatusException error(Throwable failure) {
        Failure seen = Failure.of(failure);
        Status.Code code =
                switch (seen.status()) {
                    case 404 -> Status.Code.NOT_FOUND;
                    case 413, 429 -> Status.Code.RESOURCE_EXHAUSTED;
                    case 503 -> Status.Code.UNAVAILABLE;
                    case 504 -> Status.Code.DEADLINE_EXCEEDED;
                    default -> seen.status() < 500 ? Status.Code.INVALID_ARGUMENT : Status.Code.INTERNAL;
                };
        return code.toStatus().withDescription(seen.detail()).asException();
    }
}
