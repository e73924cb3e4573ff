package io.github.afterimage.serving;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/** A request in the queue or in a pass. Guarded by the lock of the dispatcher. */
final class Entry<A, W extends Work<A>> {
    final W work;
    final int rows;
    /** Maximum time from the submission to the answer; null if there is none. */
    final @Nullable Duration timeout;
    /** Time of the submission. */
    final long submitted;

    final CompletableFuture<A> future = new CompletableFuture<>();
    /** Rows that passes have taken, from the first on. */
    int taken;
    /** The source of all rows, if a pass has taken only some of them. */
    @Nullable
    Source<W> source;
    /** Answered, failed, late or cancelled. */
    boolean ended;

    @Nullable
    Future<?> timer;

    Entry(W work, @Nullable Duration timeout, long submitted) {
        this.work = work;
        this.timeout = timeout;
        this.submitted = submitted;
        rows = work.rows();
    }

    /** Returns the source that only this request and others of that time may use; null if the present one serves. */
    @Nullable
    Source<W> outdatedSource() {
        return source == null || source.isPresent() ? null : source;
    }
}
