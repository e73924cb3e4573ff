package io.github.afterimage.platform;

import static org.bytedeco.openblas.global.openblas_nolapack.CblasNoTrans;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasRowMajor;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasTrans;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_sgemm;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_sgemv;

import org.bytedeco.javacpp.FloatPointer;

/**
 * Rows of float32 in native memory, for products with OpenBLAS on the caller's thread.
 *
 * @param first the first value of the first row
 * @param count number of rows
 * @param dim values of a row
 * @param stride values from the start of a row to the start of the next
 */
public record FloatRows(FloatPointer first, int count, int dim, int stride) {
    public FloatRows(FloatPointer first, int count, int dim) {
        this(first, count, dim, dim);
    }

    /** Computes {@code target = a bᵀ}, the inner products of all rows: {@code (m, dim)} and {@code (n, dim)} give {@code (m, n)}. */
    public static void inner(FloatRows a, FloatRows b, FloatRows target) {
        if (a.count == 1 || b.count == 1) {
            FloatRows rows = a.count == 1 ? b : a;
            FloatRows row = a.count == 1 ? a : b;
            cblas_sgemv(
                    CblasRowMajor,
                    CblasNoTrans,
                    rows.count,
                    rows.dim,
                    1f,
                    rows.first,
                    rows.stride,
                    row.first,
                    1,
                    0f,
                    target.first,
                    a.count == 1 ? 1 : target.stride);
        } else {
            multiply(a, false, b, true, 1, 0, target);
        }
    }

    /**
     * Computes {@code target = scale a b + kept target}.
     *
     * @param aTransposed true for the transpose of {@code a}, and likewise of {@code b}
     */
    public static void multiply(
            FloatRows a,
            boolean aTransposed,
            FloatRows b,
            boolean bTransposed,
            float scale,
            float kept,
            FloatRows target) {
        cblas_sgemm(
                CblasRowMajor,
                aTransposed ? CblasTrans : CblasNoTrans,
                bTransposed ? CblasTrans : CblasNoTrans,
                target.count,
                target.dim,
                aTransposed ? a.count : a.dim,
                scale,
                a.first,
                a.stride,
                b.first,
                b.stride,
                kept,
                target.first,
                target.stride);
    }
}
