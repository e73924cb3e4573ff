package io.github.afterimage.model.evaluation;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Distributions;
import io.github.afterimage.Query;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Supplier;

/** The index that an evaluation queries, in this process or on a cluster. */
public interface QueryTarget {
    /** {@return the number of values of a query} */
    int dim();

    /** {@return the number of classes} */
    int classes();

    /**
     * Computes the distributions of the cache, one for each theta.
     *
     * @param queries {@code (batch, dim)} float32 row-major, from the buffer's position to its limit
     * @throws IllegalArgumentException if a query is refused
     */
    List<Distributions> query(FloatBuffer queries, double[] thetas);

    /**
     * Starts a {@link #query}. The returned supplier waits for the answer; call it once.
     *
     * @param queries as in {@link #query}; the caller may reuse the buffer as soon as this method returns
     */
    default Supplier<List<Distributions>> submit(FloatBuffer queries, double[] thetas) {
        List<Distributions> answer = query(queries, thetas);
        return () -> answer;
    }

    /** {@return the number of queries to submit before the first answer is awaited: 1, or more if other machines compute} */
    default int maxPending() {
        return 1;
    }

    /** {@return an index in this process as a target} */
    static QueryTarget of(CacheIndex index) {
        return of(index, index::query);
    }

    /** {@return an index in this process that sums over the k nearest keys only} */
    static QueryTarget nearest(CacheIndex index, int k) {
        return of(
                index, (queries, thetas) -> index.queryNearest(Query.of(queries).thetas(thetas), k)
                        .get(0));
    }

    private static QueryTarget of(CacheIndex index, BiFunction<FloatBuffer, double[], List<Distributions>> query) {
        return new QueryTarget() {
            @Override
            public int dim() {
                return index.dim();
            }

            @Override
            public int classes() {
                return index.classes();
            }

            @Override
            public List<Distributions> query(FloatBuffer queries, double[] thetas) {
                return query.apply(queries, thetas);
            }
        };
    }
}
