package io.github.afterimage.reduce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LapackTest {
    @ParameterizedTest
    @CsvSource({"1,1", "2,2", "3,1", "5,5", "17,17", "40,40", "40,3", "65,65", "20,0"})
    void eigenvaluesAndEigenvectorsAreThoseOfTheMatrix(int n, int rank) {
        System.out.println("seed " + n);
        double[][] a = matrix(new Random(n), n, rank);
        double[] v = Arrays.stream(a).flatMapToDouble(Arrays::stream).toArray();
        double[] values = Lapack.eigenvectors(v, n);
        double[] exact = ExactEigen.of(Arrays.stream(a).map(double[]::clone).toArray(double[][]::new)).values;
        for (int i = 0; i < n; i++) {
            assertThat(values[i]).isCloseTo(exact[n - 1 - i], within(1e-12 * Math.max(1, exact[0])));
        }
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                double product = 0;
                double image = 0;
                for (int k = 0; k < n; k++) {
                    product += v[i * n + k] * v[j * n + k];
                    image += a[j][k] * v[i * n + k];
                }
                assertThat(product).isCloseTo(i == j ? 1 : 0, within(1e-12));
                assertThat(image).isCloseTo(values[i] * v[i * n + j], within(1e-12 * Math.max(1, exact[0])));
            }
        }
    }

    /** Sums of squares of {@code rank} random directions with weights over eight powers of ten. */
    private static double[][] matrix(Random random, int n, int rank) {
        double[][] a = new double[n][n];
        for (int r = 0; r < rank; r++) {
            double[] direction = random.doubles(n, -1, 1).toArray();
            double weight = Math.pow(10, -8.0 * r / rank);
            for (int i = 0; i < n; i++) {
                for (int j = 0; j < n; j++) {
                    a[i][j] += weight * direction[i] * direction[j];
                }
            }
        }
        return a;
    }
}
