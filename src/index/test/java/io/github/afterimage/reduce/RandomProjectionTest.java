package io.github.afterimage.reduce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How well inner products are kept, against theory. */
class RandomProjectionTest extends ReducerRows {
    private static final int DIM = 100;
    private static final int REDUCED = 32;
    private static final int TRIALS = 4000;

    /** Two unit rows with inner product about 0.6, and their products with one another and of squares. */
    private static final class Pair {
        final float[] rows = unitRows(21, 2, DIM);
        final double product;
        final double squares;

        Pair() {
            for (int i = 0; i < DIM; i++) {
                rows[DIM + i] = 0.6f * rows[i] + 0.8f * rows[DIM + i];
            }
            double norm = Math.sqrt(dot(rows, 1, rows, 1, DIM));
            double sum = 0;
            for (int i = 0; i < DIM; i++) {
                rows[DIM + i] /= (float) norm;
                sum += Math.pow(rows[i] * rows[DIM + i], 2);
            }
            product = dot(rows, 0, rows, 1, DIM);
            squares = sum;
        }
    }

    /**
     * For unit x, y with ρ = ⟨x, y⟩ and q = Σ x²y², entries of variance 1/m and kurtosis s: the variance of ⟨Rx, Ry⟩ is
     * (1 + ρ² + (s - 3) q) / m; for the sampled Hadamard transform (1 + ρ² - 2q) / m (p - m) / (p - 1), p = 128.
     */
    @ParameterizedTest
    @CsvSource({"gaussian,3", "hadamard,1"})
    void innerProductsAreKeptInTheMeanWithTheVarianceOfTheory(String kind, double kurtosis) {
        Pair pair = new Pair();
        double sum = 0;
        double squares = 0;
        for (int seed = 0; seed < TRIALS; seed++) {
            try (Reducer reducer =
                    Reduction.parse(kind + ":" + REDUCED + ":seed=" + seed).reducer(DIM, 1)) {
                float[] reduced = reduce(reducer, pair.rows);
                double error = dot(reduced, 0, reduced, 1, REDUCED) - pair.product;
                sum += error;
                squares += error * error;
            }
        }
        double variance = (1 + pair.product * pair.product + (kurtosis - 3) * pair.squares) / REDUCED;
        if (kind.equals("hadamard")) {
            variance *= (128.0 - REDUCED) / 127;
        }
        String trials = "seeds 0.." + (TRIALS - 1);
        assertThat(sum / TRIALS).as(trials).isCloseTo(0, within(4.5 * Math.sqrt(variance / TRIALS)));
        // a variance has a relative standard error of sqrt(2 / trials) = 2.2 %, a little more with such tails
        assertThat(squares / TRIALS / variance).as(trials).isCloseTo(1, within(0.12));
    }

    @Test
    void gaussianEntriesAreThoseOfTheGenerator() {
        float[] expected = new float[12];
        try (Reducer reducer = Reduction.gaussian(4).withSeed(7).reducer(12, 1)) {
            float[] matrix = matrix(reducer);
            for (int row = 0; row < 4; row++) {
                Philox.normals(7, Philox.MATRIX, row, expected);
                for (int column = 0; column < 12; column++) {
                    assertThat(matrix[column * 4 + row]).isEqualTo(expected[column] / 2); // 1 / sqrt(4)
                }
            }
        }
    }
}
