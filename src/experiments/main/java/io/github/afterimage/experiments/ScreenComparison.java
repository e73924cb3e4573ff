package io.github.afterimage.experiments;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CertifiedDistributions;
import io.github.afterimage.Distributions;
import io.github.afterimage.model.evaluation.CompatibleIndex;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.evaluation.Progress;
import io.github.afterimage.model.evaluation.Stopwatch;
import java.io.IOException;
import java.util.Arrays;

/** Asks an index every example twice, by its screen and by the plain pass, and compares time and answers. */
public final class ScreenComparison {
    private final CacheIndex index;
    private final Examples examples;

    /**
     * Examples that are reduced already are compared as they are.
     *
     * @param index has a screen
     * @throws IllegalArgumentException if the examples do not fit the index
     */
    public ScreenComparison(CacheIndex index, Examples examples) {
        this.index = CompatibleIndex.of(index, examples);
        this.examples = examples;
    }

    /**
     * What was seen.
     *
     * @param certified how many queries the screen answered, with the keys refined
     * @param unrefined how many of these needed no key
     * @param refinedMedian half of the queries refined no more keys than this
     * @param refinedPercentile99 99 of 100 queries refined no more keys than this
     * @param differing how many queries the plain pass names another class for, which the screen corrects
     * @param screenSeconds for the certified queries, {@code plainSeconds} for the plain pass over the same
     */
    public record Result(
            int queries,
            int certified,
            int unrefined,
            long refinedMedian,
            long refinedPercentile99,
            int differing,
            double screenSeconds,
            double plainSeconds) {}

    /**
     * Runs the comparison.
     *
     * @param tolerance of probabilities, 1e-6 to 1; 1 asks for the class only
     * @param batch queries in one call
     */
    public Result run(double theta, double tolerance, int batch, Progress progress) throws IOException {
        Stopwatch screen = new Stopwatch();
        Stopwatch plain = new Stopwatch();
        long[] refined = new long[examples.size()];
        int[] counts = new int[3];
        examples.forEachBatch(batch, progress, queries -> {
            screen.start();
            CertifiedDistributions certified = index.certified(queries.features(), theta, tolerance);
            screen.stop();
            plain.start();
            Distributions expected = index.query(queries.features(), theta);
            plain.stop();
            for (int row = 0; row < certified.batch(); row++) {
                refined[queries.first() + row] = certified.refined(row);
                counts[0] += certified.byScreen(row) ? 1 : 0;
                counts[1] += certified.byScreen(row) && certified.refined(row) == 0 ? 1 : 0;
                counts[2] += certified.best(row) == expected.best(row) ? 0 : 1;
            }
        });
        Arrays.sort(refined);
        return new Result(
                refined.length,
                counts[0],
                counts[1],
                refined[refined.length / 2],
                refined[(int) (refined.length * 99L / 100)],
                counts[2],
                screen.seconds(),
                plain.seconds());
    }
}
