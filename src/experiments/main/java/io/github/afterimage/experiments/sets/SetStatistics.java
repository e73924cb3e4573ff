package io.github.afterimage.experiments.sets;

import io.github.afterimage.experiments.statistics.Gain;
import io.github.afterimage.experiments.statistics.Interval;
import io.github.afterimage.experiments.statistics.Sample;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** Coverage and size of the sets of test examples. Not thread-safe. */
final class SetStatistics {
    /** Two-sided 95 % of a normal distribution. */
    private static final double STANDARD_ERRORS = 1.96;

    private final double[] thresholds;
    private final long[] examples; // of each class
    private final long[] covered; // of each class
    private final List<Integer> sizes = new ArrayList<>();

    /** @param thresholds of each class; a class whose score is at most its threshold is in the set */
    SetStatistics(double[] thresholds) {
        this.thresholds = thresholds.clone();
        examples = new long[thresholds.length];
        covered = new long[thresholds.length];
    }

    /** Counts the set of the classes whose scores are at most their thresholds. */
    void add(int label, double[] scores) {
        add(
                label,
                IntStream.range(0, scores.length)
                        .filter(c -> scores[c] <= thresholds[c])
                        .boxed()
                        .toList());
    }

    /** Counts the set of an example. */
    void add(int label, List<Integer> set) {
        examples[label]++;
        covered[label] += set.contains(label) ? 1 : 0;
        sizes.add(set.size());
    }

    /** Returns the classes that are in every set, because they have too few calibration examples. */
    int[] unlimited() {
        return IntStream.range(0, thresholds.length)
                .filter(c -> thresholds[c] == Double.POSITIVE_INFINITY)
                .toArray();
    }

    /** Returns the share of sets with the true class. */
    double coverage() {
        return (double) sum(covered) / sizes.size();
    }

    /** Returns the 95 % interval of {@link #coverage}, for these thresholds and new examples. */
    Interval coverageInterval() {
        return Interval.clopperPearson(sum(covered), sizes.size(), Gain.CONFIDENCE);
    }

    /** Returns the mean number of classes in a set. */
    double meanSize() {
        return sizes.stream().mapToInt(Integer::intValue).average().orElseThrow();
    }

    /** Returns the 95 % interval of {@link #meanSize} less that of other sets of the same examples. */
    Interval sizeDifference(SetStatistics other) {
        Sample difference = Sample.of(IntStream.range(0, sizes.size())
                .mapToDouble(i -> sizes.get(i) - other.sizes.get(i))
                .toArray());
        double half = STANDARD_ERRORS * difference.standardError();
        return new Interval(difference.mean() - half, difference.mean() + half);
    }

    /** Returns the share of sets with this number of classes. */
    double share(int size) {
        return (double) sizes.stream().filter(each -> each == size).count() / sizes.size();
    }

    /** Returns the class with the least {@link #coverage(int)}, the first of equals. */
    int worstClass() {
        int worst = -1;
        for (int c = 0; c < examples.length; c++) {
            if (examples[c] > 0 && (worst < 0 || coverage(c) < coverage(worst))) {
                worst = c;
            }
        }
        return worst;
    }

    /** Returns the share of sets with the true class among the examples of a class; NaN without any. */
    double coverage(int label) {
        return (double) covered[label] / examples[label];
    }

    private static long sum(long[] counts) {
        return Arrays.stream(counts).sum();
    }
}
