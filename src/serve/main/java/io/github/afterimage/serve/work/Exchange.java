package io.github.afterimage.serve.work;

import io.github.afterimage.serve.protocol.InferenceRequest;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The way of requests from bytes to answers, one after the other: the bytes are held, the request is read, its cost is held, and it is
 * answered. No thread waits. A request whose client has gone while it waited is not answered. Keeps no answer but the last.
 *
 * <p>Threads: thread-safe.
 */
public final class Exchange {
    private final Decoders decoders;
    private final HeapBudget.Share share;
    private volatile CompletableFuture<?> present = CompletableFuture.completedFuture(null);
    private volatile boolean cancelled;

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
        return cancelled ? CompletableFuture.failedFuture(new CancellationException()) : untilGone(answer.apply(asked));
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

    /** Cancels what the client waits for, because it has gone. */
    public void cancel() {
        cancelled = true;
        present.cancel(true);
    }
}
