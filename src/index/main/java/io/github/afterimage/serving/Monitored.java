package io.github.afterimage.serving;

import io.github.afterimage.CacheIndex;

/**
 * A batcher of queries of an index or of a model, as metrics and health checks see it.
 *
 * <pre>{@code
 * try (Batcher batcher = new Batcher(CacheIndex.open(Path.of("cache.safetensors")))) {
 *     Monitored monitored = batcher;
 *     System.out.println(monitored.health());
 * }
 * }</pre>
 *
 * <p>Threads: thread-safe.
 */
public interface Monitored {
    /** Returns the index that answers new queries. */
    CacheIndex index();

    /** Returns the present state; works on a closed batcher too. */
    Health health();

    /**
     * Reports passes, answers and replacements to a listener from now on; adding it twice has no effect. A listener that throws
     * does not fail the call: its first failure is logged.
     *
     * @param listener thread-safe and quick
     */
    void observe(BatchListener listener);
}
