package io.github.afterimage.serve.grpc;

import io.github.afterimage.serve.grpc.proto.GRPCInferenceServiceGrpc;
import io.github.afterimage.serve.grpc.proto.HealthCheckRequest;
import io.github.afterimage.serve.grpc.proto.HealthCheckResponse;
import io.github.afterimage.serve.grpc.proto.HealthCheckResponse.ServingStatus;
import io.github.afterimage.serve.models.Models;
import io.github.afterimage.serve.models.Readiness;
import io.github.afterimage.serve.models.ServedModel;
import io.github.afterimage.serve.work.HeapBudget;
import io.github.afterimage.serve.work.PeriodicTask;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Tells Kubernetes and others the health of the server, or of a model by its name. Needs no token. */
final class HealthCalls {
    private static final String THREAD = "afterimage-health";
    private static final Duration INTERVAL = Duration.ofMillis(500);

    /** Calls that watch at once. They need no token and end when their clients like, and a connection may have a hundred. */
    static final int MAX_WATCHES = 1_000;

    private final Models models;
    private final Readiness readiness;
    private final Set<Watch> watches = ConcurrentHashMap.newKeySet();
    private final PeriodicTask clock =
            new PeriodicTask(THREAD, INTERVAL, () -> watches.forEach(watch -> PeriodicTask.run(THREAD, watch::look)));
    private volatile boolean closed;

    HealthCalls(Models models, Readiness readiness) {
        this.models = models;
        this.readiness = readiness;
    }

    /** Returns the health of a model, or of the server if it has no name. */
    ServingStatus check(String service) {
        boolean all = service.isEmpty() || service.equals(GRPCInferenceServiceGrpc.SERVICE_NAME);
        if (!all && !models.has(service)) {
            return ServingStatus.SERVICE_UNKNOWN;
        }
        boolean ready = all
                ? readiness.reasons().isEmpty()
                : readiness.reason(models.named(service)).isEmpty();
        return ready ? ServingStatus.SERVING : ServingStatus.NOT_SERVING;
    }

    /** Returns the health of all: the server by its two names, then the models. */
    Map<String, Object> list() {
        return Stream.concat(
                        Stream.of("", GRPCInferenceServiceGrpc.SERVICE_NAME),
                        models.all().stream().map(ServedModel::name))
                .collect(Collectors.toMap(name -> name, name -> Map.of("status", check(name))));
    }

    /** Tells it now, and whenever it has changed; refuses more than {@link #MAX_WATCHES} calls with the code RESOURCE_EXHAUSTED. */
    void watch(HealthCheckRequest asked, StreamObserver<HealthCheckResponse> observer) {
        ServerCallStreamObserver<HealthCheckResponse> call = (ServerCallStreamObserver<HealthCheckResponse>) observer;
        Watch watch = new Watch(asked.getService(), call);
        HeapBudget.Share share = CallBudget.SHARE.get();
        call.setOnCancelHandler(() -> {
            watches.remove(watch);
            share.close();
        });
        if (!enter(watch)) {
            call.onError(Status.RESOURCE_EXHAUSTED
                    .withDescription(
                            MAX_WATCHES + " calls watch the health already: call Check, or watch it again later")
                    .asException());
            return;
        }
        watch.look();
        if (closed) {
            watch.end();
        }
    }

    private synchronized boolean enter(Watch watch) {
        return watches.size() < MAX_WATCHES && watches.add(watch);
    }

    private final class Watch {
        private final String service;
        private final ServerCallStreamObserver<HealthCheckResponse> call;
        private @Nullable ServingStatus last;

        Watch(String service, ServerCallStreamObserver<HealthCheckResponse> call) {
            this.service = service;
            this.call = call;
        }

        synchronized void look() {
            ServingStatus now = check(service);
            if (now != last && watches.contains(this) && !call.isCancelled()) {
                call.onNext(HealthCheckResponse.newBuilder().setStatus(now).build());
                last = now;
            }
        }

        synchronized void end() {
            if (watches.remove(this)) {
                call.onError(Status.UNAVAILABLE
                        .withDescription("the server ends: ask another one")
                        .asException());
            }
        }
    }

    /** Ends the calls that watch, which would last as long as their clients. */
    void close() {
        closed = true;
        clock.close();
        watches.forEach(Watch::end);
    }
}
