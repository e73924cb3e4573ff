package io.github.afterimage.experiments;

import io.github.afterimage.Answer;
import io.github.afterimage.CacheIndex;
import io.github.afterimage.Progress;
import io.github.afterimage.Query;
import io.github.afterimage.model.evaluation.CompatibleIndex;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.evaluation.Stopwatch;
import java.io.IOException;
import java.util.Arrays;

/**
 * Queries an index with every example twice, by its sketch and by the plain pass, and compares times and answers. Reducing the queries
 * is not timed.
 */
public final class SketchComparison {
    /** Maximum error of a probability from a pass that does not round queries. */
    private static final double ROUNDING = 2e-5;

    private final CacheIndex index;
    private final CacheIndex reduced;
    /** Its queries are not rounded, so that answers can be compared with its answers. */
    private final CacheIndex precise;

    private final Examples examples;

    /**
     * Prepares the comparison.
     *
     * @param index an index with a sketch
     * @throws IllegalArgumentException if the examples do not fit the index
     */
    public SketchComparison(CacheIndex index, Examples examples) {
        this.index = CompatibleIndex.of(index, examples);
        reduced = this.index.withoutReduction();
        precise = reduced.withEngine(index.engine().precise(index.format().type()));
        this.examples = examples;
    }

    /**
     * Runs the comparison, one query at a time. The first query is asked twice: the index measures then how wide
     * intervals must be, which is not timed.
     *
     * @param tolerance maximum half width, 1e-4 to 1
     */
    public SketchStatistics run(double theta, double tolerance, Progress progress) throws IOException {
        Stopwatch sketch = new Stopwatch();
        Stopwatch plain = new Stopwatch();
        long[] read = new long[examples.size()];
        double[] errors = new double[examples.size()];
        int[] counts = new int[4];
        examples.forEachBatch(1, progress, queries -> {
            float[] rows = index.encode(queries.features());
            Query query = Query.of(rows).thetas(theta).tolerance(tolerance);
            if (queries.first() == 0) {
                reduced.answer(query); // measures intervals
            }
            sketch.start();
            Answer estimated = reduced.answer(query);
            sketch.stop();
            plain.start();
            Answer rounded = reduced.query(rows, theta);
            plain.stop();
            Answer expected = precise.engine() == reduced.engine() ? rounded : precise.query(rows, theta);
            for (int row = 0; row < estimated.batch(); row++) {
                double error = error(estimated, expected, row);
                read[queries.first() + row] = estimated.row(row).keysRead();
                errors[queries.first() + row] = error;
                counts[0] += error <= estimated.row(row).halfWidth() + ROUNDING ? 1 : 0;
                counts[1] += error <= tolerance + ROUNDING ? 0 : 1;
                counts[2] += estimated.row(row).best() == expected.row(row).best() ? 0 : 1;
                counts[3] += estimated.row(row).keysRead() == estimated.keys() ? 1 : 0;
            }
        });
        double mean = Arrays.stream(read).average().orElse(0);
        Arrays.sort(read);
        Arrays.sort(errors);
        return new SketchStatistics(
                read.length,
                counts[0],
                counts[1],
                errors[(int) (errors.length * 99L / 100)],
                counts[2],
                counts[3],
                mean,
                read[read.length / 2],
                read[(int) (read.length * 99L / 100)],
                sketch.seconds(),
                plain.seconds());
    }

    private static double error(Answer estimated, Answer expected, int row) {
        double error = 0;
        for (int label = 0; label < expected.width(); label++) {
            error = Math.max(
                    error,
                    Math.abs((double) estimated.row(row).probability(label)
                            - expected.row(row).probability(label)));
        }
        return error;
    }

    /**
     * The result of a {@link SketchComparison}.
     *
     * @param covered the number of queries whose probabilities are all within the half width of the query
     * @param beyond the number of queries with a probability that is off by more than the tolerance
     * @param errorPercentile99 the 99th percentile of the greatest error of a probability of a query
     * @param differing the number of queries whose exact answer has another class
     * @param plain the number of queries that the plain pass answered
     * @param readMean the mean number of keys that were read
     * @param sketchSeconds the duration of the estimated queries
     * @param plainSeconds the duration of the plain pass over the same queries
     */
    public record SketchStatistics(
            int queries,
            int covered,
            int beyond,
            double errorPercentile99,
            int differing,
            int plain,
            double readMean,
            long readMedian,
            long readPercentile99,
            double sketchSeconds,
            double plainSeconds) {}
}
