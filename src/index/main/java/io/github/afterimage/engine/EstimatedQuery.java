package io.github.afterimage.engine;

import io.github.afterimage.keys.Keys;
import io.github.afterimage.platform.Resources;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * One query of a batch whose answer is estimated.
 *
 * @param all the queries
 * @param projected the components of the queries
 * @param parts the rows of the keys
 * @param estimates of ranges of these rows
 */
record EstimatedQuery(
        Queries all,
        Queries projected,
        int number,
        List<Keys> parts,
        List<ScoreEstimates> estimates,
        Workspace workspace) {
    static final int FIRST_SAMPLE = 256;
    /** Greatest size of a sample from the first draw. A draw of greater samples takes another pass over the estimates. */
    private static final float FIRST_DRAW = 4096;

    /** Greatest size of a later draw, as a multiple of the sample that is wanted. */
    private static final double NEXT_DRAW = 4;
    /** A draw has at most so many standard deviations more keys than its size. */
    private static final int DEVIATIONS = 8;

    private static final double LEAST_GROWTH = 1.25;
    private static final double GREATEST_GROWTH = 4;
    /** All keys with a term are in a sample of this size. */
    private static final double GREATEST_SIZE = 1e12;
    /** Maximum number of keys that differences are measured of. */
    private static final int MAX_DIFFERENCES = 4096;

    /** Equal queries have equal seeds. */
    private int seed() {
        FloatBuffer row = all.row(number);
        int hash = 1;
        for (int i = 0; i < row.capacity(); i++) {
            hash = 31 * hash + Float.floatToRawIntBits(row.get(i));
        }
        return hash;
    }

    /**
     * The answer.
     *
     * @param logMass log Σ_k w_k exp(θ (φᵀμ_k − 1))
     * @param read keys read
     * @param listed keys whose terms are not negligible
     * @param halfWidth infinite if more keys than allowed would be needed
     */
    record Estimate(double[] probabilities, double logMass, double halfWidth, int read, long listed) {
        private static Estimate none(int read, long listed) {
            return new Estimate(new double[0], Double.NaN, Double.POSITIVE_INFINITY, read, listed);
        }
    }

    /**
     * Draws keys until the half width is within the tolerance.
     *
     * @param most maximum number of keys to read
     */
    Estimate estimate(int classes, Accuracy accuracy, int most) {
        float theta = accuracy.theta();
        float reference = reference();
        double[] estimated = sums(classes, theta, reference);
        SampledSums sums = new SampledSums(estimated, accuracy.spread());
        double omitted = accuracy.omitted();
        double tolerance = accuracy.tolerance();
        int read = 0;
        long listed =
                estimates.stream().mapToLong(range -> range.listed(number)).sum();
        double size = FIRST_SAMPLE;
        int[] rows = {};
        double[] known = {};
        float draw = Math.min(FIRST_DRAW, most);
        while (size < GREATEST_SIZE) {
            try (DrawnKeys drawn = draw(theta, reference, sums.ratesOfClasses(), draw, most)) {
                if (!drawn.complete()) {
                    if (draw < 2 * size) {
                        break;
                    }
                    draw = (float) (1.5 * size);
                    continue;
                }
                double[] terms = terms(drawn, rows, known);
                while (size <= draw) {
                    int[] sample = drawn.sample(size);
                    read += readTerms(drawn, sample, theta, reference, terms);
                    double halfWidth = accuracy.halfWidth(sums.estimate(drawn, sample, terms, size));
                    if (halfWidth <= tolerance) {
                        double logMass = Math.log(sums.total()) + theta * (reference - 1.0);
                        return new Estimate(sums.probabilities(), logMass, halfWidth, read, listed);
                    }
                    if (Double.isNaN(halfWidth)) { // terms overflow
                        return Estimate.none(read, listed);
                    }
                    double ratio = (halfWidth - omitted) / (tolerance - omitted);
                    size *= Math.min(GREATEST_GROWTH, Math.max(LEAST_GROWTH, ratio * ratio));
                }
                rows = IntStream.range(0, drawn.count()).map(drawn::row).toArray();
                known = terms;
            }
            draw = (float) (NEXT_DRAW * size);
        }
        return Estimate.none(read, listed);
    }

    private float reference() {
        float reference = Float.NEGATIVE_INFINITY;
        for (ScoreEstimates range : estimates) {
            reference = Math.max(reference, range.reference(number));
        }
        return reference;
    }

    private double[] sums(int classes, float theta, float reference) {
        double[] sums = new double[classes];
        estimates.forEach(range -> range.addTo(number, theta, reference, sums));
        return sums;
    }

    private DrawnKeys draw(float theta, float reference, float[] rates, float size, int most) {
        float listed = Math.min(most, size);
        int places = (int) (listed + DEVIATIONS * Math.sqrt(listed));
        return Resources.filled(new DrawnKeys(theta, reference, rates, seed(), size, places), drawn -> {
            estimates.forEach(range -> range.addTo(number, drawn));
        });
    }

    /**
     * Returns the exact terms of drawn keys, NaN if unknown.
     *
     * @param rows those of a smaller draw
     * @param known their exact terms
     */
    private static double[] terms(DrawnKeys drawn, int[] rows, double[] known) {
        double[] terms = new double[drawn.count()];
        int next = 0;
        for (int i = 0; i < terms.length; i++) {
            boolean found = next < rows.length && rows[next] == drawn.row(i);
            terms[i] = found ? known[next++] : Double.NaN;
        }
        return terms;
    }

    /** Computes the exact terms of a sample that are not yet known; returns their number. */
    private int readTerms(DrawnKeys drawn, int[] sample, float theta, float reference, double[] terms) {
        int[] unread = IntStream.of(sample).filter(i -> Double.isNaN(terms[i])).toArray();
        try (ExactScores exact = new ExactScores(parts, all, number, workspace)) {
            exact.compute(
                    unread.length,
                    i -> drawn.row(unread[i]),
                    (i, score, weight) -> terms[unread[i]] = weight * Math.exp(theta * (score - reference)));
        }
        return unread.length;
    }

    /**
     * Keys near a query.
     *
     * @param estimates of their scores
     * @param differences score − estimate
     */
    record NearKeys(double[] estimates, double[] differences) {}

    /**
     * Returns keys drawn by their estimated terms, without copies of the query: their difference is nearly that of the query
     * itself, and test images have none.
     *
     * @param wanted number of keys; fewer are returned if there are not as many, or the others have no terms
     * @param noCopy a difference that a key may have without being a copy
     */
    NearKeys nearKeys(int classes, float theta, int wanted, double noCopy) {
        float reference = reference();
        double[] estimated = sums(classes, theta, reference);
        float[] rates = new float[classes];
        Arrays.fill(rates, (float) (1 / DoubleStream.of(estimated).sum()));
        double greatest = Math.max(noCopy, lost(projected, number) / 2);
        NearKeys found = new NearKeys(new double[0], new double[0]);
        for (double size = wanted; found.estimates.length < wanted && size < GREATEST_SIZE; size *= GREATEST_GROWTH) {
            try (DrawnKeys drawn = draw(theta, reference, rates, (float) size, MAX_DIFFERENCES)) {
                if (!drawn.complete()) {
                    break;
                }
                found = nearKeys(drawn, theta, reference, greatest);
            }
        }
        return found;
    }

    private NearKeys nearKeys(DrawnKeys drawn, float theta, float reference, double greatestDifference) {
        double[] near = new double[drawn.count()];
        double[] differences = new double[drawn.count()];
        try (ExactScores exact = new ExactScores(parts, all, number, workspace)) {
            exact.compute(drawn.count(), drawn::row, (i, score, weight) -> {
                near[i] = reference + Math.log(drawn.term(i) / weight) / theta;
                differences[i] = score - near[i];
            });
        }
        int[] others = IntStream.range(0, near.length)
                .filter(i -> differences[i] <= greatestDifference)
                .toArray();
        return new NearKeys(
                IntStream.of(others).mapToDouble(i -> near[i]).toArray(),
                IntStream.of(others).mapToDouble(i -> differences[i]).toArray());
    }

    /** Returns the part of the squared norm of a query that its components do not keep. */
    static double lost(Queries projected, int number) {
        FloatBuffer kept = projected.row(number);
        double squares = 0;
        for (int i = 0; i < kept.capacity(); i++) {
            squares += (double) kept.get(i) * kept.get(i);
        }
        return Math.max(0, 1 - squares);
    }
}
