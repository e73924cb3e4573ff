package io.github.afterimage.reduce;

import io.github.afterimage.platform.FloatRows;
import io.github.afterimage.platform.NativeMemory;
import io.github.afterimage.platform.Parallel;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.util.Arrays;

/**
 * Computes the leading right singular vectors of a tall matrix A with a randomised range finder and power iterations (Halko,
 * Martinsson and Tropp, 2011).
 *
 * <p>The basis W has a few rows more than the wanted vectors. A few iterations multiply it by AᵀA and make it orthonormal.
 * The eigenvectors of the small matrix W AᵀA Wᵀ then rotate the basis to the singular vectors.
 *
 * <p>The division of the work does not depend on the number of threads, so the bits of the result do not either.
 */
record RangeFinder(NativeMemory sample, int rows, int dim, int width, long seed, int threads) {
    /** Rows of the basis in addition to the wanted vectors. */
    private static final int EXTRA = 32;
    /** Number of multiplications by AᵀA. */
    private static final int ITERATIONS = 3;

    private static final int TILE_ROWS = 512;
    private static final int TILE_COLUMNS = 512;

    /**
     * Writes the leading right singular vectors to {@code components}. They are orthonormal and sorted by descending singular
     * value, and the element of largest magnitude of each is positive.
     *
     * @param sample A, {@code (rows, dim)} float32 row-major
     * @param components receives one vector per row; has at most dim rows
     * @return the sum of the squares of their singular values
     */
    static double find(NativeMemory sample, int rows, long seed, int threads, Matrix components) {
        int dim = components.dim();
        int count = components.rows();
        int width = Math.min(dim, count + EXTRA);
        RangeFinder finder = new RangeFinder(sample, rows, dim, width, seed, threads);
        try (Matrix basis = Matrix.of(width, dim);
                NativeMemory products = NativeMemory.allocate((long) rows * width * Float.BYTES)) {
            finder.fillRandomly(basis);
            for (int i = 0; i < ITERATIONS; i++) {
                finder.multiply(basis, products);
                finder.multiplyBack(products, basis);
                orthonormalize(basis);
            }
            finder.multiply(basis, products);
            double[] vectors = finder.gram(products);
            double[] values = Lapack.eigenvectors(vectors, width);
            finder.rotate(vectors, basis, components);
            return Arrays.stream(values, width - count, width).sum();
        }
    }

    private void fillRandomly(Matrix basis) {
        Parallel.run(threads, width, row -> {
            float[] values = new float[dim];
            Philox.normals(seed, Philox.RANGE, row, values);
            basis.row(row).put(values);
        });
    }

    /** Computes {@code products (rows, width) = A basisᵀ}. */
    private void multiply(Matrix basis, NativeMemory products) {
        Parallel.run(threads, tiles(rows, TILE_ROWS), tile -> {
            int first = tile * TILE_ROWS;
            basis.multiply(
                    sample.floats((long) first * dim * Float.BYTES),
                    Math.min(TILE_ROWS, rows - first),
                    width,
                    products.floats((long) first * width * Float.BYTES),
                    width);
        });
    }

    /** Computes {@code basis (width, dim) = productsᵀ A}. */
    private void multiplyBack(NativeMemory products, Matrix basis) {
        Parallel.run(threads, tiles(dim, TILE_COLUMNS), tile -> {
            int first = tile * TILE_COLUMNS;
            int columns = Math.min(TILE_COLUMNS, dim - first);
            FloatRows.multiply(
                    new FloatRows(products.floats(0), rows, width),
                    true,
                    new FloatRows(sample.floats((long) first * Float.BYTES), rows, columns, dim),
                    false,
                    1,
                    0,
                    new FloatRows(basis.from(first), width, columns, basis.stride()));
        });
    }

    /** Computes {@code productsᵀ products (width, width)} in double, because float32 would round small eigenvalues away. */
    private double[] gram(NativeMemory products) {
        try (Gram gram = new Gram(width)) {
            for (int row = 0; row < rows; row++) {
                FloatBuffer from = products.buffer((long) row * width * Float.BYTES, width * Float.BYTES)
                        .asFloatBuffer();
                DoubleBuffer to = gram.next();
                for (int i = 0; i < width; i++) {
                    to.put(i, from.get(i));
                }
            }
            return gram.matrix();
        }
    }

    /**
     * Computes {@code components (count, dim) = vectors basis} and fixes the signs.
     *
     * @param vectors {@code (width, width)}; the last row becomes the first component
     */
    private void rotate(double[] vectors, Matrix basis, Matrix components) {
        int count = components.rows();
        try (NativeMemory rotation = NativeMemory.allocate((long) count * width * Float.BYTES)) {
            FloatBuffer values = rotation.buffer(0, count * width * Float.BYTES).asFloatBuffer();
            for (int i = 0; i < count; i++) {
                for (int j = 0; j < width; j++) {
                    values.put(i * width + j, (float) vectors[(width - 1 - i) * width + j]);
                }
            }
            FloatRows turned = new FloatRows(rotation.floats(0), count, width);
            FloatRows.multiply(turned, false, basis.rows(width), false, 1, 0, components.rows(count));
        }
        orthonormalize(components);
        for (int row = 0; row < count; row++) {
            fixSign(components.row(row));
        }
    }

    /** Replaces the rows of a matrix by orthonormal rows, in double. */
    private static void orthonormalize(Matrix matrix) {
        int count = matrix.rows();
        int dim = matrix.dim();
        long bytes = (long) count * dim * Double.BYTES;
        try (NativeMemory wide = NativeMemory.allocate(bytes + (long) count * Double.BYTES)) {
            for (int row = 0; row < count; row++) {
                FloatBuffer from = matrix.row(row);
                DoubleBuffer to = doubles(wide, row, dim);
                for (int i = 0; i < dim; i++) {
                    to.put(i, from.get(i));
                }
            }
            Lapack.orthonormalize(wide.doubles(0), count, dim, wide.doubles(bytes));
            for (int row = 0; row < count; row++) {
                FloatBuffer to = matrix.row(row);
                DoubleBuffer from = doubles(wide, row, dim);
                for (int i = 0; i < dim; i++) {
                    to.put(i, (float) from.get(i));
                }
            }
        }
    }

    private static DoubleBuffer doubles(NativeMemory memory, int row, int dim) {
        return memory.buffer((long) row * dim * Double.BYTES, dim * Double.BYTES)
                .asDoubleBuffer();
    }

    private static void fixSign(FloatBuffer row) {
        float largest = 0;
        for (int i = 0; i < row.limit(); i++) {
            if (Math.abs(row.get(i)) > Math.abs(largest)) {
                largest = row.get(i);
            }
        }
        for (int i = 0; largest < 0 && i < row.limit(); i++) {
            row.put(i, -row.get(i));
        }
    }

    private static int tiles(int size, int tile) {
        return (size + tile - 1) / tile;
    }
}
