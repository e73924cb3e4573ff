package io.github.afterimage.experiments.statistics;

import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.apache.commons.statistics.distribution.BinomialDistribution;

/**
 * Tests for answers to examples in groups, such as frames of videos: the examples of a group depend on each other, the groups do
 * not.
 */
final class GroupTest {
    private GroupTest() {}

    /**
     * Returns the sum over each group.
     *
     * @param groups the group of each value, not negative
     */
    static int[] sums(int[] groups, int[] values) {
        int[] sums = new int[Arrays.stream(groups).max().orElse(-1) + 1];
        for (int i = 0; i < groups.length; i++) {
            sums[groups[i]] += values[i];
        }
        return sums;
    }

    /**
     * Returns the two-sided p-value of the exact permutation test of paired differences (Fisher, 1935): the probability of a sum at
     * least as far from 0 if each difference has either sign with the same probability. Where all differences are 1, it is that of
     * McNemar's exact test.
     *
     * @param differences one for each group
     */
    static double p(int[] differences) {
        Map<Integer, Integer> counts = new TreeMap<>();
        Arrays.stream(differences)
                .filter(each -> each != 0)
                .forEach(each -> counts.merge(Math.abs(each), 1, Integer::sum));
        double[] chances = {1}; // of each sum of the differences that are counted as positive, divided by nothing
        for (Map.Entry<Integer, Integer> each : counts.entrySet()) {
            chances = with(chances, each.getKey(), each.getValue());
        }
        int total = chances.length - 1;
        int observed = Math.abs(Arrays.stream(differences).sum());
        double p = 0;
        for (int positive = 0; positive <= total; positive++) {
            p += Math.abs(2 * positive - total) >= observed ? chances[positive] : 0;
        }
        return Math.min(1, p);
    }

    /** Adds so many differences of one size, each of which is positive with probability 1/2. */
    private static double[] with(double[] chances, int size, int count) {
        BinomialDistribution positive = BinomialDistribution.of(count, 0.5);
        double[] more = new double[chances.length + size * count];
        for (int j = 0; j <= count; j++) {
            double chance = positive.probability(j);
            for (int i = 0; i < chances.length; i++) {
                more[i + size * j] += chance * chances[i];
            }
        }
        return more;
    }

    /**
     * Returns the design effect of a rate: by which factor its variance is greater than that of as many independent examples (Kish,
     * 1965), at least 1. If all examples are alike, the groups are taken to be alike within.
     *
     * @param events 1 for each example that counts, else 0
     */
    static double designEffect(int[] groups, int[] events) {
        int[] found = sums(groups, events);
        int[] sizes = sums(groups, Arrays.stream(groups).map(each -> 1).toArray());
        double examples = groups.length;
        double rate = Arrays.stream(found).sum() / examples;
        double squares = 0;
        double independent = examples * rate * (1 - rate);
        double most = 0;
        for (int group = 0; group < sizes.length; group++) {
            double excess = found[group] - rate * sizes[group];
            squares += excess * excess;
            most += (double) sizes[group] * sizes[group] / examples;
        }
        return Math.max(1, independent == 0 ? most : Math.min(most, squares / independent));
    }
}
