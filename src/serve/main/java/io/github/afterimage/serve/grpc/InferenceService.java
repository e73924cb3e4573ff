package io.github.afterimage.serve.grpc;

import static java.util.Map.entry;

import com.fasterxml.jackson.jr.ob.JSON;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import io.github.afterimage.serve.grpc.proto.GRPCInferenceServiceGrpc;
import io.github.afterimage.serve.grpc.proto.HealthCheckResponse.ServingStatus;
import io.github.afterimage.serve.grpc.proto.HealthGrpc;
import io.github.afterimage.serve.grpc.proto.ModelInferRequest;
import io.github.afterimage.serve.grpc.proto.ModelInferResponse;
import io.github.afterimage.serve.grpc.proto.ModelStreamInferResponse;
import io.github.afterimage.serve.models.Descriptions;
import io.github.afterimage.serve.models.Models;
import io.github.afterimage.serve.models.Readiness;
import io.github.afterimage.serve.protocol.RequestException;
import io.github.afterimage.serve.protocol.RequestFailure;
import io.github.afterimage.serve.work.Decoders;
import io.github.afterimage.serve.work.Exchange;
import io.github.afterimage.serve.work.HeapBudget;
import io.github.afterimage.serve.work.ResponseTimeouts;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.MethodDescriptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * The calls of the protocol. No thread waits for an answer. The deadline of a call limits the time of its request, and a call
 * that its client cancels ends the request.
 */
public final class InferenceService {
    /** As much as is copied in the time that it takes to wake a thread. */
    private static final int QUICK_BYTES = 256 << 10;

    private final Models models;
    private final Readiness readiness;
    private final HealthCalls health;
    private final Decoders decoders;
    private final HeapBudget budget;
    private final ResponseTimeouts responseTimeouts;

    /** Calls that tell something, which is written as JSON objects; a request is its fields by name. */
    private final Map<MethodDescriptor<?, ?>, Function<Map<String, Object>, Map<String, Object>>> told;

    /**
     * Serves models.
     *
     * @param decoders read long requests and decode images
     * @param budget holds the bytes of requests until they are answered
     * @param responseTimeouts watches the answers
     */
    public InferenceService(
            Descriptions descriptions,
            Models models,
            Readiness readiness,
            Decoders decoders,
            HeapBudget budget,
            ResponseTimeouts responseTimeouts) {
        this.models = models;
        this.readiness = readiness;
        health = new HealthCalls(models, readiness);
        this.decoders = decoders;
        this.budget = budget;
        this.responseTimeouts = responseTimeouts;
        told = Map.ofEntries(
                entry(GRPCInferenceServiceGrpc.getServerLiveMethod(), asked -> Map.of("live", true)),
                entry(
                        GRPCInferenceServiceGrpc.getServerReadyMethod(),
                        asked -> Map.of("ready", readiness.reasons().isEmpty())),
                entry(GRPCInferenceServiceGrpc.getModelReadyMethod(), asked -> Map.of("ready", isModelReady(asked))),
                entry(GRPCInferenceServiceGrpc.getServerMetadataMethod(), asked -> descriptions.server()),
                entry(GRPCInferenceServiceGrpc.getModelMetadataMethod(), asked -> descriptions.model(known(asked))),
                entry(
                        GRPCInferenceServiceGrpc.getModelConfigMethod(),
                        asked -> Map.of("config", descriptions.configuration(known(asked)))),
                entry(
                        GRPCInferenceServiceGrpc.getModelStatisticsMethod(),
                        asked -> descriptions.statistics(
                                asked.containsKey("name") ? List.of(models.named(known(asked))) : models.all())),
                entry(
                        GRPCInferenceServiceGrpc.getRepositoryIndexMethod(),
                        asked -> Map.of("models", descriptions.repository(asked.containsKey("ready")))),
                entry(
                        GRPCInferenceServiceGrpc.getRepositoryModelLoadMethod(),
                        asked -> refuseChange(descriptions, asked)),
                entry(
                        GRPCInferenceServiceGrpc.getRepositoryModelUnloadMethod(),
                        asked -> refuseChange(descriptions, asked)),
                entry(HealthGrpc.getListMethod(), asked -> Map.of("statuses", health.list())),
                entry(HealthGrpc.getCheckMethod(), this::health));
    }

    /** Returns the protocol's service and that of health, whose messages are read within the budget. */
    List<ServerServiceDefinition> services() {
        return Stream.of(GRPCInferenceServiceGrpc.getServiceDescriptor(), HealthGrpc.getServiceDescriptor())
                .map(this::service)
                .map(service -> ServerInterceptors.intercept(
                        ServerInterceptors.useInputStreamMessages(service), new CallBudget(budget, responseTimeouts)))
                .toList();
    }

    /** Ends the calls that would go on as long as their clients. */
    void endWatches() {
        health.close();
    }

    private ServerServiceDefinition service(ServiceDescriptor descriptor) {
        ServerServiceDefinition.Builder service = ServerServiceDefinition.builder(descriptor);
        for (MethodDescriptor<?, ?> method : descriptor.getMethods()) {
            if (method == GRPCInferenceServiceGrpc.getModelInferMethod()) {
                service.addMethod(
                        GRPCInferenceServiceGrpc.getModelInferMethod(), ServerCalls.asyncUnaryCall(this::modelInfer));
            } else if (method == GRPCInferenceServiceGrpc.getModelStreamInferMethod()) {
                service.addMethod(
                        GRPCInferenceServiceGrpc.getModelStreamInferMethod(),
                        ServerCalls.asyncBidiStreamingCall(this::modelStreamInfer));
            } else if (method == HealthGrpc.getWatchMethod()) {
                service.addMethod(HealthGrpc.getWatchMethod(), ServerCalls.asyncServerStreamingCall(health::watch));
            } else {
                service.addMethod(telling(method));
            }
        }
        return service.build();
    }

    /** Answers with the message that a JSON object describes. */
    @SuppressWarnings("unchecked") // a builder builds the message that it comes from
    private <Q, A> ServerMethodDefinition<Q, A> telling(MethodDescriptor<Q, A> method) {
        Function<Map<String, Object>, Map<String, Object>> json = told.get(method);
        return ServerMethodDefinition.create(method, ServerCalls.asyncUnaryCall((request, observer) -> {
            if (json == null) {
                ServerCalls.asyncUnimplementedUnaryCall(method, observer);
                return;
            }
            try {
                Map<String, Object> fields = new HashMap<>();
                ((Message) request).getAllFields().forEach((field, value) -> fields.put(field.getName(), value));
                Message empty = (Message) ((MethodDescriptor.PrototypeMarshaller<A>) method.getResponseMarshaller())
                        .getMessagePrototype();
                Message.Builder message = Objects.requireNonNull(empty).newBuilderForType();
                JsonFormat.parser().merge(JSON.std.asString(json.apply(fields)), message);
                observer.onNext((A) message.build());
                observer.onCompleted();
            } catch (RuntimeException | IOException e) {
                observer.onError(error(e));
            }
        }));
    }

    private Map<String, Object> health(Map<String, Object> asked) {
        ServingStatus status = health.check(text(asked, "service"));
        if (status == ServingStatus.SERVICE_UNKNOWN) {
            throw new RequestException(
                    RequestException.NOT_FOUND, "no model of this name: expected one, or nothing for the server");
        }
        return Map.of("status", status.name());
    }

    private boolean isModelReady(Map<String, Object> asked) {
        String name = text(asked, "name");
        return models.has(name)
                && Set.of("", Models.VERSION).contains(text(asked, "version"))
                && readiness.reason(models.named(name)).isEmpty();
    }

    private static Map<String, Object> refuseChange(Descriptions descriptions, Map<String, Object> asked) {
        throw descriptions.fixedRepository(text(asked, "model_name"));
    }

    private static String text(Map<String, Object> asked, String field) {
        return asked.getOrDefault(field, "").toString();
    }

    private static String known(Map<String, Object> asked) {
        return known(text(asked, "name"), text(asked, "version"));
    }

    /** @param version empty for any */
    private static String known(String name, String version) {
        if (!version.isEmpty()) {
            Models.requireVersion(version);
        }
        return name;
    }

    private void modelInfer(ModelInferRequest request, StreamObserver<ModelInferResponse> observer) {
        ServerCallStreamObserver<ModelInferResponse> call = (ServerCallStreamObserver<ModelInferResponse>) observer;
        HeapBudget.Share share = CallBudget.SHARE.get();
        Exchange exchange = new Exchange(decoders, share);
        call.setOnCancelHandler(exchange::cancel);
        CompletableFuture<Void> unused = infer(request, exchange)
                .thenAccept(message -> {
                    call.onNext(message);
                    call.onCompleted();
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
    private StreamObserver<ModelInferRequest> modelStreamInfer(StreamObserver<ModelStreamInferResponse> observer) {
        ServerCallStreamObserver<ModelStreamInferResponse> call =
                (ServerCallStreamObserver<ModelStreamInferResponse>) observer;
        HeapBudget.Share share = CallBudget.SHARE.get();
        Exchange exchange = new Exchange(decoders, share);
        AtomicReference<CompletableFuture<Void>> read = new AtomicReference<>(new CompletableFuture<>());
        call.setOnCancelHandler(exchange::cancel);
        call.setOnReadyHandler(() -> Objects.requireNonNull(read.get()).complete(null));
        call.disableAutoRequest();
        call.request(1);
        return new StreamObserver<>() {
            private CompletableFuture<Void> last = CompletableFuture.completedFuture(null);

            @Override
            public void onNext(ModelInferRequest request) {
                last = infer(request, exchange)
                        .handle((message, failure) -> failure == null
                                ? ModelStreamInferResponse.newBuilder().setInferResponse(message)
                                : ModelStreamInferResponse.newBuilder()
                                        .setErrorMessage(
                                                RequestFailure.of(failure).detail()))
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

            /** Sends an answer, whose bytes the stream holds until its client has read what came before. */
            private CompletableFuture<Void> send(ModelStreamInferResponse answer) {
                CompletableFuture<Void> room = exchange.untilGone(new CompletableFuture<>());
                read.set(room);
                call.onNext(answer);
                if (call.isReady()) {
                    room.complete(null);
                }
                return room;
            }

            @Override
            public void onError(Throwable failure) {
                exchange.cancel();
            }

            @Override
            public void onCompleted() {
                CompletableFuture<Void> unused = last.thenRun(call::onCompleted); // else an error has ended it
            }
        };
    }

    private CompletableFuture<ModelInferResponse> infer(ModelInferRequest request, Exchange exchange) {
        Deadline deadline = Context.current().getDeadline();
        boolean raw = request.getRawInputContentsCount() > 0;
        return CompletableFuture.completedFuture(request)
                .thenApply(asked -> models.named(known(asked.getModelName(), asked.getModelVersion())))
                .thenCompose(model -> exchange.answer(
                        CompletableFuture.completedFuture(null), // held by the budget of calls
                        request.getSerializedSize() <= QUICK_BYTES,
                        () -> MessageReader.request(request),
                        model::inferCost,
                        asked -> model.infer(deadline == null ? asked : asked.within(remainingMicros(deadline)))))
                .thenApply(answer -> MessageWriter.response(answer, Models.VERSION, raw, budget.maxAnswer()));
    }

    private static long remainingMicros(Deadline deadline) {
        return Math.min(Integer.MAX_VALUE, Math.max(1, deadline.timeRemaining(TimeUnit.MICROSECONDS)));
    }

    /** Makes the error of a call: the sentence that HTTP has too, and the code that comes closest to its status. */
    static StatusException error(Throwable failure) {
        RequestFailure seen = RequestFailure.of(failure);
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
