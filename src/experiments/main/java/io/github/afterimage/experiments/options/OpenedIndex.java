package io.github.afterimage.experiments.options;

import io.github.afterimage.CacheIndex;

/** An open index, and the seconds that opening it took. */
public record OpenedIndex(CacheIndex index, double seconds) implements AutoCloseable {
    @Override
    public void close() {
        index.close();
    }
}
