package io.github.afterimage.serve.grpc;

import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.ServerStreamTracer;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/**
 * Lets the server reset the stream of a call. gRPC itself sends the end of a call behind its answers, and so never to a client that does not
 * read them; but it resets the stream when the context around the call is cancelled because its time is up.
 */
final class Cancellation extends ServerStreamTracer.Factory {
    private static final Context.Key<Context.CancellableContext> CALL = Context.key("call");

    /** Returns an action that resets the stream of the call with this context; it does nothing outside of a call. */
    static Consumer<TimeoutException> of(Context present) {
        Context.CancellableContext call = CALL.get(present);
        return call == null ? late -> {} : call::cancel;
    }

    @Override
    public ServerStreamTracer newServerStreamTracer(String method, Metadata headers) {
        return new ServerStreamTracer() {
            @Override
            public Context filterContext(Context context) {
                Context.CancellableContext call = context.withCancellation();
                return call.withValue(CALL, call);
            }
        };
    }
}
