package io.github.afterimage.engine;

import io.github.afterimage.store.Snapshot;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;

/**
 * Measures the errors of estimates for each theta and tolerance. At the first query, some keys are asked as queries, and no key
 * answers itself; again, when many keys were added or removed.
 *
 * <p>Threads: thread-safe.
 */
final class SketchCalibration {
    private static final int QUERIES = 128;
    /** Thetas that differ by a smaller factor share a measurement. */
    private static final double STEP = 1.1;

    private static final float LEAST_THETA = 1;

    private record Setting(long theta, int tolerance) {}

    private final Map<Setting, SketchErrors> measurements = new HashMap<>(); // guarded by this
    private final KeyTurnover turnover = new KeyTurnover(); // guarded by this

    /**
     * Returns the errors for an accuracy.
     *
     * @param unscaled the accuracy with a factor of 1
     * @param measure takes the rows of the keys to ask for
     */
    synchronized SketchErrors of(Snapshot snapshot, Accuracy unscaled, Function<long[], SketchErrors> measure) {
        if (turnover.isGreat(snapshot)) {
            measurements.clear();
        }
        long theta = Math.round(Math.log(Math.max(LEAST_THETA, unscaled.theta())) / Math.log(STEP));
        Setting setting = new Setting(theta, Math.getExponent(unscaled.tolerance()));
        return measurements.computeIfAbsent(setting, unknown -> measure.apply(PresentRows.of(snapshot, QUERIES)));
    }
}
