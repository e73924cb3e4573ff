package io.github.afterimage.serve.grpc;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/** Refuses calls without the token with the code UNAUTHENTICATED. Health checks pass. */
public final class CallGuard implements ServerInterceptor {
    private static final Metadata.Key<String> AUTHORIZATION =
            Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

    private final byte[] wanted;

    /** @param token what the metadata {@code authorization} of a call must show after {@code Bearer} */
    public CallGuard(String token) {
        wanted = ("Bearer " + token).getBytes(StandardCharsets.US_ASCII);
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        String shown = String.valueOf(headers.get(AUTHORIZATION));
        if (CallRate.isHealth(call)
                || MessageDigest.isEqual(shown.getBytes(StandardCharsets.US_ASCII), wanted)) { // takes the same time
            return next.startCall(call, headers);
        }
        call.close(
                Status.UNAUTHENTICATED.withDescription(
                        "the call needs the token of the server: send it as authorization: Bearer TOKEN"),
                new Metadata());
        return new ServerCall.Listener<>() {};
    }
}
