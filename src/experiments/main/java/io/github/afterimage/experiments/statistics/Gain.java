package io.github.afterimage.experiments.statistics;

import java.util.Arrays;
import java.util.BitSet;
import java.util.Locale;
import org.apache.commons.statistics.distribution.BinomialDistribution;
import org.apache.commons.statistics.distribution.NormalDistribution;

/**
 * The numbers of answers that a memory corrects and breaks, with their significance.
 *
 * @param corrected the number of answers that only the model with the memory has right
 * @param broken the number of answers that only the model without the memory has right
 * @param examples the number of all answers
 * @param share the part of an independent answer that each counts for; less than 1 if answers depend on each other
 * @param p the two-sided p-value of McNemar's exact test; where examples are in groups, that of the exact permutation test of the
 *     groups
 */
public record Gain(long corrected, long broken, long examples, double share, double p) {
    /** The confidence of intervals; a difference is significant if p is below 1 − this, the usual 0.05. */
    public static final double CONFIDENCE = 0.95;

    /** Makes a gain of independent answers. */
    public Gain(long corrected, long broken, long examples) {
        this(corrected, broken, examples, 1);
    }

    /** Makes a gain of answers that are not in groups. */
    public Gain(long corrected, long broken, long examples, double share) {
        this(corrected, broken, examples, share, dependent(p(corrected, broken), share));
    }

    /**
     * Counts differences of two models on examples in groups.
     *
     * @param groups that of each example, not negative
     * @param differences 1 for an answer that is corrected, -1 for one that is broken, else 0
     * @param share the part of an independent answer that each would count for without the groups
     */
    public static Gain ofGroups(int[] groups, int[] differences, double share) {
        int[] ofGroups = GroupTest.sums(groups, differences);
        long corrected = Arrays.stream(differences).filter(each -> each > 0).count();
        long broken = Arrays.stream(differences).filter(each -> each < 0).count();
        double squares = Arrays.stream(ofGroups)
                .mapToDouble(each -> (double) each * each)
                .sum();
        double effect =
                Math.max(1, squares / Math.max(1, corrected + broken)); // of the groups (Eliasziw and Donner, 1991)
        double p = dependent(GroupTest.p(ofGroups), share);
        return new Gain(corrected, broken, groups.length, share / effect, p);
    }

    /**
     * Returns the p-value of answers that depend on each other from that of as many independent ones: the variance of their sum is
     * greater by 1 / share, so the standard score is smaller by its root.
     */
    private static double dependent(double p, double share) {
        NormalDistribution normal = NormalDistribution.of(0, 1);
        return share == 1
                ? p
                : 2 * normal.survivalProbability(Math.sqrt(share) * normal.inverseSurvivalProbability(p / 2));
    }

    /** Returns the gain of so many times as many answers, with the same shares. */
    public Gain times(double factor) {
        return new Gain(
                Math.round(factor * corrected), Math.round(factor * broken), Math.round(factor * examples), share);
    }

    /** Returns the number of independent answers that were changed. */
    public long changes() {
        return counted(corrected) + counted(broken);
    }

    private long counted(long answers) {
        return Math.round(share * answers);
    }

    /**
     * Compares the wrong answers of two models.
     *
     * @param without the places of those of the model without the memory, or of a baseline
     * @param with those of the other model
     */
    public static Gain of(BitSet without, BitSet with, long examples) {
        return new Gain(difference(without, with), difference(with, without), examples);
    }

    private static int difference(BitSet some, BitSet others) {
        BitSet left = (BitSet) some.clone();
        left.andNot(others);
        return left.cardinality();
    }

    /**
     * Returns the two-sided p-value of McNemar's test of two classifiers on the same examples (1947), in its exact form: the
     * probability of a division at least as uneven of the examples on which the two differ, if neither is better.
     *
     * @param corrected the number of examples that only the second has right, not negative
     * @param broken the number of examples that only the first has right, not negative
     * @throws IllegalArgumentException if one is negative, or both together exceed an int
     */
    public static double p(long corrected, long broken) {
        if (corrected < 0 || broken < 0 || corrected + broken > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(corrected + " corrected and " + broken
                    + " broken: expected numbers that are not negative, together at most " + Integer.MAX_VALUE);
        }
        int trials = (int) (corrected + broken);
        return trials == 0
                ? 1
                : Math.min(
                        1,
                        2
                                * BinomialDistribution.of(trials, 0.5)
                                        .cumulativeProbability((int) Math.min(corrected, broken)));
    }

    /** Returns whether so many changes would be significant if all were corrections. */
    public boolean couldBeClear() {
        return new Gain(corrected + broken, 0, examples, share).isClear();
    }

    /** Returns whether the memory helps significantly. */
    public boolean isClear() {
        return corrected > broken && p() < 1 - CONFIDENCE;
    }

    /** Returns whether the memory hurts significantly. */
    public boolean isClearLoss() {
        return corrected < broken && p() < 1 - CONFIDENCE;
    }

    /**
     * Returns the 95 % interval of the number of errors that the memory avoids; negative bounds are additional errors. It
     * follows from the exact interval of the share of corrected answers among the corrected and broken ones. There must be at least
     * one {@linkplain #changes change}.
     */
    public Interval fewerErrors() {
        Interval right = Interval.clopperPearson(counted(corrected), changes(), CONFIDENCE);
        long changed = corrected + broken;
        return new Interval(changed * (2 * right.low() - 1), changed * (2 * right.high() - 1));
    }

    /** Returns {@link #fewerErrors} of a clear gain in words, such as {@code 1 to 6}; it avoids one error at least. */
    public String avoidedErrors() {
        Interval fewer = fewerErrors();
        return count(Math.max(1, Math.round(fewer.low()))) + " to " + count(Math.round(fewer.high()));
    }

    /** Returns a description for a reader without statistics. */
    public String words() {
        if (corrected + broken == 0) {
            return "The memory changes no answer between right and wrong.";
        }
        String counts = "Of " + count(examples) + " answers the memory corrects " + count(corrected) + " and breaks "
                + count(broken) + ". ";
        String difference = " such a difference (McNemar's test: p " + equalsProbability(p()) + "). ";
        if (isClear()) {
            return counts + "Chance alone rarely gives" + difference + "The memory helps here: it avoids "
                    + avoidedErrors() + " errors (95 % interval).";
        }
        if (isClearLoss()) {
            return counts + "Chance alone rarely gives" + difference + "The memory hurts here.";
        }
        return counts + "Chance alone may give" + difference + "These images do not show that the memory helps.";
    }

    private static String count(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    /** Returns {@code = 0.0312}, {@code = 9.7e-07} below one thousandth, and {@code < 1e-300} below that. */
    private static String equalsProbability(double p) {
        return p < 1e-300 ? "< 1e-300" : String.format(Locale.ROOT, p < 1e-3 ? "= %.1e" : "= %.4f", p);
    }
}
