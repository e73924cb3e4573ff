package io.github.afterimage.model.data;

import java.nio.FloatBuffer;

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
        int classes = logits.remaining();
        double greatest = Double.NEGATIVE_INFINITY;
        for (int c = 0; c < classes; c++) {
            greatest = Math.max(greatest, logits.get(logits.position() + c));
        }
        double[] probabilities = new double[classes];
        double sum = 0;
        for (int c = 0; c < classes; c++) {
            probabilities[c] = Math.exp(logits.get(logits.position() + c) - greatest);
            sum += probabilities[c];
        }
        for (int c = 0; c < classes; c++) {
            probabilities[c] /= sum;
        }
        return probabilities;
    }
}
