package io.github.afterimage.serve.grpc;

import com.google.common.collect.Lists;
import io.github.afterimage.serve.protocol.AccessLog;
import io.github.afterimage.serve.protocol.TraceContext;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Returns an id with each call, that of the client or a new one, and the trace that the client names. Logs each call in one line:
 * address of the client, "gRPC", method, code, milliseconds, id, and trace or "-".
 *
 * @param logged false for ids alone
 * @param trustsForwarded whether a proxy tells the address
 */
public record CallLog(boolean logged, boolean trustsForwarded) implements ServerInterceptor {
    private static final Metadata.Key<String> ID = key(AccessLog.ID);
    private static final Metadata.Key<String> PARENT = key(TraceContext.PARENT);
    private static final Metadata.Key<String> TRACE = key(TraceContext.RESPONSE);

    private static Metadata.Key<String> key(String name) {
        return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        Metadata told = new Metadata();
        String id = AccessLog.id(headers.get(ID));
        told.put(ID, id);
        Iterable<String> parents = headers.getAll(PARENT);
        String trace = TraceContext.response(parents == null ? List.of() : Lists.newArrayList(parents));
        if (trace != null) {
            told.put(TRACE, trace);
        }
        String client = CallGuard.client(call, headers, trustsForwarded);
        String marks = id + " " + (trace == null ? "-" : trace);
        long begin = System.nanoTime();
        ServerCall<Q, A> answered = new SimpleForwardingServerCall<>(call) {
            private boolean begun;

            @Override
            public void sendHeaders(Metadata answer) {
                begun = true;
                answer.merge(told);
                super.sendHeaders(answer);
            }

            @Override
            public void close(Status status, Metadata trailers) {
                if (!begun) {
                    trailers.merge(told);
                }
                super.close(status, trailers);
                if (!isCancelled()) {
                    log(client, call, status.getCode(), begin, marks);
                }
            }
        };
        return new SimpleForwardingServerCallListener<>(next.startCall(answered, headers)) {
            @Override
            public void onCancel() {
                super.onCancel();
                log(client, call, Status.Code.CANCELLED, begin, marks);
            }
        };
    }

    private void log(String client, ServerCall<?, ?> call, Status.Code code, long begin, String marks) {
        if (logged) {
            long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
            AccessLog.write(client + " gRPC " + call.getMethodDescriptor().getFullMethodName() + " " + code + " "
                    + millis + " " + marks);
        }
    }
}
