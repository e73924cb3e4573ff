package io.github.afterimage.engine;

import java.nio.FloatBuffer;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * The reference that a query's sums are taken relative to: one that serves nearly every query before any score is known,
 * and the query's own maximum where sums relative to that one are nothing or overflow.
 */
final class ReferenceRetry {
    /**
     * Where even the best key's exponent is below this, the sums are taken again relative to that key. Kernels drop what
     * a group of keys adds to a class below 2^-100; beside exp(-40), over 2^-58, a million such groups are under 1e-6.
     */
    private static final double MIN_EXPONENT = -40;
    /** Of a score of 1: sums of a group of keys are far from the overflow of float32 at exp(88). */
    private static final double MAX_EXPONENT = 60;
    /** Rounded scores may be above 1, and theta multiplies that: here the sums are taken again too. */
    private static final double OVERFLOWING_EXPONENT = 80;

    private final LongAdder rescued = new LongAdder();

    /** How many queries were done again with a reference of their own. */
    long rescued() {
        return rescued.sum();
    }

    /**
     * Sums relative to references that serve.
     *
     * @param queries whose references are set
     * @param pass the sums of such queries, relative to their references
     * @return the caller closes it
     */
    Partial sums(Queries queries, float[] thetas, Function<Queries, Partial> pass) {
        queries.references(firstReference(greatest(thetas)));
        Partial sums = pass.apply(queries);
        try {
            again(queries, sums, pass);
            return sums;
        } catch (RuntimeException e) {
            sums.close();
            throw e;
        }
    }

    /**
     * A reference for queries whose best key is not known yet: no score up to 1 has an exponent above the greatest, and up
     * to theta = 100 a best score that is not negative has one above the least, so that the query is not done again.
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

    /** Does queries again relative to their best key where the first reference is too far from it. */
    private void again(Queries queries, Partial sums, Function<Queries, Partial> pass) {
        int[] far = far(queries, sums);
        if (far.length == 0) {
            return;
        }
        rescued.add(far.length);
        try (Queries again = queries.gather(far, maxima(sums, far))) {
            try (Partial own = pass.apply(again)) {
                if (far(again, own).length == 0) {
                    replace(sums, far, own);
                    return;
                }
                // Fewer queries, another kernel: at theta = 1e8 even the rounding of a score is too far.
                again.references(maxima(own, every(far.length)));
            }
            try (Partial own = pass.apply(again)) {
                replace(sums, far, own);
            }
        }
    }

    /** The queries whose sums may be nothing, or overflow, relative to the references they have. */
    private static int[] far(Queries queries, Partial sums) {
        float theta = greatest(sums.thetas());
        FloatBuffer maxima = sums.maxima();
        return IntStream.range(0, queries.batch())
                .filter(query -> {
                    double exponent = theta * ((double) maxima.get(query) - queries.reference(query));
                    return exponent < MIN_EXPONENT || exponent > OVERFLOWING_EXPONENT;
                })
                .toArray();
    }

    private static float[] maxima(Partial sums, int[] queries) {
        float[] maxima = new float[queries.length];
        for (int i = 0; i < queries.length; i++) {
            maxima[i] = sums.maxima().get(queries[i]);
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
