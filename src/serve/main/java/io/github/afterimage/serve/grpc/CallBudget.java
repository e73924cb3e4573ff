package io.github.afterimage.serve.grpc;

import io.github.afterimage.serve.protocol.RequestException;
import io.github.afterimage.serve.work.HeapBudget;
import io.github.afterimage.serve.work.ResponseTimeouts;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Grpc;
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
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads the messages of calls within the budget, and ends calls whose answers are read too slowly; for a service whose messages are streams. A message that is no request gets the
 * code INVALID_ARGUMENT, where gRPC itself answers UNKNOWN and logs a stack trace.
 */
record CallBudget(HeapBudget budget, ResponseTimeouts responseTimeouts) implements ServerInterceptor {
    /** The bytes that the present call holds: until it ends, but not before its work does. */
    static final Context.Key<HeapBudget.Share> SHARE = Context.key("share");

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        Object connection = call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR);
        Sent<Q, A> sent = new Sent<>(call, budget.open(connection == null ? call : connection));
        Context context = Context.current().withValue(SHARE, sent.share);
        return new Received<>(Contexts.interceptCall(context, sent, headers, next), sent);
    }

    private static long serializedBytes(Object message) { // which is a stream of known length
        try {
            return ((InputStream) message).available();
        } catch (IOException e) {
            throw new IllegalStateException(e); // it is in memory
        }
    }

    /** A call whose end is seen. */
    private final class Sent<Q, A> extends SimpleForwardingServerCall<Q, A> {
        private final HeapBudget.Share share;
        private final Consumer<TimeoutException> cut = Cancellation.of(Context.current());
        private final AtomicReference<ResponseTimeouts.@Nullable PendingBytes> pending = new AtomicReference<>();
        private volatile boolean closed;

        Sent(ServerCall<Q, A> call, HeapBudget.Share share) {
            super(call);
            this.share = share;
        }

        @Override
        public void sendMessage(A message) {
            watch(serializedBytes(message));
            super.sendMessage(message);
            if (isReady() && !getMethodDescriptor().getType().serverSendsOneMessage()) {
                read(); // a stream may rest as long as its client likes
            }
        }

        @Override
        public void close(Status status, Metadata trailers) {
            closed = true;
            super.close(status, trailers);
            if (isCancelled()) {
                end();
            }
        }

        /** Holds the bytes of an answer, which gRPC copies, until the client has read them. */
        private void watch(long bytes) {
            share.answered(bytes);
            replace(responseTimeouts.watch(System.nanoTime(), 0, bytes, cut));
        }

        private void replace(ResponseTimeouts.@Nullable PendingBytes next) {
            ResponseTimeouts.PendingBytes before = pending.getAndSet(next);
            if (before != null) {
                before.end();
            }
        }

        /** Sees that nearly all has been read; the call of one answer still has its end to send. */
        private void read() {
            if (!closed) {
                replace(null);
            }
        }

        private void end() {
            replace(null);
            share.close();
        }
    }

    private final class Received<Q> extends SimpleForwardingServerCallListener<Q> {
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
                throw budget.refusal();
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
        public void onReady() {
            call.read();
            super.onReady();
        }

        @Override
        public void onComplete() {
            super.onComplete();
            call.end();
        }

        @Override
        public void onCancel() {
            super.onCancel();
            call.replace(null);
            if (call.closed || !working) {
                call.share.close();
            }
        }
    }
}
