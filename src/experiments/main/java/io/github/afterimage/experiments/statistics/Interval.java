package io.github.afterimage.experiments.statistics;

import java.util.Arrays;
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

    /**
     * Returns the interval of a probability that examples in groups tell: that of as many events as independent examples with the
     * same variance would show (Korn and Graubard, 1998).
     *
     * @param groups that of each example, not negative
     * @param events 1 for each example that counts, else 0
     * @param share the part of an independent example that each would count for without the groups
     */
    public static Interval ofGroups(int[] groups, int[] events, double share, double confidence) {
        double counted = share / GroupTest.designEffect(groups, events);
        long found = Arrays.stream(events).sum();
        return clopperPearson(
                Math.round(counted * found), Math.max(1, Math.round(counted * groups.length)), confidence);
    }

    private static double quantile(double alpha, double beta, double probability) {
        return BetaDistribution.of(alpha, beta).inverseCumulativeProbability(probability);
    }
}
