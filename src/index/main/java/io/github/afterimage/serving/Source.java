package io.github.afterimage.serving;

import java.util.List;

/** Answers requests from the state of one moment, such as a snapshot of an index. Closed after its last request. */
public interface Source<W> extends AutoCloseable {
    /** Returns true if a new source would have the same state. */
    boolean isPresent();

    /**
     * Answers rows in one pass and gives the results to their requests.
     *
     * @param slices rows of requests of equal groups
     * @throws io.github.afterimage.NotEnoughMemoryException if fewer rows could succeed
     * @throws IllegalArgumentException if some of the requests cannot be answered
     * @throws java.util.concurrent.CancellationException if the thread is interrupted
     */
    void answer(List<Slice<W>> slices);

    @Override
    void close();
}
