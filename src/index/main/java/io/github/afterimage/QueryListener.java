package io.github.afterimage;

/**
 * Receives reports of what an index does: answers, changes and saves; see {@link CacheIndex#observe}.
 *
 * <pre>{@code
 * try (CacheIndex index = CacheIndex.open(Path.of("cache.safetensors"))) {
 *     index.observe((queries, nanos) -> System.out.println(queries + " queries in " + nanos / 1000 + " µs"));
 * }
 * }</pre>
 */
@FunctionalInterface
public interface QueryListener {
    /**
     * Reports an answered call, on the thread of the call.
     *
     * @param queries number of queries of the call
     * @param nanos duration of the call
     */
    void answered(int queries, long nanos);

    /**
     * Reports a change, on the thread of the call: keys that were added, removed or replaced.
     *
     * @param nanos duration of the call, with the record in the log if the index keeps one
     */
    default void changed(long nanos) {}

    /**
     * Reports a save, on the thread of the call.
     *
     * @param nanos duration of the call
     */
    default void saved(long nanos) {}

    /**
     * Reports that the disk has failed a save, or the record of a change in the log, on the thread of the call.
     *
     * @param failure the exception that the caller gets
     */
    default void failed(Exception failure) {}
}
