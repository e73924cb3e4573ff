package io.github.afterimage.engine;

import io.github.afterimage.store.Snapshot;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;

/**
 * Finds the factor of half widths with which intervals hold, and how much work they take. Some keys are asked as queries, and no key
 * answers itself. The greatest ratio of an error to its half width is the factor (split conformal prediction): for a query that is
 * like the keys, the chance of a greater ratio is 1 in {@value #QUERIES} + 1, or more if estimates answer fewer of these queries.
 * Measured at the first query of a theta and a tolerance, and again when many keys were added or removed.
 *
 * <p>Threads: thread-safe.
 */
final class SketchCalibration {
    private static final int QUERIES = 128;
    /** Thetas that differ by a smaller factor share a measurement. */
    private static final double STEP = 1.1;

    private static final float LEAST_THETA = 1;

    private record Setting(long theta, int tolerance) {}

    /**
     * The errors and the work of estimates.
     *
     * @param ratios of errors to half widths, of the queries that estimates answered
     * @param listed mean number of listed keys of a query
     * @param read mean number of keys that a query reads
     */
    record Measurement(double[] ratios, double listed, double read) {
        /** Returns the factor of half widths with which all intervals hold. */
        double factor() {
            return Arrays.stream(ratios).reduce(1, Math::max);
        }
    }

    private final Map<Setting, Measurement> measurements = new HashMap<>(); // guarded by this
    private final KeyTurnover turnover = new KeyTurnover(); // guarded by this

    /**
     * Returns the measurement for an accuracy.
     *
     * @param unscaled the accuracy with a factor of 1
     * @param measure takes the rows of the keys to ask for
     */
    synchronized Measurement of(Snapshot snapshot, Accuracy unscaled, Function<long[], Measurement> measure) {
        if (turnover.isGreat(snapshot)) {
            measurements.clear();
        }
        long theta = Math.round(Math.log(Math.max(LEAST_THETA, unscaled.theta())) / Math.log(STEP));
        Setting setting = new Setting(theta, Math.getExponent(unscaled.tolerance()));
        return measurements.computeIfAbsent(setting, unknown -> measure.apply(PresentRows.of(snapshot, QUERIES)));
    }
}
