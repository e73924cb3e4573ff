package io.github.afterimage.serve.grpc;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import io.github.afterimage.serve.grpc.proto.GRPCInferenceServiceGrpc;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.health.v1.HealthGrpc;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.Set;
import org.eclipse.jetty.server.handler.DoSHandler.LeakingBucketTrackerFactory;
import org.eclipse.jetty.server.handler.DoSHandler.Tracker;
import org.eclipse.jetty.util.NanoTime;

/** Limits the calls per second of each client's address; others get the code RESOURCE_EXHAUSTED. Health checks always pass. */
public final class CallRate implements ServerInterceptor {
    /** As many as the limit of HTTP remembers. */
    private static final int MAX_ADDRESSES = 10_000;

    private static final Set<String> HEALTH = Set.of(
            GRPCInferenceServiceGrpc.getServerLiveMethod().getFullMethodName(),
            GRPCInferenceServiceGrpc.getServerReadyMethod().getFullMethodName(),
            HealthGrpc.getCheckMethod().getFullMethodName());

    private final int maxRate;
    /** Those of HTTP; they forget an address after a second without calls. */
    private final Tracker.Factory trackers;

    private final Cache<String, Tracker> byAddress = CacheBuilder.newBuilder()
            .maximumSize(MAX_ADDRESSES)
            .expireAfterAccess(Duration.ofSeconds(1))
            .build();

    /** @param maxRate calls per second of an address, and as many at once; 0 for no limit */
    public CallRate(int maxRate) {
        this.maxRate = maxRate;
        trackers = new LeakingBucketTrackerFactory(Math.max(1, maxRate));
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        boolean limited = maxRate > 0 && !isHealth(call);
        if (limited
                && !byAddress
                        .asMap()
                        .computeIfAbsent(client(call), trackers::newTracker)
                        .onRequest(NanoTime.now())) {
            call.close(
                    Status.RESOURCE_EXHAUSTED.withDescription(
                            "more than " + maxRate + " requests a second come from this address: send it again later"),
                    new Metadata());
            return new ServerCall.Listener<>() {};
        }
        return next.startCall(call, headers);
    }

    static boolean isHealth(ServerCall<?, ?> call) {
        return HEALTH.contains(call.getMethodDescriptor().getFullMethodName());
    }

    /** Returns the address of the client without its port. */
    static String client(ServerCall<?, ?> call) {
        SocketAddress remote = call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR);
        return remote instanceof InetSocketAddress inet && inet.getAddress() != null
                ? inet.getAddress().getHostAddress()
                : String.valueOf(remote);
    }
}
