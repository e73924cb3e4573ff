package io.github.afterimage.engine;

import java.util.Arrays;

/**
 * Estimates the class sums of one query from the estimated terms of all keys and the exact terms of drawn ones: the estimated
 * sums, scaled, plus the differences of the drawn terms, each divided by the probability of its key to be drawn (Horvitz and
 * Thompson).
 *
 * <p>The variance of a class is the greater of two: the one that the drawn keys show, and the one that is expected from the
 * spread of the estimates. The first alone would be too small for a few keys of very unequal differences. The scale has an error
 * of its own, which all classes share.
 */
final class SampledSums {
    /**
     * Standard errors of a half width. 99 % of normally distributed errors are within 2.6, but these have long tails, and the
     * greatest error of all classes counts ({@code SampledSumsTest}).
     */
    private static final double ERRORS = 3;
    /** Classes without influence on a probability are drawn a little too. */
    private static final double LEAST_INFLUENCE = 0.02;
    /** Weight of a key that is drawn in any case. */
    private static final double SURE = 1e-12;

    private final DrawnKeys drawn;
    private final double[] estimated;
    /** Variance of exact over estimated terms, relative to the square of their mean. */
    private final double relativeVariance;

    final float[] rates;
    /** The probability of each drawn key to be in a sample of the size 1. */
    private final double[] chances;

    /**
     * @param drawn at least one of its sums is positive
     * @param spread standard deviation of the exponents θ (score − estimate)
     */
    SampledSums(DrawnKeys drawn, double spread) {
        this.drawn = drawn;
        estimated = drawn.sums();
        relativeVariance = Math.expm1(spread * spread);
        rates = rates(estimated);
        chances = new double[drawn.rows().length];
        for (int i = 0; i < chances.length; i++) {
            chances[i] = (double) rates[drawn.labels()[i]] * drawn.terms()[i];
        }
    }

    /** Returns the places of the drawn keys of a sample. */
    int[] sample(double size) {
        int[] sample = new int[chances.length];
        int count = 0;
        for (int i = 0; i < sample.length; i++) {
            sample[count] = i;
            count += drawn.random()[i] < size * chances[i] ? 1 : 0;
        }
        return Arrays.copyOf(sample, count);
    }

    /** Returns the probability of a drawn key to be in a sample. */
    private double probability(int i, double size) {
        return Math.min(1, size * chances[i]);
    }

    /**
     * Returns the factor of each class such that a sample of size s holds at most s keys in the mean. A key counts as much as its
     * class can change a probability.
     *
     * @param estimated sums of the estimated terms by class; if all are zeros, so are the factors
     */
    static float[] rates(double[] estimated) {
        double total = 0;
        double first = 0;
        double second = 0;
        for (double sum : estimated) {
            total += sum;
            second = Math.max(second, Math.min(first, sum));
            first = Math.max(first, sum);
        }
        double[] influence = new double[estimated.length];
        double all = 0;
        for (int c = 0; c < influence.length; c++) {
            double other = estimated[c] == first ? second : first;
            influence[c] = Math.max(LEAST_INFLUENCE, Math.max(total - estimated[c], other) / total);
            all += influence[c] * estimated[c];
        }
        float[] result = new float[influence.length];
        for (int c = 0; c < result.length; c++) {
            result[c] = total > 0 ? (float) (influence[c] / all) : 0;
        }
        return result;
    }

    /**
     * Probabilities from a sample.
     *
     * @param total the sum of all terms
     * @param halfWidth that of an interval of 99 % around each probability
     */
    record Estimate(double[] probabilities, double total, double halfWidth) {}

    /**
     * Computes probabilities from a sample.
     *
     * @param sample places of drawn keys
     * @param exact the exact terms of drawn keys, with weights
     */
    Estimate estimate(int[] sample, double[] exact, double size) {
        Scale scale = scale(sample, exact, size);
        double[] sums = new double[estimated.length];
        double[] variances = new double[sums.length];
        // Estimated sums of the keys that are not in the sample.
        double[] open = estimated.clone();
        // Estimated sums less the terms of the sample, each divided by its probability; the scale multiplies them.
        double[] scaled = estimated.clone();
        for (int c = 0; c < sums.length; c++) {
            sums[c] = scale.value * estimated[c];
        }
        for (int i : sample) {
            double term = drawn.terms()[i];
            double probability = probability(i, size);
            double difference = (exact[i] - scale.value * term) / probability;
            int label = drawn.labels()[i];
            sums[label] += difference;
            variances[label] += (1 - probability) * difference * difference;
            open[label] -= term;
            scaled[label] -= term / probability;
        }
        double total = 0;
        double allVariance = 0;
        double allScaled = 0;
        for (int c = 0; c < sums.length; c++) {
            // A key with the term t and the probability π adds variance (scale t)² (1 − π) / π, and π = size rate t.
            variances[c] = Math.max(
                    variances[c],
                    relativeVariance * scale.cautious * scale.cautious * Math.max(0, open[c]) / (size * rates[c]));
            sums[c] = Math.max(0, sums[c]);
            total += sums[c];
            allVariance += variances[c];
            allScaled += scaled[c];
        }
        double greatest = 0;
        for (int c = 0; c < sums.length; c++) {
            double p = sums[c] / total;
            // The sum over all classes k of (1[k = c] − p)² times their variance.
            double ofDraws = (1 - 2 * p) * variances[c] + p * p * allVariance;
            double ofScale = scale.cautious * (scaled[c] - p * allScaled);
            greatest = Math.max(greatest, ofDraws + scale.variance * ofScale * ofScale);
            sums[c] = p;
        }
        return new Estimate(sums, total, total > 0 ? ERRORS * Math.sqrt(greatest) / total : Double.POSITIVE_INFINITY);
    }

    /**
     * The ratio of exact to estimated sums.
     *
     * @param cautious the scale for variances: a few keys may have small ratios by chance
     * @param variance relative to the square of the scale
     */
    private record Scale(double value, double cautious, double variance) {}

    /**
     * Returns the scale of the keys that are drawn by chance, because the keys that are not drawn are like them. Keys that are
     * drawn in any case say little about others. The scale is at most so large that chance cannot explain it.
     */
    private Scale scale(int[] sample, double[] exact, double size) {
        double exactTerms = 0;
        double estimatedTerms = 0;
        double squares = 0;
        for (int i : sample) {
            double probability = probability(i, size);
            double weight = (1 - probability) / probability + SURE;
            double term = weight * drawn.terms()[i];
            exactTerms += weight * exact[i];
            estimatedTerms += term;
            squares += term * term;
        }
        if (!(estimatedTerms > 0)) {
            return new Scale(1, 1, relativeVariance);
        }
        double greatest = (1 + relativeVariance) * (1 + relativeVariance);
        double value = Math.min(exactTerms / estimatedTerms, greatest);
        double keys = estimatedTerms * estimatedTerms / squares;
        return new Scale(value, Math.max(value, (keys * value + 1) / (keys + 1)), relativeVariance / keys);
    }
}
