package io.github.afterimage.reduce;

import static org.bytedeco.openblas.global.openblas_nolapack.CblasLower;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasRowMajor;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasTrans;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_dsyrk;

import io.github.afterimage.platform.NativeMemory;
import io.github.afterimage.platform.Resources;
import java.nio.DoubleBuffer;

/** The sum of the products of rows with themselves, AᵀA, in double. The order of the additions depends on the rows alone. */
final class Gram implements AutoCloseable {
    private static final int TILE_ROWS = 512;

    private final int dim;
    private final NativeMemory sums;
    private final NativeMemory tile;
    private int tiled;

    Gram(int dim) {
        this.dim = dim;
        sums = NativeMemory.allocate((long) dim * dim * Double.BYTES);
        tile = Resources.guarded(sums, () -> NativeMemory.allocate((long) TILE_ROWS * dim * Double.BYTES));
    }

    /** Returns the place of the next row; the caller fills it before the next call. */
    DoubleBuffer next() {
        if (tiled == TILE_ROWS) {
            addTile();
        }
        return doubles(tile, tiled++);
    }

    private void addTile() {
        cblas_dsyrk(
                CblasRowMajor, CblasLower, CblasTrans, dim, tiled, 1, tile.doubles(0), dim, 1, sums.doubles(0), dim);
        tiled = 0;
    }

    /** Returns the sum for all rows: the lower triangle of {@code (dim, dim)} row-major, with zeros above it. */
    double[] matrix() {
        addTile();
        double[] matrix = new double[dim * dim];
        sums.doubles(0).get(matrix);
        return matrix;
    }

    private DoubleBuffer doubles(NativeMemory memory, int row) {
        return memory.buffer((long) row * dim * Double.BYTES, dim * Double.BYTES)
                .asDoubleBuffer();
    }

    @Override
    public void close() {
        Resources.closeAll(sums, tile);
    }
}
