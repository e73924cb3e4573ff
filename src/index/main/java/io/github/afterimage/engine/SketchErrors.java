package io.github.afterimage.engine;

import java.util.Arrays;

/**
 * The errors of the last estimates that were compared with exact answers, and the work of the last estimates.
 *
 * <p>Threads: thread-safe.
 */
final class SketchErrors {
    /** An error counts until so many later ones are known. */
    private static final int LAST = 1024;
    /** Of errors, this share shall be within half widths. */
    private static final double COVERED = 0.99;
    /** About so many queries count for the means of the work. */
    private static final int RECENT = 256;

    private final double[] factors = new double[LAST]; // guarded by this
    private long count; // guarded by this
    private volatile double factor = Double.POSITIVE_INFINITY;
    private double listed; // guarded by this
    private double read; // guarded by this

    /**
     * Takes the first estimates, which were made with the factor 1.
     *
     * @param keys number of keys
     */
    SketchErrors(EstimatedAnswer first, long keys) {
        for (int query = 0; query < first.read().length; query++) {
            listed += (double) first.listed()[query] / first.read().length;
            read += (double) read(first, query, keys) / first.read().length;
        }
    }

    /** A query that stays open takes the plain pass. */
    private static long read(EstimatedAnswer answer, int query, long keys) {
        return answer.isOpen(query) ? keys : answer.read()[query];
    }

    /** Takes later estimates, which were made with this factor. */
    synchronized void addWork(EstimatedAnswer answer, double used, long keys) {
        for (int query = 0; query < answer.read().length; query++) {
            listed += (answer.listed()[query] - listed) / RECENT;
            read += (read(answer, query, keys) / (used * used) - read) / RECENT;
        }
    }

    /** Returns the mean number of listed keys of a query. */
    synchronized double listed() {
        return listed;
    }

    /** Returns the mean number of keys that a query reads with the factor 1. */
    synchronized double read() {
        return read;
    }

    /** Adds factors of half widths that errors needed. */
    synchronized void add(double[] needed) {
        for (double one : needed) {
            factors[(int) (count % LAST)] = one;
            count++;
        }
        int known = (int) Math.min(count, LAST);
        int rank = (int) Math.ceil(COVERED * (known + 1));
        double[] ascending = Arrays.copyOf(factors, known);
        Arrays.sort(ascending);
        factor = rank > known ? Double.POSITIVE_INFINITY : Math.max(1, ascending[rank - 1]);
    }

    /**
     * Returns the factor of half widths with which the next error of the same distribution is within its half width, with a chance of
     * 99 % or more (split conformal prediction): of n errors, the ⌈0.99 (n + 1)⌉-th smallest. It is at least 1.
     */
    double factor() {
        return factor;
    }
}
