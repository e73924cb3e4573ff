package io.github.afterimage.reduce;

import java.util.Arrays;
import java.util.Comparator;

/**
 * Computes the eigenvalues and eigenvectors of a small symmetric positive semidefinite matrix by one-sided Jacobi rotations
 * (Hestenes, 1958). The rotations V make the rows of V A orthogonal; the rows of V are then the eigenvectors.
 *
 * @param values the eigenvalues, descending
 * @param vectors the unit eigenvector of each eigenvalue as a row
 */
public record SymmetricEigen(double[] values, double[][] vectors) {
    /** Maximum magnitude of the cosine of orthogonal rows. */
    private static final double ORTHOGONAL = 1e-14;
    /** Maximum number of sweeps. Convergence is quadratic and usually takes less than 10. */
    private static final int MAX_SWEEPS = 60;

    /**
     * Computes the decomposition.
     *
     * @param matrix {@code (n, n)}; overwritten
     */
    public static SymmetricEigen of(double[][] matrix) {
        int n = matrix.length;
        double[][] v = new double[n][n];
        for (int i = 0; i < n; i++) {
            v[i][i] = 1;
        }
        double largest =
                Arrays.stream(matrix).mapToDouble(row -> dot(row, row)).max().orElse(0);
        // Rows that are zero except for rounding have no direction to rotate.
        double negligible = largest * 1e-32;
        boolean rotated = true;
        for (int sweep = 0; rotated && sweep < MAX_SWEEPS; sweep++) {
            rotated = false;
            for (int p = 0; p < n - 1; p++) {
                for (int q = p + 1; q < n; q++) {
                    rotated |= orthogonalize(matrix[p], matrix[q], v[p], v[q], negligible);
                }
            }
        }
        double[] eigenvalues = new double[n];
        for (int i = 0; i < n; i++) {
            eigenvalues[i] = dot(v[i], matrix[i]);
        }
        Integer[] order = new Integer[n];
        Arrays.setAll(order, i -> i);
        Arrays.sort(order, Comparator.comparingDouble(i -> -eigenvalues[i]));
        return new SymmetricEigen(
                Arrays.stream(order).mapToDouble(i -> eigenvalues[i]).toArray(),
                Arrays.stream(order).map(i -> v[i]).toArray(double[][]::new));
    }

    private static boolean orthogonalize(double[] p, double[] q, double[] vp, double[] vq, double negligible) {
        double pp = dot(p, p);
        double qq = dot(q, q);
        double pq = dot(p, q);
        if (pp <= negligible && qq <= negligible || Math.abs(pq) <= ORTHOGONAL * Math.sqrt(pp * qq)) {
            return false;
        }
        double zeta = (qq - pp) / (2 * pq);
        double tangent = Math.copySign(1, zeta) / (Math.abs(zeta) + Math.sqrt(1 + zeta * zeta));
        double cosine = 1 / Math.sqrt(1 + tangent * tangent);
        double sine = cosine * tangent;
        rotate(p, q, cosine, sine);
        rotate(vp, vq, cosine, sine);
        return true;
    }

    private static void rotate(double[] p, double[] q, double cosine, double sine) {
        for (int i = 0; i < p.length; i++) {
            double a = p[i];
            double b = q[i];
            p[i] = cosine * a - sine * b;
            q[i] = sine * a + cosine * b;
        }
    }

    /** Adds in four independent sums, because a single sum waits for each addition. */
    private static double dot(double[] p, double[] q) {
        double a = 0;
        double b = 0;
        double c = 0;
        double d = 0;
        int i = 0;
        for (; i + 4 <= p.length; i += 4) {
            a += p[i] * q[i];
            b += p[i + 1] * q[i + 1];
            c += p[i + 2] * q[i + 2];
            d += p[i + 3] * q[i + 3];
        }
        for (; i < p.length; i++) {
            a += p[i] * q[i];
        }
        return (a + b) + (c + d);
    }
}
