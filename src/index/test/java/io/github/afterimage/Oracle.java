package io.github.afterimage;

import java.util.Arrays;
import java.util.stream.IntStream;

/** Equations (1) and (2), and the evidence for classes, written down once more, in double precision, by nothing that is under test. */
public final class Oracle {
    /** The mean of all keys counts as much as this number of keys of a class. */
    private static final double TAU = 20;

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

    private static double product(double[] a, double[] b) {
        double product = 0;
        for (int i = 0; i < a.length; i++) {
            product += a[i] * b[i];
        }
        return product;
    }

    public double[] scores(double[] query) {
        return Arrays.stream(keys).mapToDouble(key -> product(key, query)).toArray();
    }

    /** Computes the sums of exp(θ (score − greatest)) over the keys of each class. */
    private double[] sums(double[] scores, double theta, double greatest) {
        double[] sums = new double[classes];
        for (int k = 0; k < scores.length; k++) {
            sums[labels[k]] += Math.exp(theta * (scores[k] - greatest));
        }
        return sums;
    }

    /** For a query of unit norm. */
    public double[] probabilities(double[] query, double theta) {
        double[] scores = scores(query);
        double[] sums = sums(scores, theta, Arrays.stream(scores).max().orElseThrow());
        double total = Arrays.stream(sums).sum();
        return Arrays.stream(sums).map(sum -> sum / total).toArray();
    }

    /** Computes log E_c of each class. */
    public double[] logEvidence(double[] query, double theta) {
        return logEvidence(query, theta, TAU);
    }

    /** @param tau how many keys of a class the mean of all keys counts as */
    public double[] logEvidence(double[] query, double theta, double tau) {
        double[] scores = scores(query);
        double greatest = Arrays.stream(scores).max().orElseThrow();
        double[] sums = sums(scores, theta, greatest);
        double mean = Arrays.stream(sums).sum() / keys.length;
        return IntStream.range(0, classes)
                .mapToDouble(c -> Math.log((sums[c] + tau * mean) / (count(c) + tau)) + theta * (greatest - 1))
                .toArray();
    }

    /** Computes λ: how surely a query shows a picture that is remembered. */
    public double recognition(double[] query, double theta, double background) {
        double[] scores = scores(query);
        double[] sums = sums(scores, theta, 1);
        double others = Arrays.stream(sums).sum() - Arrays.stream(sums).max().orElseThrow();
        double near = 1 + Math.log(others + Math.exp(theta * (background - 1))) / theta;
        double greatest = Arrays.stream(scores).max().orElseThrow();
        double least = Math.min(0.1, 2.6 * (1 - greatest) - 0.03);
        return theta == 0 ? 0 : 0.9 / (1 + Math.exp(-60 * (greatest - near - least)));
    }

    /** Number of keys. */
    public int keys() {
        return keys.length;
    }

    /** Number of keys of a class. */
    public long count(int label) {
        return Arrays.stream(labels).filter(each -> each == label).count();
    }

    private double[] sum(int label) {
        double[] sum = new double[keys[0].length];
        for (int k = 0; k < keys.length; k++) {
            for (int i = 0; i < sum.length && labels[k] == label; i++) {
                sum[i] += keys[k][i];
            }
        }
        return sum;
    }

    /** Computes zᵀm_c of each class; for one without keys, the mean of these over all keys. */
    public double[] directions(double[] query) {
        double[] products = new double[classes];
        double mean = 0;
        for (int c = 0; c < classes; c++) {
            double[] sum = sum(c);
            double squares = product(sum, sum);
            products[c] = squares == 0 ? 0 : product(sum, query) / Math.sqrt(squares);
            mean += products[c] * count(c) / keys.length;
        }
        for (int c = 0; c < classes; c++) {
            products[c] = count(c) == 0 ? mean : products[c];
        }
        return products;
    }
}
