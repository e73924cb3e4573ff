package io.github.afterimage.experiments.jacobian;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.afterimage.Progress;
import io.github.afterimage.experiments.attacks.Target;
import org.junit.jupiter.api.Test;

class JacobiansTest {
    /** p = A x, whose Jacobian is A everywhere. */
    private record Linear(float[][] matrix) implements Target {
        @Override
        public int classes() {
            return matrix.length;
        }

        @Override
        public Answer answer(float[] images) {
            return new Answer() {
                @Override
                public double probability(int image, int label) {
                    throw new UnsupportedOperationException();
                }

                @Override
                public int best(int image) {
                    throw new UnsupportedOperationException();
                }

                @Override
                public float[] gradient(double[] cotangents) {
                    float[] gradient = new float[images.length];
                    int values = matrix[0].length;
                    for (int i = 0; i < gradient.length; i++) {
                        for (int c = 0; c < matrix.length; c++) {
                            gradient[i] += (float) cotangents[i / values * matrix.length + c] * matrix[c][i % values];
                        }
                    }
                    return gradient;
                }
            };
        }
    }

    @Test
    void singularValuesAreThoseOfTheMatrix() {
        float h = (float) Math.sqrt(0.5);
        // 5 and 2 along orthogonal directions, turned by 45 degrees on the left
        Linear linear = new Linear(new float[][] {{5 * h, 2 * h, 0, 0}, {5 * h, -2 * h, 0, 0}, {0, 0, 0, 0}});
        double[][] values =
                Jacobians.of(linear, new float[130 * 4], 4, Progress.NONE).singularValues();
        assertThat(values).hasDimensions(130, 3);
        assertThat(values[129]).containsExactly(new double[] {5, 2, 0}, within(1e-5));
    }
}
