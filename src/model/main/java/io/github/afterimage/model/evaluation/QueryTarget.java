package io.github.afterimage.model.evaluation;

import io.github.afterimage.CacheReader;
import io.github.afterimage.answer.Answer;
import io.github.afterimage.answer.Query;
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
     * Starts to answer queries for each theta. The returned supplier waits for the answer; call it once. An exception of the query comes
     * from this method or from the supplier.
     *
     * @param queries features {@code (batch, dim)} with the probabilities of the network, if there are any; the caller may reuse them as
     *     soon as this method returns
     * @param asked the results that are wanted
     * @return {@code (batch, classes)} for each theta
     * @throws IllegalArgumentException if a query is refused
     * @throws IllegalStateException if the index is closed or empty
     */
    Supplier<Answer> submit(Examples.Batch queries, Asked asked);

    /**
     * The results that a pass asks for.
     *
     * @param thetas at least one, finite and not negative
     * @param evidence whether the {@linkplain Query#evidence evidence} for each class is wanted
     */
    record Asked(double[] thetas, boolean evidence) {
        /** Asks for distributions only. */
        public static Asked of(double... thetas) {
            return new Asked(thetas, false);
        }
    }

    /** {@return the number of queries to submit before the first answer is awaited: 1, or more if other machines compute} */
    default int maxPending() {
        return 1;
    }

    /** {@return an index in this process as a target} */
    static QueryTarget of(CacheReader index) {
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
            public Supplier<Answer> submit(Examples.Batch batch, Asked asked) {
                Answer answer = index.answer(
                        Query.of(batch.features()).thetas(asked.thetas).evidence(asked.evidence));
                return () -> answer;
            }
        };
    }
}
