package io.github.afterimage.serving;

import io.github.afterimage.platform.Resources;
import io.github.afterimage.platform.Shared;
import io.github.afterimage.platform.Threads;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;

/**
 * Holds the present one of several objects that follow each other, such as the index of a service. An object is closed after
 * its last lease, once another has replaced it.
 *
 * <p>Threads: thread-safe.
 */
public final class Replaceable<T extends AutoCloseable> implements AutoCloseable {
    private static final String CLOSED = "the index is closed: make another batcher";

    private Held<T> present; // guarded by this
    private boolean closed; // guarded by this

    /** Takes over the first object. */
    public Replaceable(T first) {
        present = new Held<>(first);
    }

    /**
     * The use of an object, which stays open until the lease is closed, whatever replaces it. Close it once.
     *
     * <pre>{@code
     * static List<Answer> answers(Batcher batcher, List<Query> queries) {
     *     try (Replaceable<CacheIndex>.Lease lease = batcher.lease()) { // all answers are of this index
     *         List<CompletableFuture<Answer>> answers = queries.stream().map(each -> batcher.submit(each, lease)).toList();
     *         return answers.stream().map(CompletableFuture::join).toList();
     *     }
     * }
     * }</pre>
     */
    public final class Lease implements AutoCloseable {
        private final Held<T> held;

        private Lease(Held<T> held) {
            this.held = held;
        }

        /** Returns the object. */
        public T value() {
            return held.value;
        }

        /**
         * Returns another lease of the same object.
         *
         * @throws IllegalStateException if this lease and all others of a replaced object are closed
         */
        public Lease again() {
            if (!held.retainIfHeld()) {
                throw new IllegalStateException(CLOSED);
            }
            return new Lease(held);
        }

        /** Submits a request to be answered by the object, and keeps this lease until its future completes, or closes it at once if it is refused. */
        public <A> CompletableFuture<A> until(Supplier<CompletableFuture<A>> submission) {
            CompletableFuture<A> answer = Resources.guarded(this, submission::get);
            var unused = answer.whenComplete((value, failure) -> close());
            return answer;
        }

        @Override
        public void close() {
            held.release();
        }
    }

    /** Has a user for each lease, and one for being the present object. */
    private static final class Held<T extends AutoCloseable> extends Shared {
        final T value;
        final CompletableFuture<Void> closing = new CompletableFuture<>();

        Held(T value) {
            this.value = value;
            retain();
        }

        /** Closes the object on a thread of its own, because it may wait for calls that other callers have made. */
        @Override
        public void close() {
            Runnable close = () -> {
                try {
                    value.close();
                    closing.complete(null);
                } catch (Throwable e) { // goes to the caller that has replaced the object
                    closing.completeExceptionally(e);
                }
            };
            try {
                Threads.daemon("afterimage-closing", close).start();
            } catch (OutOfMemoryError e) { // no more threads
                close.run();
            }
        }
    }

    /** Returns the present object, without a lease. */
    public synchronized T present() {
        return present.value;
    }

    /** @throws IllegalStateException if this is closed */
    public synchronized Lease lease() {
        check();
        present.retain();
        return new Lease(present);
    }

    /**
     * Replaces the present object for later leases, and takes over the next one.
     *
     * @return completes when the former object is closed, after its last lease
     * @throws IllegalStateException if this is closed; {@code next} is not taken over then
     * @throws IllegalArgumentException if {@code next} is the present object
     */
    public CompletableFuture<Void> replace(T next) {
        Held<T> former;
        synchronized (this) {
            check();
            if (next == present.value) {
                throw new IllegalArgumentException(
                        next + " is present already, and would be closed: replace it by another object");
            }
            former = present;
            present = new Held<>(next);
        }
        former.release();
        return former.closing;
    }

    private void check() {
        if (closed) {
            throw new IllegalStateException(CLOSED);
        }
    }

    /** Refuses new leases, and closes the present object after its last lease; waits for that. */
    @Override
    public void close() {
        Held<T> last;
        boolean first;
        synchronized (this) {
            last = present;
            first = !closed;
            closed = true;
        }
        if (first) {
            last.release();
        }
        try {
            last.closing.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure; // such as a change that may be lost, which the caller knows by its type
            }
            throw e;
        }
    }
}
