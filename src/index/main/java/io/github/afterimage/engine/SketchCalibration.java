package io.github.afterimage.engine;

import io.github.afterimage.keys.Snapshot;
import java.util.Arrays;
import java.util.function.Function;
import java.util.stream.LongStream;

/**
 * The errors of estimates for each theta and tolerance. At the first query, some keys are asked as queries, and no key answers
 * itself; again, when many keys were added or removed.
 *
 * <p>Threads: thread-safe.
 */
final class SketchCalibration {
    private static final int QUERIES = 128;
    /** Of the errors of so many keys, the two greatest do not decide. */
    private static final int MORE_QUERIES = 3 * QUERIES;

    private static final int OUTLIERS = 2;
    /** Thetas that differ by a smaller factor share a measurement. */
    private static final double STEP = 1.1;

    private static final float LEAST_THETA = 1;

    private record Setting(long theta, int tolerance) {}

    private final KeyMeasurements<Setting, SketchErrors> measurements = new KeyMeasurements<>();

    /**
     * Returns the errors for an accuracy. Asks for more keys if one or two errors would rule out estimates.
     *
     * @param maxFactor of half widths, for estimates that are worth their time
     * @param unscaled the accuracy with a factor of 1
     * @param measure takes the rows of the keys to ask for
     */
    SketchErrors of(Snapshot snapshot, Accuracy unscaled, double maxFactor, Function<long[], SketchErrors> measure) {
        long theta = Math.round(Math.log(Math.max(LEAST_THETA, unscaled.theta())) / Math.log(STEP));
        Setting setting = new Setting(theta, Math.getExponent(unscaled.tolerance()));
        return measurements.of(snapshot, setting, () -> {
            long[] asked = PresentRows.of(snapshot, QUERIES);
            SketchErrors errors = measure.apply(asked);
            if (errors.factor() > maxFactor && errors.above(maxFactor) <= OUTLIERS) {
                long[] more = LongStream.of(PresentRows.of(snapshot, MORE_QUERIES))
                        .filter(row -> Arrays.binarySearch(asked, row) < 0)
                        .toArray();
                errors.addAll(measure.apply(more));
            }
            return errors;
        });
    }
}
