package io.github.afterimage.answer;

import org.jspecify.annotations.Nullable;

/**
 * A rule that makes one answer of a network and a memory: {@link Pool}, or {@link Mixture}, which is the paper's.
 *
 * <p>Immutable and thread-safe.
 */
public sealed interface AnswerRule permits Pool, Mixture {
    /** θ above this is treated as this, because scores are not precise enough for more. */
    double MAX_THETA = 1e9;

    /** The sharpness θ of the memory. */
    double theta();

    /** Whether answers of the memory need {@link Query#evidence}. */
    boolean needsEvidence();

    /** Whether the network has a weight. */
    boolean needsNetwork();

    /**
     * Computes the probabilities of all classes.
     *
     * @param network its probabilities {@code (classes)}, or fewer values: the last classes are those that only the memory has; null
     *     where the memory answers alone
     * @param memory its answer at {@link #theta}, with evidence if the rule needs it
     * @return {@code (classes)}, which add up to 1
     * @throws IllegalArgumentException if the rule has a weight for the network and there is none
     * @throws IllegalStateException if the rule needs evidence and the query did not ask for it
     */
    double[] probabilities(double @Nullable [] network, Answer.Row memory);

    /** Computes the probabilities of all classes; see {@link #probabilities(double[], Answer.Row)}. */
    default double[] probabilities(float @Nullable [] network, Answer.Row memory) {
        return probabilities(network == null ? null : widened(network), memory);
    }

    /** Returns how surely a query shows a remembered picture, in 0..1; see {@link Pool#recognition}. */
    default double recognition(Answer.Row memory) {
        return 0;
    }

    private static double[] widened(float[] values) {
        double[] widened = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            widened[i] = values[i];
        }
        return widened;
    }

    /** Computes the probabilities of the memory alone; see {@link #probabilities(double[], Answer.Row)}. */
    default double[] alone(Answer.Row memory) {
        return probabilities((double[]) null, memory);
    }

    /** @throws IllegalArgumentException if the value is not finite, or negative */
    static void check(String name, double value) {
        if (!(value >= 0 && value <= Double.MAX_VALUE)) {
            throw new IllegalArgumentException(name + " " + value + ": expected a finite number that is not negative");
        }
    }
}
