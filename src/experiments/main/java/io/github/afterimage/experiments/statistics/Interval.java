package io.github.afterimage.experiments.statistics;

import org.apache.commons.statistics.distribution.BetaDistribution;

/** A confidence interval. */
public record Interval(double low, double high) {
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

    private static double quantile(double alpha, double beta, double probability) {
        return BetaDistribution.of(alpha, beta).inverseCumulativeProbability(probability);
    }
}
