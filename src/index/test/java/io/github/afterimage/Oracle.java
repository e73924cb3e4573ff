package io.github.afterimage;

/** Equations (1) and (2) written down once more, in double precision, by nothing that is under test. */
public final class Oracle {
    private final double[][] keys;
    private final int[] labels;
    private final int classes;

    public Oracle(float[] features, int[] labels, int dim, int classes) {
        keys = unit(features, dim);
        this.labels = labels;
        this.classes = classes;
    }

    public static double[][] unit(float[] rows, int dim) {
        double[][] unit = new double[rows.length / dim][dim];
        for (int row = 0; row < unit.length; row++) {
            double squares = 0;
            for (int i = 0; i < dim; i++) {
                squares += (double) rows[row * dim + i] * rows[row * dim + i];
            }
            double norm = Math.sqrt(squares);
            for (int i = 0; i < dim; i++) {
                unit[row][i] = rows[row * dim + i] / norm;
            }
        }
        return unit;
    }

    double[] scores(double[] query) {
        double[] scores = new double[keys.length];
        for (int k = 0; k < scores.length; k++) {
            double score = 0;
            for (int i = 0; i < query.length; i++) {
                score += query[i] * keys[k][i];
            }
            scores[k] = score;
        }
        return scores;
    }

    /** For a query of unit norm. */
    public double[] probabilities(double[] query, double theta) {
        return probabilities(query, theta, 0);
    }

    /** With the class factor exp(β zᵀm_c), in logarithms. */
    public double[] probabilities(double[] query, double theta, double beta) {
        double[] scores = scores(query);
        double greatest = Double.NEGATIVE_INFINITY;
        for (double score : scores) {
            greatest = Math.max(greatest, score);
        }
        double[] sums = new double[classes];
        for (int k = 0; k < scores.length; k++) {
            sums[labels[k]] += Math.exp(theta * (scores[k] - greatest));
        }
        double[] logs = new double[classes];
        double largest = Double.NEGATIVE_INFINITY;
        for (int c = 0; c < classes; c++) {
            logs[c] = Math.log(sums[c]) + (beta == 0 ? 0 : beta * classProduct(query, c));
            largest = Math.max(largest, logs[c]);
        }
        double total = 0;
        for (int c = 0; c < classes; c++) {
            sums[c] = Math.exp(logs[c] - largest);
            total += sums[c];
        }
        for (int c = 0; c < classes; c++) {
            sums[c] /= total;
        }
        return sums;
    }

    /** Computes zᵀm_c; 0 for a class without keys. */
    double classProduct(double[] query, int label) {
        double[] sum = new double[query.length];
        for (int k = 0; k < keys.length; k++) {
            for (int i = 0; i < sum.length && labels[k] == label; i++) {
                sum[i] += keys[k][i];
            }
        }
        double squares = 0;
        double product = 0;
        for (int i = 0; i < sum.length; i++) {
            squares += sum[i] * sum[i];
            product += sum[i] * query[i];
        }
        return squares == 0 ? 0 : product / Math.sqrt(squares);
    }
}
