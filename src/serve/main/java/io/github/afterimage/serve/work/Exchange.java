package io.github.afterimage.serve.work;

import io.github.afterimage.serve.protocol.InferenceRequest;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The way of requests from bytes to answers, one after the other: the bytes are held, the request is read, its cost is held, and it is
 * answered. No thread waits. A request whose client has gone is not decoded any further. Keeps no answer but the last.
 *
 * <p>Threads: thread-safe.
 */
public final class Exchange {
    private final Decoders decoders;
    private final HeapBudget.Share share;
    private volatile CompletableFuture<?> present = CompletableFuture.completedFuture(null);
    private volatile boolean cancelled;
    private @Nullable Thread busy; // with the answer

    /**
     * Begins with nothing.
     *
     * @param decoders read long requests and decode images
     * @param share holds the bytes
     */
    public Exchange(Decoders decoders, HeapBudget.Share share) {
        this.decoders = decoders;
        this.share = share;
    }

    /**
     * Reads and answers a request, a short one without BYTES on the present thread if nothing has to wait, any other on the decoders.
     *
     * @param held completes when the bytes of the request are held
     * @param quick whether it is short
     * @param cost tells what the request costs before it is answered
     */
    public <A> CompletableFuture<A> answer(
            CompletableFuture<Void> held,
            boolean quick,
            Supplier<InferenceRequest> reader,
            Function<InferenceRequest, Cost> cost,
            Function<InferenceRequest, CompletableFuture<A>> answer) {
        return held.thenApplyAsync(ready -> reader.get(), on(quick && held.isDone()))
                .thenCompose(asked -> {
                    boolean numeric = asked.inputs().stream()
                            .allMatch(input -> input.type().isNumeric());
                    return CompletableFuture.supplyAsync(() -> cost.apply(asked), on(numeric))
                            .thenCompose(known -> {
                                CompletableFuture<Void> room = share.hold(known);
                                return room.thenComposeAsync(
                                        ready -> answerUnlessGone(asked, answer), decoders.of(known, room.isDone()));
                            });
                });
    }

    private <A> CompletableFuture<A> answerUnlessGone(
            InferenceRequest asked, Function<InferenceRequest, CompletableFuture<A>> answer) {
        synchronized (this) {
            if (cancelled) {
                return CompletableFuture.failedFuture(new CancellationException());
            }
            busy = Thread.currentThread();
        }
        try {
            return untilGone(answer.apply(asked));
        } finally {
            rest();
        }
    }

    private synchronized void rest() {
        busy = null;
        if (cancelled) {
            boolean unused = Thread.interrupted(); // the interruption was for this request
        }
    }

    private Executor on(boolean present) {
        return present ? Runnable::run : decoders;
    }

    /** Lets the client wait for this from now on, and cancels it when the client goes. */
    public <T> CompletableFuture<T> untilGone(CompletableFuture<T> next) {
        present = next;
        if (cancelled) {
            next.cancel(true);
        }
        return next;
    }

    /** Cancels what the client waits for, because it has gone, and interrupts the thread that decodes its images. */
    public void cancel() {
        synchronized (this) {
            cancelled = true;
            if (busy != null) {
                busy.interrupt();
            }
        }
        present.cancel(true);
    }
}
