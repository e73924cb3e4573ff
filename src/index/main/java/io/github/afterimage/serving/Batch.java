package io.github.afterimage.serving;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Rows of requests of one group that one pass answers.
 *
 * @param source the source from which earlier rows of one of the requests were answered; null if there is none
 */
record Batch<W extends Work<?>>(
        List<Slice<W>> slices, @Nullable Source<W> source) {
    Object group() {
        return slices.get(0).work().group();
    }

    int rows() {
        return slices.stream().mapToInt(Slice::count).sum();
    }
}
