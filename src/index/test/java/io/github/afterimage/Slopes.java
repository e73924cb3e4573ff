package io.github.afterimage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.function.UnaryOperator;

/** Gradients by central differences, in double precision. */
final class Slopes {
    private static final double STEP = 1e-5;

    private Slopes() {}

    /**
     * Asserts that a row of a gradient has the slopes of the sum of cotangents times values.
     *
     * @param cotangents of all rows
     * @param function gives the values at a point
     */
    static void assertSlopes(
            float[] gradient,
            int row,
            double[] point,
            float[] cotangents,
            UnaryOperator<double[]> function,
            double tolerance) {
        for (int i = 0; i < point.length; i++) {
            double slope = 0;
            for (int side = -1; side <= 1; side += 2) {
                double[] moved = point.clone();
                moved[i] += side * STEP;
                double[] values = function.apply(moved);
                for (int c = 0; c < values.length; c++) {
                    slope += side * cotangents[row * values.length + c] * values[c] / (2 * STEP);
                }
            }
            assertThat((double) gradient[row * point.length + i])
                    .as("row %d, value %d", row, i)
                    .isCloseTo(slope, within(tolerance));
        }
    }
}
