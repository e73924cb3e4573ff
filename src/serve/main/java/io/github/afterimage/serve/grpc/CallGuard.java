package io.github.afterimage.serve.grpc;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import io.github.afterimage.serve.grpc.proto.GRPCInferenceServiceGrpc;
import io.github.afterimage.serve.grpc.proto.HealthGrpc;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.eclipse.jetty.server.handler.DoSHandler.LeakingBucketTrackerFactory;
import org.eclipse.jetty.server.handler.DoSHandler.Tracker;
import org.eclipse.jetty.util.NanoTime;

/**
 * Refuses calls without the token with the code UNAUTHENTICATED, and those beyond a rate of their client's address with RESOURCE_EXHAUSTED.
 * Health checks pass, but not the list of all, which names the models.
 */
public final class CallGuard implements ServerInterceptor {
    /** As many as the limit of HTTP remembers. */
    private static final int MAX_ADDRESSES = 10_000;

    private static final Set<String> HEALTH = Set.of(
            GRPCInferenceServiceGrpc.getServerLiveMethod().getFullMethodName(),
            GRPCInferenceServiceGrpc.getServerReadyMethod().getFullMethodName(),
            HealthGrpc.getCheckMethod().getFullMethodName(),
            HealthGrpc.getWatchMethod().getFullMethodName());
    private static final Metadata.Key<String> AUTHORIZATION =
            Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

    private static final Metadata.Key<String> FORWARDED =
            Metadata.Key.of("x-forwarded-for", Metadata.ASCII_STRING_MARSHALLER);

    private final int maxRate;
    private final boolean trustsForwarded;
    private final Optional<byte[]> wanted;

    /** Those of HTTP; they forget an address after a second without calls. */
    private final Tracker.Factory trackers;

    private final Cache<String, Tracker> byAddress = CacheBuilder.newBuilder()
            .maximumSize(MAX_ADDRESSES)
            .expireAfterAccess(Duration.ofSeconds(1))
            .build();

    /**
     * @param maxRate calls per second of an address, and as many at once; 0 for no limit
     * @param trustsForwarded whether a proxy tells the address
     * @param token what the metadata {@code authorization} of a call must show after {@code Bearer}; empty if calls need none
     */
    public CallGuard(int maxRate, Optional<String> token, boolean trustsForwarded) {
        this.maxRate = maxRate;
        this.trustsForwarded = trustsForwarded;
        wanted = token.map(text -> ("Bearer " + text).getBytes(StandardCharsets.US_ASCII));
        trackers = new LeakingBucketTrackerFactory(Math.max(1, maxRate));
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        if (HEALTH.contains(call.getMethodDescriptor().getFullMethodName())) {
            return next.startCall(call, headers);
        }
        Status refusal = Status.OK;
        if (maxRate > 0
                && !byAddress
                        .asMap()
                        .computeIfAbsent(client(call, headers, trustsForwarded), trackers::newTracker)
                        .onRequest(NanoTime.now())) {
            refusal = Status.RESOURCE_EXHAUSTED.withDescription(
                    "more than " + maxRate + " requests a second come from this address: send it again later");
        } else if (wanted.isPresent() && !MessageDigest.isEqual(shown(headers), wanted.get())) { // takes the same time
            refusal = Status.UNAUTHENTICATED.withDescription(
                    "the call needs the token of the server: send it as authorization: Bearer TOKEN");
        }
        if (refusal.isOk()) {
            return next.startCall(call, headers);
        }
        call.close(refusal, new Metadata());
        return new ServerCall.Listener<>() {};
    }

    private static byte[] shown(Metadata headers) {
        return String.valueOf(headers.get(AUTHORIZATION)).getBytes(StandardCharsets.US_ASCII);
    }

    /** Returns the address of the client without its port; the first that the proxy tells, as HTTP has it, if that is trusted. */
    static String client(ServerCall<?, ?> call, Metadata headers, boolean trustsForwarded) {
        String told = headers.get(FORWARDED);
        if (trustsForwarded && told != null) {
            return told.split(",", 2)[0].strip();
        }
        SocketAddress remote = call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR);
        return remote instanceof InetSocketAddress inet && inet.getAddress() != null
                ? inet.getAddress().getHostAddress()
                : String.valueOf(remote);
    }
}
