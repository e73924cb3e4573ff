package io.github.afterimage.experiments.statistics;

import java.util.Arrays;
import java.util.Random;
import java.util.function.ToDoubleFunction;
import org.apache.commons.statistics.distribution.BetaDistribution;

/** A confidence interval, of a probability or of another statistic. */
public record Interval(double low, double high) {
    private static final int DRAWS = 1_000;

    /**
     * Returns the exact confidence interval of a binomial probability (Clopper and Pearson, 1934).
     *
     * @param events 0 to {@code trials}
     * @param trials positive
     * @param confidence such as 0.95, between 0 and 1
     * @throws IllegalArgumentException if one is out of range
     */
    public static Interval clopperPearson(long events, long trials, double confidence) {
        if (trials < 1 || events < 0 || events > trials) {
            throw new IllegalArgumentException(
                    events + " events of " + trials + " trials: expected 0 to trials, and at least one trial");
        }
        if (!(confidence > 0 && confidence < 1)) {
            throw new IllegalArgumentException("confidence " + confidence + " is outside 0..1");
        }
        double tail = (1 - confidence) / 2;
        return new Interval(
                events == 0 ? 0 : quantile(events, trials - events + 1, tail),
                events == trials ? 1 : quantile(events + 1, trials - events, 1 - tail));
    }

    /**
     * Returns the 95 % percentile interval of a statistic whose distribution is not known, by drawing the items again (Efron,
     * 1979).
     *
     * @param items number of items, such as images; at least 1
     * @param statistic receives as many numbers of items, with repetitions
     * @param seed of the draws
     */
    public static Interval bootstrap(int items, ToDoubleFunction<int[]> statistic, long seed) {
        Random random = new Random(seed);
        double[] values = new double[DRAWS];
        for (int i = 0; i < DRAWS; i++) {
            values[i] = statistic.applyAsDouble(random.ints(items, 0, items).toArray());
        }
        return ofPercentiles(values, Gain.CONFIDENCE);
    }

    /** Returns the same of the mean of values, of which there is at least one. */
    public static Interval ofMean(double[] values, long seed) {
        return bootstrap(
                values.length,
                drawn -> Arrays.stream(drawn)
                        .mapToDouble(i -> values[i])
                        .average()
                        .orElseThrow(),
                seed);
    }

    /**
     * Returns the percentile interval of resamples.
     *
     * @param resamples the statistic of each resample, at least one; not changed
     * @param confidence such as 0.95, between 0 and 1
     */
    public static Interval ofPercentiles(double[] resamples, double confidence) {
        double[] ascending = Arrays.stream(resamples).sorted().toArray();
        int outside = (int) Math.floor((1 - confidence) / 2 * ascending.length);
        return new Interval(ascending[outside], ascending[ascending.length - 1 - outside]);
    }

    private static double quantile(double alpha, double beta, double probability) {
        return BetaDistribution.of(alpha, beta).inverseCumulativeProbability(probability);
    }
}
