package io.github.afterimage.experiments.statistics;

import org.apache.commons.statistics.distribution.BinomialDistribution;

/** McNemar's test of two classifiers on the same examples (1947), in its exact form. */
public final class McNemar {
    private McNemar() {}

    /**
     * Returns the two-sided p-value, in 0..1: the probability of a division at least as uneven of the examples on which the
     * two classifiers differ, if neither is better.
     *
     * @param corrected the number of examples that only the second has right, not negative
     * @param broken the number of examples that only the first has right, not negative
     * @throws IllegalArgumentException if one is negative, or both together exceed an int
     */
    public static double exact(long corrected, long broken) {
        if (corrected < 0 || broken < 0) {
            throw new IllegalArgumentException(
                    corrected + " corrected and " + broken + " broken: expected numbers that are not negative");
        }
        long trials = corrected + broken;
        if (trials > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(trials + " examples differ: expected at most " + Integer.MAX_VALUE);
        }
        if (trials == 0) {
            return 1;
        }
        double tail =
                BinomialDistribution.of((int) trials, 0.5).cumulativeProbability((int) Math.min(corrected, broken));
        return Math.min(1, 2 * tail);
    }
}
