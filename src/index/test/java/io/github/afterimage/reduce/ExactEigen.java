package io.github.afterimage.reduce;

import java.util.Arrays;

/** The oracle of principal components: the classical two-sided Jacobi method on XᵀX, in double. */
final class ExactEigen {
    final double[] values;
    final double[][] vectors;

    private ExactEigen(double[] values, double[][] vectors) {
        this.values = values;
        this.vectors = vectors;
    }

    /** Rows scaled to unit norm. */
    static float[] unit(float[] rows, int count, int dim) {
        float[] unit = rows.clone();
        for (int row = 0; row < count; row++) {
            double norm = Math.sqrt(ReducerRows.dot(rows, row, rows, row, dim));
            for (int i = 0; i < dim; i++) {
                unit[row * dim + i] = (float) (rows[row * dim + i] / norm);
            }
        }
        return unit;
    }

    /** Of XᵀX / count, X being the rows scaled to unit norm. */
    static ExactEigen ofUnitRows(float[] rows, int count, int dim) {
        float[] unit = unit(rows, count, dim);
        double[][] a = new double[dim][dim];
        for (int row = 0; row < count; row++) {
            for (int i = 0; i < dim; i++) {
                for (int j = 0; j < dim; j++) {
                    a[i][j] += (double) unit[row * dim + i] * unit[row * dim + j] / count;
                }
            }
        }
        return of(a);
    }

    static ExactEigen of(double[][] a) {
        int n = a.length;
        double[][] v = new double[n][n];
        for (int i = 0; i < n; i++) {
            v[i][i] = 1;
        }
        for (int sweep = 0; sweep < 15; sweep++) {
            for (int p = 0; p < n; p++) {
                for (int q = p + 1; q < n; q++) {
                    rotate(a, v, p, q);
                }
            }
        }
        Integer[] order = new Integer[n];
        Arrays.setAll(order, i -> i);
        Arrays.sort(order, (i, j) -> Double.compare(a[j][j], a[i][i]));
        return new ExactEigen(
                Arrays.stream(order).mapToDouble(i -> a[i][i]).toArray(),
                Arrays.stream(order).map(i -> v[i]).toArray(double[][]::new));
    }

    private static void rotate(double[][] a, double[][] v, int p, int q) {
        if (Math.abs(a[p][q]) < 1e-300) {
            return;
        }
        double zeta = (a[q][q] - a[p][p]) / (2 * a[p][q]);
        double tangent = Math.copySign(1, zeta) / (Math.abs(zeta) + Math.hypot(1, zeta));
        double c = 1 / Math.hypot(1, tangent);
        double s = c * tangent;
        for (int k = 0; k < a.length; k++) {
            double kp = a[k][p];
            double kq = a[k][q];
            a[k][p] = c * kp - s * kq;
            a[k][q] = s * kp + c * kq;
        }
        for (int k = 0; k < a.length; k++) {
            double pk = a[p][k];
            double qk = a[q][k];
            a[p][k] = c * pk - s * qk;
            a[q][k] = s * pk + c * qk;
            double vp = v[p][k];
            double vq = v[q][k];
            v[p][k] = c * vp - s * vq;
            v[q][k] = s * vp + c * vq;
        }
    }

    /** The share of the trace in the first eigenvalues. */
    double energy(int count) {
        return Arrays.stream(values, 0, count).sum() / Arrays.stream(values).sum();
    }
}
