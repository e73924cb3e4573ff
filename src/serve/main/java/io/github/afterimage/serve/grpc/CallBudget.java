package io.github.afterimage.serve.grpc;

import io.github.afterimage.serve.protocol.RequestException;
import io.github.afterimage.serve.work.HeapBudget;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Reads the messages of calls within the budget; for a service whose messages are streams. A message that is no request gets the
 * code INVALID_ARGUMENT, where gRPC itself answers UNKNOWN and logs a stack trace.
 */
record CallBudget(HeapBudget budget) implements ServerInterceptor {
    /** The bytes that the present call holds: until it ends, but not before its work does. */
    static final Context.Key<HeapBudget.Share> SHARE = Context.key("share");

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        Sent<Q, A> sent = new Sent<>(call, budget.open());
        Context context = Context.current().withValue(SHARE, sent.share);
        return new Received<>(Contexts.interceptCall(context, sent, headers, next), sent);
    }

    /** A call whose end is seen. */
    private static final class Sent<Q, A> extends SimpleForwardingServerCall<Q, A> {
        private final HeapBudget.Share share;
        private volatile boolean closed;

        Sent(ServerCall<Q, A> call, HeapBudget.Share share) {
            super(call);
            this.share = share;
        }

        @Override
        public void close(Status status, Metadata trailers) {
            super.close(status, trailers);
            closed = true;
            if (isCancelled()) {
                share.close();
            }
        }
    }

    private static final class Received<Q> extends SimpleForwardingServerCallListener<Q> {
        private final Sent<Q, ?> call;
        private boolean working;
        private boolean refused;

        Received(ServerCall.Listener<Q> listener, Sent<Q, ?> call) {
            super(listener);
            this.call = call;
        }

        @Override
        public void onMessage(Q message) {
            try {
                super.onMessage(held(message));
            } catch (CompletionException | RequestException e) {
                refuse(InferenceService.error(e).getStatus());
            } catch (IOException | StatusRuntimeException e) {
                Status mistake = Status.INVALID_ARGUMENT.withDescription(
                        "the message is no request of this call: " + e.getMessage());
                Status own = Status.fromThrowable(e); // that of a message that cannot be parsed is INTERNAL
                refuse(own.getCode() == Status.Code.RESOURCE_EXHAUSTED ? own : mistake);
            }
        }

        @SuppressWarnings("unchecked") // messages are streams
        private Q held(Q message) throws IOException {
            byte[] bytes = ((InputStream) message).readAllBytes();
            CompletableFuture<Void> room = call.share.hold(MessageReader.heapBytes(bytes));
            if (!room.isDone()) {
                throw new RequestException(
                        RequestException.UNAVAILABLE,
                        "the memory for requests and answers is in use: send the request again later");
            }
            room.getNow(null);
            return (Q) new ByteArrayInputStream(bytes);
        }

        private void refuse(Status status) {
            refused = true;
            call.close(status, new Metadata());
            call.share.close();
        }

        @Override
        public void onHalfClose() {
            if (!refused) {
                working = true;
                super.onHalfClose();
            }
        }

        @Override
        public void onComplete() {
            super.onComplete();
            call.share.close();
        }

        @Override
        public void onCancel() {
            super.onCancel();
            if (call.closed || !working) {
                call.share.close();
            }
        }
    }
}
