package io.github.afterimage.reduce;

import static org.bytedeco.openblas.global.openblas_nolapack.CblasNoTrans;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasRowMajor;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasTrans;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_ddot;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_dgemm;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_dgemv;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_dscal;

import io.github.afterimage.platform.NativeMemory;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import org.bytedeco.javacpp.DoublePointer;

/**
 * Makes rows orthonormal in double precision, by block Gram-Schmidt. Every row is projected twice ("twice is enough", Kahan).
 */
record Orthonormal(int count, int dim, long seed, NativeMemory rows, NativeMemory coefficients) {
    private static final int BLOCK = 32;
    /** A row whose norm falls to less than this fraction depends on the rows before it. Rounding alone leaves about 1e-16. */
    private static final double DEPENDENT = 1e-12;

    /**
     * Replaces the rows of a matrix by orthonormal rows. For every k, the first k rows span the same space as before. A row
     * that depends on the rows before it is replaced by a random one.
     *
     * @param matrix has at most as many rows as columns
     * @param seed determines the rows that replace dependent ones
     */
    static void orthonormalize(Matrix matrix, long seed) {
        int count = matrix.rows();
        int dim = matrix.dim();
        try (NativeMemory wide = NativeMemory.allocate((long) count * dim * Double.BYTES);
                NativeMemory coefficients = NativeMemory.allocate((long) count * BLOCK * Double.BYTES)) {
            Orthonormal basis = new Orthonormal(count, dim, seed, wide, coefficients);
            for (int row = 0; row < count; row++) {
                FloatBuffer from = matrix.row(row);
                DoubleBuffer to = basis.values(row);
                for (int i = 0; i < dim; i++) {
                    to.put(i, from.get(i));
                }
            }
            basis.run();
            for (int row = 0; row < count; row++) {
                FloatBuffer to = matrix.row(row);
                DoubleBuffer from = basis.values(row);
                for (int i = 0; i < dim; i++) {
                    to.put(i, (float) from.get(i));
                }
            }
        }
    }

    private DoubleBuffer values(int row) {
        return rows.buffer((long) row * dim * Double.BYTES, dim * Double.BYTES).asDoubleBuffer();
    }

    private DoublePointer row(int row) {
        return rows.doubles((long) row * dim * Double.BYTES);
    }

    private void run() {
        for (int block = 0; block < count; block += BLOCK) {
            int end = Math.min(count, block + BLOCK);
            for (int pass = 0; pass < 2; pass++) {
                double[] norms = new double[end - block];
                for (int row = block; row < end; row++) {
                    norms[row - block] = norm(row);
                }
                project(block, end - block, 0, block);
                for (int row = block; row < end; row++) {
                    project(row, 1, block, row);
                    if (!(norm(row) > DEPENDENT * norms[row - block])) {
                        replace(row);
                    }
                    cblas_dscal(dim, 1 / norm(row), row(row), 1);
                }
            }
        }
    }

    /** Subtracts from {@code rowCount} rows their projections onto the basis rows {@code from} to {@code to - 1}. */
    private void project(int row, int rowCount, int from, int to) {
        int basis = to - from;
        if (basis == 0) {
            return;
        }
        DoublePointer target = row(row);
        DoublePointer scratch = coefficients.doubles(0);
        if (rowCount == 1) {
            cblas_dgemv(CblasRowMajor, CblasNoTrans, basis, dim, 1, row(from), dim, target, 1, 0, scratch, 1);
            cblas_dgemv(CblasRowMajor, CblasTrans, basis, dim, -1, row(from), dim, scratch, 1, 1, target, 1);
            return;
        }
        cblas_dgemm(
                CblasRowMajor,
                CblasNoTrans,
                CblasTrans,
                rowCount,
                basis,
                dim,
                1,
                target,
                dim,
                row(from),
                dim,
                0,
                scratch,
                basis);
        cblas_dgemm(
                CblasRowMajor,
                CblasNoTrans,
                CblasNoTrans,
                rowCount,
                dim,
                basis,
                -1,
                scratch,
                basis,
                row(from),
                dim,
                1,
                target,
                dim);
    }

    private void replace(int row) {
        float[] random = new float[dim];
        Philox.normals(seed, Philox.SKETCH, count + row, random);
        DoubleBuffer values = values(row);
        for (int i = 0; i < dim; i++) {
            values.put(i, random[i]);
        }
        project(row, 1, 0, row);
    }

    private double norm(int row) {
        DoublePointer values = row(row);
        return Math.sqrt(cblas_ddot(dim, values, 1, values, 1));
    }
}
