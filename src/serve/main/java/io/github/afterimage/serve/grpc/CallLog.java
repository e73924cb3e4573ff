package io.github.afterimage.serve.grpc;

import io.github.afterimage.serve.protocol.AccessLog;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.util.concurrent.TimeUnit;

/**
 * Returns an id with each call, that of the client or a new one, and logs each call in one line: address of the client, "gRPC",
 * method, code, milliseconds and id.
 *
 * @param logged false for ids alone
 * @param trustsForwarded whether a proxy tells the address
 */
public record CallLog(boolean logged, boolean trustsForwarded) implements ServerInterceptor {
    private static final Metadata.Key<String> ID = Metadata.Key.of(AccessLog.ID, Metadata.ASCII_STRING_MARSHALLER);

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        String id = AccessLog.id(headers.get(ID));
        String client = CallGuard.client(call, headers, trustsForwarded);
        long begin = System.nanoTime();
        ServerCall<Q, A> answered = new SimpleForwardingServerCall<>(call) {
            private boolean begun;

            @Override
            public void sendHeaders(Metadata answer) {
                begun = true;
                answer.put(ID, id);
                super.sendHeaders(answer);
            }

            @Override
            public void close(Status status, Metadata trailers) {
                if (!begun) {
                    trailers.put(ID, id);
                }
                super.close(status, trailers);
                if (!isCancelled()) {
                    log(client, call, status.getCode(), begin, id);
                }
            }
        };
        return new SimpleForwardingServerCallListener<>(next.startCall(answered, headers)) {
            @Override
            public void onCancel() {
                super.onCancel();
                log(client, call, Status.Code.CANCELLED, begin, id);
            }
        };
    }

    private void log(String client, ServerCall<?, ?> call, Status.Code code, long begin, String id) {
        if (logged) {
            long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
            AccessLog.write(client + " gRPC " + call.getMethodDescriptor().getFullMethodName() + " " + code + " "
                    + millis + " " + id);
        }
    }
}
