package io.github.afterimage.engine;

import io.github.afterimage.platform.Resources;
import java.util.Arrays;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * Chooses r in exp(θ(s − r)). A fixed r suffices for nearly every query; a query whose sums underflow or overflow is repeated
 * with its best score as r.
 */
final class ReferenceRetry {
    private static final int[] NONE = {};

    /**
     * Minimum exponent of the best key; below it the query is repeated. Kernels drop sums of a group of keys below 2^-100;
     * relative to exp(-40) > 2^-58, a million such groups sum to less than 1e-6.
     */
    private static final double MIN_EXPONENT = -40;
    /** Maximum exponent of a score of 1: sums of a group of keys stay far below the overflow of float32 at exp(88). */
    private static final double MAX_EXPONENT = 60;
    /** Rounded scores may exceed 1, and theta amplifies the excess; above this exponent the query is repeated too. */
    private static final double OVERFLOWING_EXPONENT = 80;

    private final LongAdder repeated = new LongAdder();

    /** Number of queries that were repeated with a reference of their own. */
    long repeated() {
        return repeated.sum();
    }

    /**
     * Computes sums relative to references that neither underflow nor overflow.
     *
     * @param queries their references are set
     * @param pass computes the sums of queries relative to their references
     * @return the caller closes it
     */
    Partial sums(Queries queries, float[] thetas, Function<Queries, Partial> pass) {
        queries.references(firstReference(greatest(thetas)));
        return Resources.filled(pass.apply(queries), sums -> {
            again(queries, sums, pass);
        });
    }

    /**
     * Returns the reference for queries whose best key is not known yet: the exponent of a score up to 1 is at most the
     * maximum, and up to theta = 100 the exponent of a best score of 0 or more is at least the minimum, so no retry follows.
     */
    private static float firstReference(float theta) {
        return (float) Math.min(1, Math.max(-MIN_EXPONENT / theta, 1 - MAX_EXPONENT / theta));
    }

    private static float greatest(float[] thetas) {
        float greatest = 0;
        for (float theta : thetas) {
            greatest = Math.max(greatest, theta);
        }
        return greatest;
    }

    /** Repeats the queries whose best key is too far from the first reference, relative to that key. */
    private void again(Queries queries, Partial sums, Function<Queries, Partial> pass) {
        int[] far = far(queries, sums);
        if (far.length == 0) {
            return;
        }
        repeated.add(far.length);
        try (Queries again = queries.gather(far, maxima(sums, far))) {
            try (Partial own = pass.apply(again)) {
                if (far(again, own).length == 0) {
                    replace(sums, far, own);
                    return;
                }
                // A smaller batch uses another kernel; at theta = 1e8 even its rounding of a score is too far.
                again.references(maxima(own, every(far.length)));
            }
            try (Partial own = pass.apply(again)) {
                replace(sums, far, own);
            }
        }
    }

    /** Returns the queries whose sums may underflow or overflow relative to their references. */
    private static int[] far(Queries queries, Partial sums) {
        float theta = greatest(sums.thetas());
        int[] far = NONE;
        int count = 0;
        for (int query = 0; query < queries.batch(); query++) {
            double exponent = theta * ((double) sums.maximum(query) - queries.reference(query));
            if (exponent < MIN_EXPONENT || exponent > OVERFLOWING_EXPONENT) {
                far = count == 0 ? new int[queries.batch()] : far;
                far[count++] = query;
            }
        }
        return count == 0 ? far : Arrays.copyOf(far, count);
    }

    private static float[] maxima(Partial sums, int[] queries) {
        float[] maxima = new float[queries.length];
        for (int i = 0; i < queries.length; i++) {
            maxima[i] = sums.maximum(queries[i]);
        }
        return maxima;
    }

    private static int[] every(int count) {
        return IntStream.range(0, count).toArray();
    }

    private static void replace(Partial sums, int[] queries, Partial own) {
        for (int i = 0; i < queries.length; i++) {
            sums.replace(queries[i], own, i);
        }
    }
}
