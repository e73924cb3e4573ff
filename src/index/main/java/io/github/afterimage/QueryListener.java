package io.github.afterimage;

/**
 * Receives a report of every call that an index answers; see {@link CacheIndex#observe}.
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
}
