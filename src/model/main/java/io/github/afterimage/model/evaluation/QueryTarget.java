package io.github.afterimage.model.evaluation;

import io.github.afterimage.Answer;
import io.github.afterimage.CacheIndex;
import io.github.afterimage.Query;
import java.nio.FloatBuffer;
import java.util.function.BiFunction;
import java.util.function.Supplier;

/**
 * The index that an evaluation queries, in this process or on a cluster.
 *
 * <p>Threads: thread-safe. Lifetime: does not own the index; the caller closes it after the last answer.
 */
public interface QueryTarget {
    /** {@return the number of values of a query} */
    int dim();

    /** {@return the number of classes} */
    int classes();

    /** {@return the number of the last classes that the network does not have} */
    int spareClasses();

    /**
     * Starts to answer queries for each theta and each beta. The returned supplier waits for the answer; call it once. An exception of the
     * query comes from this method or from the supplier.
     *
     * @param queries features {@code (batch, dim)} with the probabilities of the network, if there are any; the caller may reuse them as
     *     soon as this method returns
     * @param thetas at least one, finite and not negative
     * @param betas of the {@linkplain Query#classFactor class factor}, at least one; 0 for none
     * @return {@code (batch, classes)} for each theta and each beta
     * @throws IllegalArgumentException if a query is refused, or the target knows no class factor and a beta is positive
     * @throws IllegalStateException if the index is closed or empty
     */
    Supplier<Answer> submit(Examples.Batch queries, double[] thetas, double[] betas);

    /** {@return this target, with the {@linkplain Query#distances distances} and the nearest key in its answers if it knows them} */
    default QueryTarget withNovelty() {
        return this;
    }

    /**
     * {@return this target, whose answers tell whether something remembered is {@linkplain Answer.Row#isFamiliar like} each query, if the
     * index has a threshold for that and the target knows it}
     */
    default QueryTarget withJudgement() {
        return this;
    }

    /** {@return the number of queries to submit before the first answer is awaited: 1, or more if other machines compute} */
    default int maxPending() {
        return 1;
    }

    /** {@return an index in this process as a target} */
    static QueryTarget of(CacheIndex index) {
        return of(index, (query, batch) -> query);
    }

    private static QueryTarget of(CacheIndex index, BiFunction<Query, Examples.Batch, Query> asked) {
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
            public int spareClasses() {
                return index.format().spareClasses();
            }

            @Override
            public QueryTarget withNovelty() {
                return of(index, (query, batch) -> asked.apply(query, batch)
                        .distances(true)
                        .neighbors(1));
            }

            @Override
            public QueryTarget withJudgement() {
                return of(index, (query, batch) -> asked.apply(query, batch)
                        .novelty(batch.probabilities() == null ? null : FloatBuffer.wrap(batch.probabilities())));
            }

            @Override
            public Supplier<Answer> submit(Examples.Batch batch, double[] thetas, double[] betas) {
                Answer answer = index.answer(
                        asked.apply(Query.of(batch.features()).thetas(thetas).classFactor(betas), batch));
                return () -> answer;
            }
        };
    }
}
