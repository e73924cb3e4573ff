package io.github.afterimage.experiments.statistics;

import java.util.Arrays;
import java.util.Random;
import java.util.function.ToDoubleFunction;

/** Intervals of statistics whose distribution is not known, by drawing the items again (Efron, 1979). */
public final class Bootstrap {
    private static final int DRAWS = 1_000;

    private Bootstrap() {}

    /**
     * Returns the 95 % percentile interval of a statistic.
     *
     * @param items number of items, such as images; at least 1
     * @param statistic receives as many numbers of items, with repetitions
     * @param seed of the draws
     */
    public static Interval interval(int items, ToDoubleFunction<int[]> statistic, long seed) {
        Random random = new Random(seed);
        double[] values = new double[DRAWS];
        for (int i = 0; i < DRAWS; i++) {
            values[i] = statistic.applyAsDouble(random.ints(items, 0, items).toArray());
        }
        return Interval.ofPercentiles(values, Gain.CONFIDENCE);
    }

    /** Returns the 95 % percentile interval of the mean of values, of which there is at least one. */
    public static Interval ofMean(double[] values, long seed) {
        return interval(
                values.length,
                drawn -> Arrays.stream(drawn)
                        .mapToDouble(i -> values[i])
                        .average()
                        .orElseThrow(),
                seed);
    }
}
