package io.github.afterimage.engine;

import io.github.afterimage.store.Snapshot;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.LongStream;

/**
 * Finds the factor of half widths with which intervals hold. Some keys are asked as queries that they do not answer themselves, and
 * the greatest ratio of an error to its half width is the factor (split conformal prediction): for a query that is like the keys, the
 * chance of a greater ratio is 1 in {@value #QUERIES} + 1. Measured at the first query of a theta and a tolerance, and again when
 * many keys were added or removed.
 *
 * <p>Threads: thread-safe.
 */
final class SketchCalibration {
    private static final int QUERIES = 128;
    /** Thetas that differ by a smaller factor share a measurement. */
    private static final double STEP = 1.1;

    private static final float LEAST_THETA = 1;

    private record Setting(long theta, int tolerance) {}

    private final Map<Setting, Double> factors = new HashMap<>(); // guarded by this
    private final KeyTurnover turnover = new KeyTurnover(); // guarded by this

    /**
     * Returns the factor.
     *
     * @param measured the accuracy with a factor of 1
     * @param ratios of errors to half widths, of keys with these ids
     */
    synchronized double factor(Snapshot snapshot, Accuracy measured, Function<long[], double[]> ratios) {
        if (turnover.isGreat(snapshot)) {
            factors.clear();
        }
        long theta = Math.round(Math.log(Math.max(LEAST_THETA, measured.theta())) / Math.log(STEP));
        Setting setting = new Setting(theta, Math.getExponent(measured.tolerance()));
        return factors.computeIfAbsent(setting, unknown -> Arrays.stream(ratios.apply(chosen(snapshot)))
                .reduce(1, Math::max));
    }

    private static long[] chosen(Snapshot snapshot) {
        return LongStream.range(0, QUERIES)
                .map(i -> snapshot.rows() * i / QUERIES)
                .filter(row -> !snapshot.key(row).isRemoved(0))
                .map(row -> snapshot.key(row).id(0))
                .toArray();
    }
}
