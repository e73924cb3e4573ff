package io.github.afterimage.experiments.attacks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.afterimage.Progress;
import org.junit.jupiter.api.Test;

class JacobiansTest {
    /** p = A x, whose Jacobian is A everywhere. */
    private static Target linear(float[][] matrix) {
        int values = matrix[0].length;
        return new Target(
                matrix.length,
                images -> new Target.Answer(matrix.length, new double[0], cotangents -> {
                    float[] gradient = new float[images.length];
                    for (int i = 0; i < gradient.length; i++) {
                        for (int c = 0; c < matrix.length; c++) {
                            gradient[i] += (float) cotangents[i / values * matrix.length + c] * matrix[c][i % values];
                        }
                    }
                    return gradient;
                }));
    }

    @Test
    void singularValuesAreThoseOfTheMatrix() {
        float h = (float) Math.sqrt(0.5);
        // 5 and 2 along orthogonal directions, turned by 45 degrees on the left
        Target linear = linear(new float[][] {{5 * h, 2 * h, 0, 0}, {5 * h, -2 * h, 0, 0}, {0, 0, 0, 0}});
        double[][] values =
                Jacobians.of(linear, new float[130 * 4], 4, Progress.NONE).singularValues();
        assertThat(values).hasDimensions(130, 3);
        assertThat(values[129]).containsExactly(new double[] {5, 2, 0}, within(1e-5));
    }
}
