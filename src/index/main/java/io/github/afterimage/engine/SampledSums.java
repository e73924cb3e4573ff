package io.github.afterimage.engine;

/**
 * Estimates the class sums of one query from the estimated terms of all keys and the exact terms of drawn ones: the estimated
 * sums, scaled, plus the differences of the drawn terms, each divided by the probability of its key to be drawn (Horvitz and
 * Thompson).
 *
 * <p>The variance of a class is the greater of two: the one that the drawn keys show, and the one that is expected from the
 * spread of the estimates. The first alone would be too small for a few keys of very unequal differences.
 */
final class SampledSums {
    /**
     * Standard errors of a half width. 99 % of normally distributed errors are within 2.6, but these have long tails, and the
     * greatest error of all classes counts ({@code SampledSumsTest}).
     */
    private static final double ERRORS = 3;
    /** Classes without influence on a probability are drawn a little too. */
    private static final double LEAST_INFLUENCE = 0.02;

    private final double[] estimated;
    /** Variance of exact over estimated terms, relative to the square of their mean. */
    private final double relativeVariance;

    private final float[] rates;
    private final double[] sums;
    private final double[] probabilities;
    /** Variances of the sums. */
    private final double[] variances;

    /** Estimated sums of the keys that are not in the sample. */
    private final double[] open;

    private double total;

    /**
     * @param estimated sums of the estimated terms of all keys, by class; at least one is positive
     * @param spread standard deviation of the exponents θ (score − estimate)
     */
    SampledSums(double[] estimated, double spread) {
        this.estimated = estimated;
        relativeVariance = Math.expm1(spread * spread);
        int classes = estimated.length;
        sums = new double[classes];
        probabilities = new double[classes];
        variances = new double[classes];
        open = new double[classes];
        rates = rates();
    }

    /** A key counts as much as its class can change a probability. */
    private float[] rates() {
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
            result[c] = (float) (influence[c] / all);
        }
        return result;
    }

    /** Returns the factor of each class such that a sample of size s holds at most s keys in the mean. */
    float[] ratesOfClasses() {
        return rates;
    }

    /**
     * Computes probabilities from a sample.
     *
     * @param exact the exact terms of its keys, with weights
     * @return the half width of an interval of 99 % around each probability
     */
    double estimate(DrawnKeys drawn, int[] sample, double[] exact, double size) {
        double scale = scale(drawn, sample, exact, size);
        for (int c = 0; c < sums.length; c++) {
            sums[c] = scale * estimated[c];
            variances[c] = 0;
            open[c] = estimated[c];
        }
        for (int i : sample) {
            double probability = drawn.probability(i, size);
            double difference = (exact[i] - scale * drawn.term(i)) / probability;
            int label = drawn.label(i);
            sums[label] += difference;
            variances[label] += (1 - probability) * difference * difference;
            open[label] -= drawn.term(i);
        }
        return halfWidth(scale, size);
    }

    /** Returns the ratio of exact to estimated sums, at most so large that chance cannot explain it. */
    private double scale(DrawnKeys drawn, int[] sample, double[] exact, double size) {
        double exactSum = 0;
        double estimatedSum = 0;
        for (int i : sample) {
            double probability = drawn.probability(i, size);
            exactSum += exact[i] / probability;
            estimatedSum += drawn.term(i) / probability;
        }
        return estimatedSum == 0
                ? 1
                : Math.min(exactSum / estimatedSum, (1 + relativeVariance) * (1 + relativeVariance));
    }

    private double halfWidth(double scale, double size) {
        total = 0;
        double allVariance = 0;
        for (int c = 0; c < sums.length; c++) {
            // A key with the term t and the probability π adds variance (scale t)² (1 − π) / π, and π = size rate t.
            variances[c] =
                    Math.max(variances[c], relativeVariance * scale * scale * Math.max(0, open[c]) / (size * rates[c]));
            sums[c] = Math.max(0, sums[c]);
            total += sums[c];
            allVariance += variances[c];
        }
        if (!(total > 0)) {
            return Double.POSITIVE_INFINITY;
        }
        double greatest = 0;
        for (int c = 0; c < sums.length; c++) {
            double p = sums[c] / total;
            probabilities[c] = p;
            // The sum over all classes k of (1[k = c] − p)² times their variance.
            greatest = Math.max(greatest, (1 - 2 * p) * variances[c] + p * p * allVariance);
        }
        return ERRORS * Math.sqrt(greatest) / total;
    }

    /** The sum of all terms of the last estimate. */
    double total() {
        return total;
    }

    /** The probabilities of the last estimate. */
    double[] probabilities() {
        return probabilities;
    }
}
