package io.github.afterimage.serving;

import io.github.afterimage.platform.Shared;
import java.util.List;

/**
 * Answers requests from the state of one moment, such as a snapshot of an index. Created with one holder; closed when the last one
 * has released it.
 */
public abstract class Source<W extends Work<?>> extends Shared {
    /** Creates a source with one holder. */
    protected Source() {
        retain();
    }

    /** Returns true if a new source would have the same state. */
    public abstract boolean isPresent();

    /**
     * Answers rows in one pass and gives the results to their requests.
     *
     * @param slices rows of requests of equal groups
     * @throws io.github.afterimage.failure.NotEnoughMemoryException if fewer requests could succeed
     * @throws IllegalArgumentException if some of the requests cannot be answered
     * @throws java.util.concurrent.CancellationException if the thread is interrupted
     */
    public abstract void answer(List<Slice<W>> slices);
}
