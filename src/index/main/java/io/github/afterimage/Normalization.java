package io.github.afterimage;

import java.nio.FloatBuffer;

/**
 * Differentiates the scaling of rows to unit L2 norm.
 *
 * <pre>{@code
 * FloatBuffer rows = FloatBuffer.wrap(new float[] {3, 4});
 * float[] gradients = {1, 0};
 * Normalization.pullBack(rows, 2, gradients); // {0.128, -0.096}
 * }</pre>
 */
public final class Normalization {
    private Normalization() {}

    /**
     * Turns gradients with respect to scaled rows into gradients with respect to the rows: (g - (g·u) u) / |row|, where
     * u = row / |row|.
     *
     * @param rows {@code (n, dim)}, none all zeros; position and limit stay
     * @param gradients {@code (n, dim)}; changed
     */
    public static void pullBack(FloatBuffer rows, int dim, float[] gradients) {
        for (int first = 0; first < gradients.length; first += dim) {
            double squares = 0;
            double product = 0;
            for (int i = first; i < first + dim; i++) {
                double value = rows.get(rows.position() + i);
                squares += value * value;
                product += value * gradients[i];
            }
            double norm = Math.sqrt(squares);
            for (int i = first; i < first + dim; i++) {
                double along = product / squares * rows.get(rows.position() + i);
                gradients[i] = (float) ((gradients[i] - along) / norm);
            }
        }
    }
}
