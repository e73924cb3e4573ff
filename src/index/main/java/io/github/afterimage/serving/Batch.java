package io.github.afterimage.serving;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Rows of requests of one group that one pass answers.
 *
 * @param source the source from which earlier rows of one of the requests were answered; null if there is none
 */
record Batch<A, W extends Work<A>>(
        List<Block<A, W>> blocks, @Nullable Source<W> source) {
    /** Rows of one request. */
    record Block<A, W extends Work<A>>(Entry<A, W> entry, int first, int count) {
        Slice<W> slice() {
            return new Slice<>(entry.work, first, count);
        }

        Block<A, W> part(int from, int rows) {
            return new Block<>(entry, first + from, rows);
        }

        /** Returns true if the request has no more rows. */
        boolean isLast() {
            return first + count == entry.rows;
        }
    }

    Object group() {
        return blocks.get(0).entry.work.group();
    }

    int rows() {
        return blocks.stream().mapToInt(Block::count).sum();
    }
}
