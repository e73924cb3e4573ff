package io.github.afterimage.experiments.statistics;

import java.util.Comparator;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * The scores of known and of unknown examples, sorted once and counted with any weights, such as those of a bootstrap. A known
 * example should have the greater score.
 *
 * <p>Immutable and thread-safe.
 */
public final class RankedScores {
    /** The share of known examples that pass in {@link Separation#falsePositiveRate}. */
    public static final double TRUE_POSITIVE_RATE = 0.95;

    private final int known;
    private final int[] order; // of all examples, the known ones first, by descending score
    private final boolean[] lastOfEquals;

    /**
     * How well the scores separate known examples from unknown ones.
     *
     * @param auroc the area under the ROC curve: the probability that a known example has a greater score than an unknown one,
     *     where equal scores count half
     * @param falsePositiveRate the share of unknown examples that pass a threshold which at least 95 % of the known ones pass
     */
    public record Separation(double auroc, double falsePositiveRate) {}

    /** @throws IllegalArgumentException if one is empty */
    public RankedScores(double[] known, double[] unknown) {
        if (known.length == 0 || unknown.length == 0) {
            throw new IllegalArgumentException(
                    known.length + " known and " + unknown.length + " unknown examples: expected at least one of each");
        }
        this.known = known.length;
        double[] scores = DoubleStream.concat(DoubleStream.of(known), DoubleStream.of(unknown))
                .toArray();
        order = descending(scores);
        lastOfEquals = new boolean[order.length];
        for (int i = 0; i < order.length; i++) {
            lastOfEquals[i] = i == order.length - 1 || scores[order[i]] != scores[order[i + 1]];
        }
    }

    /** Returns the numbers of all scores, that of the greatest first; equal ones stay in order. */
    static int[] descending(double[] scores) {
        return IntStream.range(0, scores.length)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> -scores[i]))
                .mapToInt(Integer::intValue)
                .toArray();
    }

    /**
     * Counts every example as often as its weight says.
     *
     * @param knownWeights one for each known example, not negative and not all 0
     * @param unknownWeights one for each unknown example, likewise
     */
    public Separation separation(int[] knownWeights, int[] unknownWeights) {
        long allKnown = IntStream.of(knownWeights).asLongStream().sum();
        long allUnknown = IntStream.of(unknownWeights).asLongStream().sum();
        double ordered = 0;
        double falsePositiveRate = Double.NaN;
        long knownBefore = 0;
        long unknownBefore = 0;
        long equalKnown = 0;
        long equalUnknown = 0;
        for (int i = 0; i < order.length; i++) {
            int example = order[i];
            equalKnown += example < known ? knownWeights[example] : 0;
            equalUnknown += example < known ? 0 : unknownWeights[example - known];
            if (lastOfEquals[i]) {
                ordered += equalUnknown * (knownBefore + equalKnown / 2.0);
                knownBefore += equalKnown;
                unknownBefore += equalUnknown;
                equalKnown = 0;
                equalUnknown = 0;
                if (Double.isNaN(falsePositiveRate) && knownBefore >= TRUE_POSITIVE_RATE * allKnown) {
                    falsePositiveRate = (double) unknownBefore / allUnknown;
                }
            }
        }
        return new Separation(ordered / allKnown / allUnknown, falsePositiveRate);
    }
}
