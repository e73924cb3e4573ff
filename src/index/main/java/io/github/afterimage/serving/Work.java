package io.github.afterimage.serving;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * A request of several rows, which one pass answers, or several in turn, all from the same {@link Source}. It is submitted once; its
 * fields are guarded by the lock of the dispatcher.
 *
 * @param <A> the answer
 */
public abstract class Work<A> {
    final CompletableFuture<A> future = new CompletableFuture<>();
    /** Time of the submission. */
    long submitted;
    /** Maximum time from the submission to the answer; null if there is none. */
    @Nullable
    Duration timeout;

    @Nullable
    Future<?> timer;
    /** Rows that passes have taken, from the first on. */
    int taken;
    /** Answered, failed, late or cancelled. */
    boolean ended;

    /** Returns the number of rows, positive. */
    public abstract int rows();

    /** Returns the object that answers this request; only requests of one object share a pass. */
    public abstract Object owner();

    /** Returns a value whose equals decides which requests of an owner share a pass. */
    public abstract Object group();

    /** Returns the answer; called once, when all rows have their results. */
    public abstract A answer();
}
