package io.github.afterimage.serve.grpc;

import com.fasterxml.jackson.jr.ob.JSON;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import io.github.afterimage.serve.grpc.proto.GRPCInferenceServiceGrpc;
import io.github.afterimage.serve.grpc.proto.GRPCInferenceServiceGrpc.GRPCInferenceServiceImplBase;
import io.github.afterimage.serve.grpc.proto.ModelConfigRequest;
import io.github.afterimage.serve.grpc.proto.ModelConfigResponse;
import io.github.afterimage.serve.grpc.proto.ModelInferRequest;
import io.github.afterimage.serve.grpc.proto.ModelInferResponse;
import io.github.afterimage.serve.grpc.proto.ModelMetadataRequest;
import io.github.afterimage.serve.grpc.proto.ModelMetadataResponse;
import io.github.afterimage.serve.grpc.proto.ModelReadyRequest;
import io.github.afterimage.serve.grpc.proto.ModelReadyResponse;
import io.github.afterimage.serve.grpc.proto.ModelStatisticsRequest;
import io.github.afterimage.serve.grpc.proto.ModelStatisticsResponse;
import io.github.afterimage.serve.grpc.proto.ModelStreamInferResponse;
import io.github.afterimage.serve.grpc.proto.RepositoryIndexRequest;
import io.github.afterimage.serve.grpc.proto.RepositoryIndexResponse;
import io.github.afterimage.serve.grpc.proto.RepositoryModelLoadRequest;
import io.github.afterimage.serve.grpc.proto.RepositoryModelLoadResponse;
import io.github.afterimage.serve.grpc.proto.RepositoryModelUnloadRequest;
import io.github.afterimage.serve.grpc.proto.RepositoryModelUnloadResponse;
import io.github.afterimage.serve.grpc.proto.ServerLiveRequest;
import io.github.afterimage.serve.grpc.proto.ServerLiveResponse;
import io.github.afterimage.serve.grpc.proto.ServerMetadataRequest;
import io.github.afterimage.serve.grpc.proto.ServerMetadataResponse;
import io.github.afterimage.serve.grpc.proto.ServerReadyRequest;
import io.github.afterimage.serve.grpc.proto.ServerReadyResponse;
import io.github.afterimage.serve.models.Descriptions;
import io.github.afterimage.serve.models.Models;
import io.github.afterimage.serve.models.ServedModel;
import io.github.afterimage.serve.protocol.DataType;
import io.github.afterimage.serve.protocol.Failure;
import io.github.afterimage.serve.protocol.InferenceRequest;
import io.github.afterimage.serve.protocol.InferenceResponse;
import io.github.afterimage.serve.protocol.RequestException;
import io.github.afterimage.serve.work.Decoders;
import io.github.afterimage.serve.work.HeapBudget;
import io.grpc.BindableService;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.Stream;
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

    private final Descriptions descriptions;
    private final Models models;
    private final Decoders decoders;
    private final HeapBudget budget;

    /**
     * Serves models.
     *
     * @param decoders read long requests and decode images
     * @param budget holds the bytes of requests until they are answered
     */
    public InferenceService(Descriptions descriptions, Models models, Decoders decoders, HeapBudget budget) {
        this.descriptions = descriptions;
        this.models = models;
        this.decoders = decoders;
        this.budget = budget;
    }

    /** Returns this service and that of health, whose messages are read within the budget. */
    List<ServerServiceDefinition> services() {
        return Stream.of(this, health())
                .map(service -> ServerInterceptors.intercept(
                        ServerInterceptors.useInputStreamMessages(service.bindService()), new CallBudget(budget)))
                .toList();
    }

    @Override
    public void serverLive(ServerLiveRequest request, StreamObserver<ServerLiveResponse> observer) {
        answer(observer, () -> ServerLiveResponse.newBuilder().setLive(true).build());
    }

    @Override
    public void serverReady(ServerReadyRequest request, StreamObserver<ServerReadyResponse> observer) {
        answer(
                observer,
                () -> ServerReadyResponse.newBuilder().setReady(isReady()).build());
    }

    private boolean isReady() {
        return decoders.stalled().isEmpty()
                && models.all().stream().allMatch(model -> model.unready().isEmpty());
    }

    /** Returns the service by which Kubernetes and others check the health: that of the server, or of a model by its name. Needs no token. */
    private BindableService health() {
        return new HealthGrpc.HealthImplBase() {
            @Override
            public void check(HealthCheckRequest request, StreamObserver<HealthCheckResponse> observer) {
                answer(observer, () -> {
                    String service = request.getService();
                    boolean all = service.isEmpty() || service.equals(GRPCInferenceServiceGrpc.SERVICE_NAME);
                    if (!all && !models.has(service)) {
                        throw new RequestException(
                                RequestException.NOT_FOUND,
                                "no model of this name: expected one, or nothing for the server");
                    }
                    boolean ready =
                            all ? isReady() : models.named(service).unready().isEmpty();
                    return HealthCheckResponse.newBuilder()
                            .setStatus(
                                    ready
                                            ? HealthCheckResponse.ServingStatus.SERVING
                                            : HealthCheckResponse.ServingStatus.NOT_SERVING)
                            .build();
                });
            }
        };
    }

    @Override
    public void modelReady(ModelReadyRequest request, StreamObserver<ModelReadyResponse> observer) {
        answer(observer, () -> ModelReadyResponse.newBuilder()
                .setReady(models.has(request.getName())
                        && Set.of("", Models.VERSION).contains(request.getVersion())
                        && models.named(request.getName()).unready().isEmpty())
                .build());
    }

    private ServedModel named(String name, String version) {
        return models.named(known(name, version));
    }

    /** @param version empty for any */
    private static String known(String name, String version) {
        if (!version.isEmpty()) {
            Models.requireVersion(version);
        }
        return name;
    }

    @Override
    public void serverMetadata(ServerMetadataRequest request, StreamObserver<ServerMetadataResponse> observer) {
        tell(observer, ServerMetadataResponse.getDefaultInstance(), descriptions::server);
    }

    @Override
    public void modelMetadata(ModelMetadataRequest request, StreamObserver<ModelMetadataResponse> observer) {
        tell(
                observer,
                ModelMetadataResponse.getDefaultInstance(),
                () -> descriptions.model(known(request.getName(), request.getVersion())));
    }

    @Override
    public void modelConfig(ModelConfigRequest request, StreamObserver<ModelConfigResponse> observer) {
        tell(
                observer,
                ModelConfigResponse.getDefaultInstance(),
                () -> Map.of("config", descriptions.configuration(known(request.getName(), request.getVersion()))));
    }

    @Override
    public void modelStatistics(ModelStatisticsRequest request, StreamObserver<ModelStatisticsResponse> observer) {
        tell(
                observer,
                ModelStatisticsResponse.getDefaultInstance(),
                () -> descriptions.statistics(
                        request.getName().isEmpty()
                                ? models.all()
                                : List.of(named(request.getName(), request.getVersion()))));
    }

    @Override
    public void repositoryIndex(RepositoryIndexRequest request, StreamObserver<RepositoryIndexResponse> observer) {
        tell(
                observer,
                RepositoryIndexResponse.getDefaultInstance(),
                () -> Map.of("models", descriptions.repository(request.getReady())));
    }

    @Override
    public void repositoryModelLoad(
            RepositoryModelLoadRequest request, StreamObserver<RepositoryModelLoadResponse> observer) {
        observer.onError(error(Descriptions.fixedRepository(request.getModelName())));
    }

    @Override
    public void repositoryModelUnload(
            RepositoryModelUnloadRequest request, StreamObserver<RepositoryModelUnloadResponse> observer) {
        observer.onError(error(Descriptions.fixedRepository(request.getModelName())));
    }

    /** Answers with the message that a JSON object describes. */
    @SuppressWarnings("unchecked") // a builder builds the message that it comes from
    private static <T extends Message> void tell(
            StreamObserver<T> observer, T empty, Supplier<Map<String, Object>> json) {
        answer(observer, () -> {
            Message.Builder message = empty.newBuilderForType();
            try {
                JsonFormat.parser().merge(JSON.std.asString(json.get()), message);
            } catch (IOException e) {
                throw new IllegalStateException(e); // there is no input but memory
            }
            return (T) message.build();
        });
    }

    @Override
    public void modelInfer(ModelInferRequest request, StreamObserver<ModelInferResponse> observer) {
        ServerCallStreamObserver<ModelInferResponse> call = (ServerCallStreamObserver<ModelInferResponse>) observer;
        CompletableFuture<Void> cancelled = new CompletableFuture<>();
        call.setOnCancelHandler(() -> cancelled.complete(null));
        HeapBudget.Share share = CallBudget.SHARE.get();
        CompletableFuture<Void> unused = infer(request, share, cancelled)
                .thenAccept(message -> {
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

    /** Answers the requests of a stream one after the other; one that fails does not end the others. */
    @Override
    public StreamObserver<ModelInferRequest> modelStreamInfer(StreamObserver<ModelStreamInferResponse> observer) {
        ServerCallStreamObserver<ModelStreamInferResponse> call =
                (ServerCallStreamObserver<ModelStreamInferResponse>) observer;
        CompletableFuture<Void> cancelled = new CompletableFuture<>();
        HeapBudget.Share share = CallBudget.SHARE.get();
        AtomicReference<CompletableFuture<Void>> read = new AtomicReference<>(new CompletableFuture<>());
        call.setOnCancelHandler(() -> cancelled.complete(null));
        call.setOnReadyHandler(() -> Objects.requireNonNull(read.get()).complete(null));
        call.disableAutoRequest();
        call.request(1);
        return new StreamObserver<>() {
            private CompletableFuture<Void> last = CompletableFuture.completedFuture(null);

            @Override
            public void onNext(ModelInferRequest request) {
                last = infer(request, share, cancelled)
                        .handle((message, failure) -> failure == null
                                ? ModelStreamInferResponse.newBuilder().setInferResponse(message)
                                : ModelStreamInferResponse.newBuilder()
                                        .setErrorMessage(Failure.of(failure).detail()))
                        .thenCompose(answer -> send(answer.build()))
                        .thenRun(() -> {
                            CompletableFuture<Void> unused = share.hold(0);
                            call.request(1);
                        })
                        .whenComplete((sent, failure) -> {
                            if (failure != null) {
                                call.onError(error(failure));
                            }
                        });
            }

            /** Sends an answer, whose bytes the stream holds until its client has read what came before, or for a while. */
            private CompletableFuture<Void> send(ModelStreamInferResponse answer) {
                CompletableFuture<Void> room = new CompletableFuture<>();
                read.set(room);
                CompletableFuture<Void> unused = cancelled.thenRun(() -> room.complete(null));
                call.onNext(answer);
                if (call.isReady()) {
                    room.complete(null);
                }
                return room.orTimeout(SENDING_SECONDS, TimeUnit.SECONDS).exceptionally(late -> {
                    throw new CompletionException(new TimeoutException(
                            "the answer was not read for " + SENDING_SECONDS + " s: read answers as they come"));
                });
            }

            @Override
            public void onError(Throwable failure) {
                cancelled.complete(null);
            }

            @Override
            public void onCompleted() {
                CompletableFuture<Void> unused = last.thenRun(call::onCompleted); // else an error has ended it
            }
        };
    }

    private CompletableFuture<ModelInferResponse> infer(
            ModelInferRequest request, HeapBudget.Share share, CompletableFuture<Void> cancelled) {
        Deadline deadline = Context.current().getDeadline();
        boolean raw = request.getRawInputContentsCount() > 0;
        return CompletableFuture.completedFuture(request)
                .thenComposeAsync(
                        asked -> infer(asked, share, deadline, cancelled),
                        isReadQuickly(request) ? Runnable::run : decoders)
                .thenApply(answer -> MessageWriter.response(answer, Models.VERSION, raw, budget.maxAnswer()));
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
                    case 401 -> Status.Code.UNAUTHENTICATED;
                    case 403 -> Status.Code.PERMISSION_DENIED;
                    case 404 -> Status.Code.NOT_FOUND;
                    case 413, 429 -> Status.Code.RESOURCE_EXHAUSTED;
                    case 503 -> Status.Code.UNAVAILABLE;
                    case 504 -> Status.Code.DEADLINE_EXCEEDED;
                    default -> seen.status() < 500 ? Status.Code.INVALID_ARGUMENT : Status.Code.INTERNAL;
                };
        return code.toStatus().withDescription(seen.detail()).asException();
    }
}
