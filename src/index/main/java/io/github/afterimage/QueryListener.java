package io.github.afterimage;

/** Is told of the queries that an index answers; see {@link CacheIndex#observe}. */
@FunctionalInterface
public interface QueryListener {
    /**
     * A call was answered; called on its thread.
     *
     * @param queries how many queries it asked
     * @param nanos how long it took
     */
    void answered(int queries, long nanos);
}
