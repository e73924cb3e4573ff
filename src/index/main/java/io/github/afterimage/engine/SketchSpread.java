package io.github.afterimage.engine;

import io.github.afterimage.store.Keys;
import io.github.afterimage.store.ScreenFormat.Components;
import io.github.afterimage.store.Snapshot;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;

/**
 * Measures how far scores are from their estimates, on some keys that are asked as queries. Measured at the first query, and again
 * when there are twice as many keys.
 *
 * <p>Threads: thread-safe.
 */
final class SketchSpread {
    private static final int QUERIES = 64;
    private static final int SAMPLE = 64;
    /** Maximum number of keys that answer them. */
    private static final int ROWS = 1 << 16;
    /** At a smaller theta, far keys would be measured, which are not near the estimates of any query. */
    private static final float LEAST_THETA = 20;

    private final Workers workers;
    private double deviation; // guarded by this
    private long measuredKeys; // guarded by this

    SketchSpread(Workers workers) {
        this.workers = workers;
    }

    /**
     * Returns the standard deviation of score − estimate of keys that are near a query. It comes from quantiles: a key that is asked
     * may have a copy or a mirror image among the keys, whose estimate is far off, and test images have none.
     */
    synchronized double of(Snapshot snapshot, int classes, Components components, float theta) {
        if (measuredKeys == 0 || snapshot.size() > 2 * measuredKeys) {
            deviation = measure(snapshot, classes, components, Math.max(theta, LEAST_THETA));
            measuredKeys = snapshot.size();
        }
        return deviation;
    }

    private double measure(Snapshot snapshot, int classes, Components components, float theta) {
        long[] asked = LongStream.range(0, QUERIES)
                .map(i -> snapshot.rows() * i / QUERIES)
                .filter(row -> !snapshot.key(row).isRemoved(0))
                .toArray();
        int dim = snapshot.key(0).dim();
        FloatBuffer rows = FloatBuffer.allocate(asked.length * dim);
        double[] values = new double[dim];
        for (long row : asked) {
            snapshot.key(row).read(0, values);
            for (double value : values) {
                rows.put((float) value);
            }
        }
        List<Keys> keys = snapshot.range(0, Math.min(snapshot.rows(), ROWS));
        double[][] differences = new double[asked.length][];
        try (Queries queries = Queries.of(rows.flip(), 0, asked.length, dim);
                Queries projected = queries.project(components)) {
            workers.forEach(
                    asked.length,
                    (i, workspace) -> differences[i] = differences(
                            keys, classes, theta, new EstimatedQuery(queries, projected, i), asked[i], workspace));
            double[] all = Arrays.stream(differences)
                    .flatMapToDouble(Arrays::stream)
                    .sorted()
                    .toArray();
            return all.length == 0 ? 1 : (quantile(all, 0.84) - quantile(all, 0.16)) / 2;
        }
    }

    private static double quantile(double[] ascending, double share) {
        return ascending[(int) (share * ascending.length)];
    }

    /** Returns score − estimate of some keys, less their median. */
    private static double[] differences(
            List<Keys> keys, int classes, float theta, EstimatedQuery query, long own, Workspace workspace) {
        Keys last = keys.get(keys.size() - 1);
        int rows = (int) (last.firstRow() + last.count());
        try (ScoreEstimates estimates = new ScoreEstimates(1, classes, theta, rows)) {
            keys.forEach(part -> estimates.add(part, query.projected(), workspace));
            double[] differences = query.differences(keys, estimates, theta, SAMPLE, own, workspace);
            Arrays.sort(differences);
            double median = differences.length == 0 ? 0 : quantile(differences, 0.5);
            return Arrays.stream(differences)
                    .map(difference -> difference - median)
                    .toArray();
        }
    }
}
