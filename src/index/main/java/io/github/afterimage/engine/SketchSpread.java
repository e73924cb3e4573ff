package io.github.afterimage.engine;

import io.github.afterimage.engine.EstimatedQuery.NearKeys;
import io.github.afterimage.keys.Keys;
import io.github.afterimage.keys.Snapshot;
import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** Measures how far scores are from their estimates, on some keys that are asked as queries. */
record SketchSpread(Snapshot snapshot, Sketch components, SketchPass pass) {
    private static final int QUERIES = 64;
    private static final int SAMPLE = 32;
    private static final double GROWTH = 4;
    /** Maximum number of keys that differences are measured of. */
    private static final int MAX_DIFFERENCES = 4096;
    /** Differences of fewer keys say nothing. */
    private static final int LEAST_DIFFERENCES = 256;
    /** Keys answer in so many ranges of this length at most, spread over the index; fewer rows answer all. */
    private static final int RANGES = 16;

    private static final int RANGE = 4096;
    /** At a smaller theta, far keys would be measured, which are not near the estimates of any query. */
    private static final float LEAST_THETA = 20;
    /**
     * Mean square of the errors of a normally distributed component of each quarter, relative to that of the component, with the
     * codes of {@code sketch_codes.cpp}.
     */
    private static final double[] CODE_ERRORS = {0.0116, 0.135, 0.57, 0.57};
    /** A key whose estimate is farther off is a copy of the query, unless components lose more. */
    private static final double CODE_DEVIATIONS = 3;
    /** Keys may be nearer to each other than to queries: at least so much of a query is taken to be orthogonal to its keys. */
    private static final double LEAST_ORTHOGONAL = 0.5;

    /** Bytes that a query takes for each class: the sums, rates and influences of its draws. */
    private static final long CLASS_BYTES = 4 * Double.BYTES;

    /**
     * Returns the standard deviation of score − estimate of keys that are near a query; infinite if too few keys are near each
     * other to say.
     */
    static double measure(Workers workers, Snapshot snapshot, int classes, float theta) {
        float near = Math.max(theta, LEAST_THETA);
        SketchPass pass = new SketchPass(workers, ranges(snapshot), snapshot.rows(), classes, near, false);
        return new SketchSpread(snapshot, Sketch.of(snapshot), pass).measure();
    }

    private double measure() {
        long[] asked = PresentRows.of(snapshot, QUERIES, 0);
        int dim = snapshot.key(0).dim();
        double ofCodes = ofCodes();
        NearKeys[] near = new NearKeys[asked.length];
        double[] lostOf = new double[asked.length];
        int largest = (int) Math.max(1, EstimatedScan.BLOCK_BYTES / (pass.classes() * CLASS_BYTES));
        QueryMemory.forEachBlock(asked.length, largest, 1, (first, count) -> {
            long[] block = Arrays.copyOfRange(asked, first, first + count);
            try (Queries queries = Queries.of(PresentRows.floats(snapshot, block, dim), 0, count, dim);
                    Queries projected = queries.project(components)) {
                projected.leaveOut(
                        Arrays.stream(block).mapToInt(row -> (int) row).toArray());
                for (int i = 0; i < count; i++) {
                    lostOf[first + i] = EstimatedQuery.lost(projected, i);
                }
                System.arraycopy(near(queries, projected), 0, near, first, count);
            }
        });
        double lost = Arrays.stream(lostOf).average().orElse(0);
        double[] all = Arrays.stream(near)
                .flatMapToDouble(keys -> fromMedian(keys.differences()))
                .filter(Double::isFinite)
                .sorted()
                .toArray();
        if (all.length < LEAST_DIFFERENCES) {
            return Double.POSITIVE_INFINITY;
        }
        double measured = (quantile(all, 0.84) - quantile(all, 0.16)) / 2;
        double orthogonal = Arrays.stream(near)
                .flatMapToDouble(keys -> Arrays.stream(keys.estimates()))
                .map(estimate -> Math.max(0, 1 - estimate * estimate))
                .average()
                .orElse(1);
        // Other keys may differ from their estimates as by chance; the error of a code is orthogonal to its key.
        int rest = dim - components.count();
        double ofRest = rest == 0 ? 0 : lost * lost / rest;
        return Math.max(measured, Math.sqrt(Math.max(LEAST_ORTHOGONAL, orthogonal) * ofCodes + ofRest));
    }

    private NearKeys[] near(Queries queries, Queries projected) {
        NearKeys[] near = new NearKeys[queries.batch()];
        Arrays.fill(near, new NearKeys(new double[0], new double[0]));
        double noCopy = CODE_DEVIATIONS * Math.sqrt(ofCodes());
        List<Keys> parts = pass.ranges().stream().flatMap(List::stream).toList();
        List<EstimatedQuery> open = IntStream.range(0, queries.batch())
                .mapToObj(i -> new EstimatedQuery(queries, i, pass.classes(), MAX_DIFFERENCES))
                .toList();
        pass.run(projected, open); // for the sums
        for (double size = SAMPLE; !open.isEmpty(); size *= GROWTH) {
            double next = size;
            open.forEach(query -> query.drawNearKeys(next));
            pass.run(projected, open);
            List<EstimatedQuery> drawn = open;
            pass.workers().forEach(drawn.size(), (i, workspace) -> {
                EstimatedQuery query = drawn.get(i);
                double copy = Math.max(noCopy, EstimatedQuery.lost(projected, query.number) / 2);
                NearKeys found = query.nearKeys(pass.theta(), SAMPLE, copy, parts, workspace);
                near[query.number] = found == null ? near[query.number] : found;
            });
            open = EstimatedQuery.open(drawn);
        }
        return near;
    }

    /** Returns the variance of score − estimate by rounding to codes, if the errors of a key had directions by chance. */
    private double ofCodes() {
        float[] deviations = components.deviations();
        double variance = 0;
        for (int i = 0; i < deviations.length; i++) {
            double square = (double) deviations[i] * deviations[i];
            variance += CODE_ERRORS[i] * square * square * components.count() / deviations.length;
        }
        return variance;
    }

    private static List<List<Keys>> ranges(Snapshot snapshot) {
        long length = Math.min(RANGE, snapshot.rows() / RANGES);
        return LongStream.range(0, RANGES)
                .map(i -> (snapshot.rows() - length) * i / (RANGES - 1))
                .mapToObj(first -> snapshot.range(first, first + length))
                .toList();
    }

    private static double quantile(double[] ascending, double share) {
        return ascending[(int) (share * ascending.length)];
    }

    private static DoubleStream fromMedian(double[] differences) {
        double[] ascending = differences.clone();
        Arrays.sort(ascending);
        return Arrays.stream(ascending).map(difference -> difference - quantile(ascending, 0.5));
    }
}
