package io.github.afterimage.engine;

import java.util.Arrays;

/**
 * The errors of the last estimates that were compared with exact answers, and the work of the first of them.
 *
 * <p>Threads: thread-safe.
 */
final class SketchErrors {
    /** An error counts until so many later ones are known. */
    private static final int LAST = 1024;
    /** Of errors, this share shall be within half widths. */
    private static final double COVERED = 0.99;

    private final double[] factors = new double[LAST]; // guarded by this
    private int count; // guarded by this
    private final double listed;
    private final double read;

    /** @param first estimates with the factor 1 */
    SketchErrors(EstimatedAnswer first) {
        listed = Arrays.stream(first.listed()).average().orElse(0);
        read = Arrays.stream(first.read()).average().orElse(0);
    }

    /** Returns the mean number of listed keys of a query. */
    double listed() {
        return listed;
    }

    /** Returns the mean number of keys that a query reads with the factor 1. */
    double read() {
        return read;
    }

    /** Adds factors of half widths that errors needed. */
    synchronized void add(double[] needed) {
        for (double factor : needed) {
            factors[count % LAST] = factor;
            count++;
        }
    }

    /**
     * Returns the factor of half widths with which the next error of the same distribution is within its half width, with a chance of
     * 99 % or more (split conformal prediction): of n errors, the ⌈0.99 (n + 1)⌉-th smallest. It is at least 1.
     */
    synchronized double factor() {
        int known = Math.min(count, LAST);
        int rank = (int) Math.ceil(COVERED * (known + 1));
        if (rank > known) {
            return Double.POSITIVE_INFINITY;
        }
        double[] ascending = Arrays.copyOf(factors, known);
        Arrays.sort(ascending);
        return Math.max(1, ascending[rank - 1]);
    }
}
