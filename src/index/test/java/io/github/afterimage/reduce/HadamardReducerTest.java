package io.github.afterimage.reduce;

import static io.github.afterimage.Numbers.filled;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.afterimage.platform.NativeLibrary;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HadamardReducerTest extends ReducerRows {
    @ParameterizedTest
    @ValueSource(ints = {1, 3, 7, 64, 100, 255, 257, 1000, 4096})
    void theTransformIsTheProductWithTheMatrix(int dim) {
        System.out.println("seed " + dim);
        float[] values = random(dim, dim);
        double[] expected = new double[padded(dim)];
        for (int i = 0; i < expected.length; i++) {
            for (int j = 0; j < dim; j++) {
                expected[i] += 0.75 * hadamard(i, j) * values[j];
            }
        }
        float[] transformed = new float[expected.length];
        float[] ones = filled(dim, 1);
        try (SubsampledHadamard hadamard = new SubsampledHadamard(padded(dim), ones, every(padded(dim)))) {
            hadamard.apply(FloatBuffer.wrap(values), FloatBuffer.wrap(transformed), 1, 0.75f);
        }
        for (int i = 0; i < expected.length; i++) {
            assertThat((double) transformed[i]).isCloseTo(expected[i], within(1e-4));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 7, 64, 100, 255, 257, 1000, 4096, 5000, 12_288, 25_088})
    void theKernelsAndTheTransformInJavaGiveTheSameBits(int dim) {
        assumeTrue(NativeLibrary.available(), NativeLibrary.problem());
        System.out.println("seed " + dim);
        FloatBuffer rows = FloatBuffer.wrap(random(dim, 2 * dim));
        float[] signs = random(dim + 1, dim);
        for (int i = 0; i < dim; i++) {
            signs[i] = Math.copySign(1, signs[i]);
        }
        float[] expected = new float[2 * padded(dim)];
        float[] transformed = new float[expected.length];
        try (SubsampledHadamard hadamard = new SubsampledHadamard(padded(dim), signs, every(padded(dim)))) {
            hadamard.applyPortably(rows, FloatBuffer.wrap(expected), 2, 0.75f);
            hadamard.apply(rows, FloatBuffer.wrap(transformed), 2, 0.75f);
        }
        assertThat(transformed).isEqualTo(expected);
    }

    private static int padded(int dim) {
        return dim == 1 ? 1 : Integer.highestOneBit(dim - 1) << 1;
    }

    private static int[] every(int count) {
        return IntStream.range(0, count).toArray();
    }

    @Test
    void withoutPaddingOrLeavingOutItIsARotation() {
        try (Reducer reducer = Reduction.hadamard(64).reducer(64, 1)) {
            float[] matrix = matrix(reducer);
            for (int i = 0; i < 64; i++) {
                for (int j = 0; j < 64; j++) {
                    assertThat(dot(matrix, i, matrix, j, 64)).isCloseTo(i == j ? 1 : 0, within(1e-6));
                }
            }
        }
    }

    @Test
    void itIsRowsOfTheMatrixWithSignsOfColumns() {
        int dim = 100;
        int padded = 128;
        int reduced = 50;
        float[] signs = signs(padded);
        try (Reducer reducer = Reduction.hadamard(reduced).reducer(dim, 1)) {
            float[] matrix = matrix(reducer); // (dim, reduced)
            int place = -1;
            for (int row = 0; row < reduced; row++) {
                do {
                    place++;
                    assertThat(place).as("row %d is no row of the matrix", row).isLessThan(padded);
                } while (!isPlace(matrix, row, reduced, signs, place, dim));
            }
        }
    }

    @Test
    void signsAndPlacesAreTheSameEverywhere() { // computed by another program, in another language
        float[] signs = signs(256);
        assertThat(Arrays.copyOf(signs, 16)).containsExactly(-1, 1, -1, 1, 1, -1, -1, -1, -1, -1, 1, 1, -1, -1, -1, 1);
        assertThat(Arrays.copyOfRange(signs, 126, 134)).containsExactly(1, -1, -1, -1, 1, 1, 1, -1);
        int[] places = {1, 10, 24, 25, 30, 38, 43, 59};
        try (Reducer reducer = Reduction.hadamard(8).reducer(64, 1)) {
            float[] matrix = matrix(reducer);
            for (int row = 0; row < 8; row++) {
                assertThat(isPlace(matrix, row, 8, signs, places[row], 64)).isTrue();
            }
        }
    }

    /** Row 0 of the matrix is all 1: what is left are the signs. */
    private static float[] signs(int dim) {
        float[] signs = new float[dim];
        try (Reducer reducer = Reduction.hadamard(dim).reducer(dim, 1)) {
            float[] matrix = matrix(reducer);
            for (int column = 0; column < dim; column++) {
                signs[column] = Math.signum(matrix[column * dim]);
            }
        }
        return signs;
    }

    private static boolean isPlace(float[] matrix, int row, int reduced, float[] signs, int place, int dim) {
        for (int column = 0; column < dim; column++) {
            double expected = signs[column] * hadamard(place, column) / Math.sqrt(reduced);
            if (!(Math.abs(matrix[column * reduced + row] - expected) < 1e-6)) {
                return false;
            }
        }
        return true;
    }

    private static int hadamard(int i, int j) {
        return Integer.bitCount(i & j) % 2 == 0 ? 1 : -1;
    }
}
