package io.github.afterimage.answer;

import java.util.Arrays;
import java.util.function.IntToDoubleFunction;

/**
 * The greatest doubt of an answer that is not uncertain, as {@link Tuner} finds it with labelled examples.
 *
 * <p>The doubt of an answer is the entropy of its probabilities in nats, −Σ p log p: 0 if one class is certain, and log C if C classes are
 * equally probable. A memory that answers alone may be certain of a class only because all others are farther. Its doubt has
 * max(0, Σ p_c d_c − 2) added: d_c = (1 − zᵀm_c) / (1 − R_c) is how far the query is from the direction of a class, and R_c the mean of μ_kᵀm_c over
 * the keys of the class, so that an ordinary query has 1.
 *
 * <pre>{@code
 * try (CacheIndex index = CacheIndex.open(Path.of("cache.safetensors"))) {
 *     Answer.Row row = index.query(new float[index.dim()]).row(0);
 *     System.out.println(index.calibration(Calibration.ALONE).isUncertain(row.doubt()) ? "not sure" : "class " + row.best());
 * }
 * }</pre>
 *
 * @param most the threshold: answers of more doubt are uncertain
 * @param share the share of the examples that may be above it
 */
public record DoubtThreshold(double most, double share) {
    /** The distance up to which a query is ordinary. With 0, more of the surest answers are wrong: see "Unknown images" in models/README.md. */
    private static final double ORDINARY = 2;

    /** The usual share: one example in a hundred. */
    public static final double SHARE = 0.01;

    /** @throws IllegalArgumentException if the threshold is negative or not finite, or the share is not at least 0 and less than 1 */
    public DoubtThreshold {
        AnswerRule.check("doubt", most);
        checkShare(share);
    }

    static double checkShare(double share) {
        if (!(share >= 0 && share < 1)) {
            throw new IllegalArgumentException(
                    "share " + share + " of examples above the threshold of doubt: expected 0 or more and less than 1");
        }
        return share;
    }

    /** Returns the least threshold that at most a share of some examples is above. */
    static DoubtThreshold of(double[] doubts, double share) {
        double[] ascending = doubts.clone();
        Arrays.sort(ascending);
        return new DoubtThreshold(
                ascending[ascending.length - 1 - (int) (checkShare(share) * ascending.length)], share);
    }

    /** Returns the doubt of an answer with these probabilities. */
    public static double doubt(double[] probabilities) {
        return doubt(probabilities.length, c -> probabilities[c]);
    }

    /**
     * Returns the doubt of an answer of the memory alone.
     *
     * @param probabilities {@code (classes)}, by the rule
     * @param memory the answer that the rule was applied to
     */
    public static double alone(double[] probabilities, Answer.Row memory) {
        return doubt(probabilities) + Math.max(0, memory.distance(probabilities) - ORDINARY);
    }

    /** Returns the doubt of an answer with these probabilities of classes. */
    public static double doubt(int classes, IntToDoubleFunction probability) {
        double doubt = 0;
        for (int c = 0; c < classes; c++) {
            double p = probability.applyAsDouble(c);
            doubt -= p > 0 ? p * Math.log(p) : 0;
        }
        return Math.max(0, doubt); // rounding
    }
}
