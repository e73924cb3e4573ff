package io.github.afterimage.engine;

import io.github.afterimage.keys.Snapshot;
import java.nio.DoubleBuffer;
import java.util.Arrays;

/**
 * How far scores are from their estimates, the errors of the last estimates that were compared with exact answers, and the work of
 * the last estimates: measured at the first query of a setting, and again when many keys were added or removed.
 *
 * <p>Threads: thread-safe.
 */
final class SketchErrors {
    /** Number of the most recent errors that decide the factor. */
    private static final int WINDOW = 1024;
    /** Share of errors that half widths may leave uncovered. */
    private static final double UNCOVERED = 0.01;
    /** Chance that they leave more. */
    private static final double RISK = 0.01;
    /** Queries that count for the moving means of work. */
    private static final int RECENT = 1024;
    /** Measurements are old when more than one key in so many was added or removed. */
    private static final int CHANGED = 4;
    /** Count of the numbers that {@link #write} writes. */
    static final int NUMBERS = 7 + WINDOW;

    private final long keys;
    private final long lastId;
    /** The version of the snapshot that was measured; 0 if it was measured before the index was opened. */
    private final long version;
    /** Standard deviation of score − estimate of keys that are near a query. */
    final double spread;

    private final double[] factors = new double[WINDOW]; // guarded by this
    private long count; // guarded by this
    private volatile double factor = Double.POSITIVE_INFINITY;
    private long asked; // guarded by this
    private double listed; // guarded by this
    private double read; // guarded by this

    /**
     * Begins measurements.
     *
     * @param keys number of the keys
     * @param lastId of the keys
     * @param version of their snapshot
     */
    SketchErrors(long keys, long lastId, long version, double spread) {
        this.keys = keys;
        this.lastId = lastId;
        this.version = version;
        this.spread = spread;
    }

    /** Reads what {@link #write} has written. */
    static SketchErrors read(DoubleBuffer source) {
        SketchErrors errors = new SketchErrors((long) source.get(), (long) source.get(), 0, source.get());
        errors.asked = (long) source.get();
        errors.listed = source.get();
        errors.read = source.get();
        errors.count = (long) Math.max(0, source.get());
        source.get(errors.factors);
        errors.add();
        return errors;
    }

    synchronized void write(DoubleBuffer target) {
        target.put(new double[] {keys, lastId, spread, asked, listed, read, count});
        target.put(factors);
    }

    /** Returns whether many keys were added or removed since; a snapshot from before says nothing. */
    boolean isOld(Snapshot snapshot) {
        long allowed = keys / CHANGED;
        return snapshot.version() >= version
                && (snapshot.lastId() - lastId > allowed || keys - snapshot.size() > allowed);
    }

    /**
     * Takes the work of estimates; that of a calibration counts as a plain mean.
     *
     * @param factorUsed the factor of their half widths
     * @param all number of keys; a query that stays open takes the plain pass, which reads all
     */
    synchronized void addWork(EstimatedAnswer answer, double factorUsed, long all) {
        for (int query = 0; query < answer.read().length; query++) {
            double weight = 1.0 / Math.min(++asked, RECENT);
            long readKeys = answer.isOpen(query) ? all : answer.read()[query];
            listed += weight * (answer.listed()[query] - listed);
            read += weight * (readKeys / (factorUsed * factorUsed) - read);
        }
    }

    /** Returns the number of errors that need a greater factor. */
    synchronized long above(double factor) {
        return Arrays.stream(factors, 0, (int) Math.min(count, WINDOW))
                .filter(one -> one > factor)
                .count();
    }

    /** Returns the mean number of listed keys of a query. */
    synchronized double listed() {
        return listed;
    }

    /** Returns the mean number of keys that a query reads with the factor 1. */
    synchronized double read() {
        return read;
    }

    /** Adds, for each error, the smallest factor with which its half width would have covered it. */
    synchronized void add(double... neededFactors) {
        for (double one : neededFactors) {
            factors[(int) (count % WINDOW)] = one;
            count++;
        }
        int known = (int) Math.min(count, WINDOW);
        int ignored = ignored(known);
        double[] ascending = Arrays.copyOf(factors, known);
        Arrays.sort(ascending);
        factor = ignored < 0 ? Double.POSITIVE_INFINITY : Math.max(1, ascending[known - 1 - ignored]);
    }

    /**
     * Returns how many of the greatest errors may be ignored; -1 if too few errors are known. If half widths covered less than 99 %
     * of all errors, the number of known errors beyond them would be binomial with a rate above 1 %, and at most this number
     * with a chance of 1 % or less.
     */
    static int ignored(int known) {
        double chance = Math.pow(1 - UNCOVERED, known);
        double sum = chance;
        int count = -1;
        while (sum <= RISK) {
            count++;
            chance *= (known - count) * UNCOVERED / ((count + 1) * (1 - UNCOVERED));
            sum += chance;
        }
        return count;
    }

    /**
     * Returns the factor of half widths that covers 99 % of the errors of this distribution or more, with a confidence of 99 %
     * (a tolerance limit of order statistics): the greatest of 459 errors, the fourth greatest of 1,024. The confidence is a little
     * less if more errors were added because the first ones were great. The factor is at least 1, and infinite until 459 errors
     * are known.
     */
    double factor() {
        return factor;
    }
}
