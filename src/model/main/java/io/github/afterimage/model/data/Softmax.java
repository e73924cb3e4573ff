package io.github.afterimage.model.data;

import java.nio.FloatBuffer;
import java.util.Arrays;

/** The softmax of logits, in double precision. */
public final class Softmax {
    private Softmax() {}

    /**
     * Computes the softmax: exp(x_c - max x) / Σ exp(x_c - max x).
     *
     * @param logits one row, from the buffer's position, which does not move, to its limit
     * @return the probabilities, which sum to 1
     */
    public static double[] of(FloatBuffer logits) {
        double[] values = new double[logits.remaining()];
        Arrays.setAll(values, c -> logits.get(logits.position() + c));
        return of(values);
    }

    /** Computes the same of an array. */
    public static double[] of(double[] logits) {
        double greatest = Double.NEGATIVE_INFINITY;
        for (double logit : logits) {
            greatest = Math.max(greatest, logit);
        }
        double[] probabilities = new double[logits.length];
        double sum = 0;
        for (int c = 0; c < logits.length; c++) {
            probabilities[c] = Math.exp(logits[c] - greatest);
            sum += probabilities[c];
        }
        for (int c = 0; c < logits.length; c++) {
            probabilities[c] /= sum;
        }
        return probabilities;
    }
}
