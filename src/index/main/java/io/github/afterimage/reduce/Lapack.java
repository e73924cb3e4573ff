package io.github.afterimage.reduce;

import static org.bytedeco.openblas.global.openblas.LAPACKE_dgeqrf;
import static org.bytedeco.openblas.global.openblas.LAPACKE_dorgqr;
import static org.bytedeco.openblas.global.openblas.LAPACKE_dpotrf;
import static org.bytedeco.openblas.global.openblas.LAPACKE_dsyevd;
import static org.bytedeco.openblas.global.openblas.LAPACKE_dtrtri;
import static org.bytedeco.openblas.global.openblas.LAPACK_COL_MAJOR;

import io.github.afterimage.platform.OpenBlas;
import org.bytedeco.javacpp.DoublePointer;

/**
 * Factors matrices of doubles in the caller's thread. Matrices are row-major: the rows here are LAPACK's columns, and the lower
 * triangle here is its upper one.
 */
public final class Lapack {
    private static final byte UPPER = 'U';
    private static final byte VECTORS = 'V';
    private static final byte NOT_UNIT = 'N';

    private Lapack() {}

    /**
     * Replaces a symmetric matrix by its unit eigenvectors, one per row.
     *
     * @param matrix {@code (n, n)}, of which only the lower triangle is read
     * @return the eigenvalues, ascending as the rows are
     * @throws IllegalArgumentException if OpenBLAS is missing
     */
    public static double[] eigenvectors(double[] matrix, int n) {
        OpenBlas.require("an eigenvalue decomposition");
        double[] values = new double[n];
        check(LAPACKE_dsyevd(LAPACK_COL_MAJOR, VECTORS, UPPER, n, matrix, n, values));
        return values;
    }

    /** Replaces the lower triangle of a positive definite matrix {@code (n, n)} by the inverse of its Cholesky factor. */
    static void invertFactor(double[] matrix, int n) {
        check(LAPACKE_dpotrf(LAPACK_COL_MAJOR, UPPER, n, matrix, n));
        check(LAPACKE_dtrtri(LAPACK_COL_MAJOR, UPPER, NOT_UNIT, n, matrix, n));
    }

    /**
     * Replaces rows by orthonormal rows. For every k, the first k rows span the same space as before. A row that depends on the rows
     * before it becomes any row that is orthogonal to them.
     *
     * @param rows {@code (count, dim)}, at most as many rows as columns
     * @param factors room for a number of each row
     */
    static void orthonormalize(DoublePointer rows, int count, int dim, DoublePointer factors) {
        check(LAPACKE_dgeqrf(LAPACK_COL_MAJOR, dim, count, rows, dim, factors));
        check(LAPACKE_dorgqr(LAPACK_COL_MAJOR, dim, count, count, rows, dim, factors));
    }

    private static void check(int info) {
        if (info != 0) {
            throw new IllegalStateException("LAPACK cannot factor a matrix: it returned " + info);
        }
    }
}
