package io.github.afterimage.experiments;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CertifiedDistributions;
import io.github.afterimage.Distributions;
import io.github.afterimage.Progress;
import io.github.afterimage.Query;
import io.github.afterimage.model.evaluation.CompatibleIndex;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.evaluation.Stopwatch;
import java.io.IOException;
import java.util.Arrays;

/**
 * Queries an index with every example twice, by its screen and by the plain pass, and compares times and answers. Reducing the queries
 * is not timed.
 */
public final class ScreenComparison {
    private final CacheIndex index;
    private final CacheIndex reduced;
    private final Examples examples;

    /**
     * Prepares the comparison.
     *
     * @param index an index with a screen
     * @throws IllegalArgumentException if the examples do not fit the index
     */
    public ScreenComparison(CacheIndex index, Examples examples) {
        this.index = CompatibleIndex.of(index, examples);
        reduced = this.index.withoutReduction();
        this.examples = examples;
    }

    /**
     * Runs the comparison, one query at a time.
     *
     * @param tolerance the tolerance of probabilities, 1e-6 to 1; 1 asks for the class only
     */
    public ScreenStatistics run(double theta, double tolerance, Progress progress) throws IOException {
        Stopwatch screen = new Stopwatch();
        Stopwatch plain = new Stopwatch();
        long[] refined = new long[examples.size()];
        int[] counts = new int[3];
        examples.forEachBatch(1, progress, queries -> {
            float[] rows = index.encode(queries.features());
            screen.start();
            CertifiedDistributions certified =
                    reduced.certified(Query.of(rows).thetas(theta).tolerance(tolerance));
            screen.stop();
            plain.start();
            Distributions expected = reduced.query(rows, theta);
            plain.stop();
            for (int row = 0; row < certified.batch(); row++) {
                refined[queries.first() + row] = certified.byScreen(row) ? certified.refined(row) : certified.keys();
                counts[0] += certified.byScreen(row) ? 1 : 0;
                counts[1] += certified.byScreen(row) && certified.refined(row) == 0 ? 1 : 0;
                counts[2] += certified.best(row) == expected.best(row) ? 0 : 1;
            }
        });
        Arrays.sort(refined);
        return new ScreenStatistics(
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
