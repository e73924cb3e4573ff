package io.github.afterimage.engine;

import io.github.afterimage.store.Components;
import io.github.afterimage.store.Keys;
import io.github.afterimage.store.Snapshot;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Measures how far scores are from their estimates, on some keys that are asked as queries. Measured at the first query of a
 * range of thetas, and again when many keys were added or removed.
 *
 * <p>Threads: thread-safe.
 */
final class SketchSpread {
    private static final int QUERIES = 64;
    private static final int SAMPLE = 32;
    /** Differences of fewer keys say nothing. */
    private static final int LEAST_DIFFERENCES = 256;
    /** Keys answer in so many ranges of this length at most, spread over the index. */
    private static final int RANGES = 16;

    private static final int RANGE = 4096;
    /** At a smaller theta, far keys would be measured, which are not near the estimates of any query. */
    private static final float LEAST_THETA = 20;
    /** Mean norm of the rounding error of a code, relative to the norm of the components. */
    private static final double CODE_ERROR = 0.115;

    private final Workers workers;
    /** By the exponent of theta. */
    private final KeyMeasurements<Integer, Double> deviations = new KeyMeasurements<>();

    SketchSpread(Workers workers) {
        this.workers = workers;
    }

    /**
     * Returns the standard deviation of score − estimate of keys that are near a query; infinite if too few keys are near each
     * other to say.
     */
    double of(Snapshot snapshot, int classes, Components components, float theta) {
        float near = Math.max(theta, LEAST_THETA);
        return deviations.of(snapshot, Math.getExponent(near), () -> measure(snapshot, classes, components, near));
    }

    private double measure(Snapshot snapshot, int classes, Components components, float theta) {
        long[] asked = PresentRows.of(snapshot, QUERIES);
        int dim = snapshot.key(0).dim();
        FloatBuffer rows = PresentRows.floats(snapshot, asked, dim);
        List<List<Keys>> ranges = ranges(snapshot);
        double[][] differences = new double[asked.length][];
        double lost = 0;
        try (Queries queries = Queries.of(rows, 0, asked.length, dim);
                Queries projected = queries.project(components)) {
            workers.forEach(asked.length, (i, workspace) -> {
                Queries one = queries.slice(i, 1);
                differences[i] = differences(ranges, classes, theta, one, projected.slice(i, 1), workspace);
            });
            for (int i = 0; i < asked.length; i++) {
                lost += EstimatedQuery.lost(projected, i) / asked.length;
            }
        }
        double[] all = Arrays.stream(differences)
                .flatMapToDouble(Arrays::stream)
                .filter(Double::isFinite)
                .sorted()
                .toArray();
        if (all.length < LEAST_DIFFERENCES) {
            return Double.POSITIVE_INFINITY;
        }
        double measured = (quantile(all, 0.84) - quantile(all, 0.16)) / 2;
        return Math.max(measured, ofRandomDirections(lost, dim, components.count()));
    }

    /** Returns the deviation if all that the codes lose of two keys had directions by chance. */
    private static double ofRandomDirections(double lost, int dim, int components) {
        double code = CODE_ERROR * (1 - lost) / Math.sqrt(components);
        double rest = lost / Math.sqrt(dim - components);
        return Math.sqrt(code * code + rest * rest);
    }

    private static List<List<Keys>> ranges(Snapshot snapshot) {
        long rows = snapshot.rows();
        if (rows <= (long) RANGES * RANGE) {
            return List.of(snapshot.range(0, rows));
        }
        List<List<Keys>> ranges = new ArrayList<>();
        for (int i = 0; i < RANGES; i++) {
            long first = (rows - RANGE) * i / (RANGES - 1);
            ranges.add(snapshot.range(first, first + RANGE));
        }
        return ranges;
    }

    private static double quantile(double[] ascending, double share) {
        return ascending[(int) (share * ascending.length)];
    }

    /** Returns score − estimate of some keys, less their median. */
    private static double[] differences(
            List<List<Keys>> ranges, int classes, float theta, Queries query, Queries projected, Workspace workspace) {
        List<ScoreEstimates> estimates = new ArrayList<>();
        List<Keys> parts = new ArrayList<>();
        try {
            for (List<Keys> range : ranges) {
                ScoreEstimates ofRange = new ScoreEstimates(projected, range, classes, theta, 0);
                estimates.add(ofRange);
                ofRange.compute(workspace);
                parts.addAll(range);
            }
            double[] differences = new EstimatedQuery(query, projected, 0, parts, estimates, workspace)
                    .differences(classes, theta, SAMPLE);
            Arrays.sort(differences);
            double median = differences.length == 0 ? 0 : quantile(differences, 0.5);
            return Arrays.stream(differences)
                    .map(difference -> difference - median)
                    .toArray();
        } finally {
            estimates.forEach(ScoreEstimates::close);
        }
    }
}
