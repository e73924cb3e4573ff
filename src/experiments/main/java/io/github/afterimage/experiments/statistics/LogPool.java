package io.github.afterimage.experiments.statistics;

import io.github.afterimage.model.data.Softmax;
import java.util.Arrays;
import java.util.List;

/**
 * The logarithmic opinion pool of several distributions (Genest and Zidek, 1986): p(c) ∝ Π p_i(c)^w_i. The exponents w_i are at
 * least 0 and minimise the mean of -log p of the true class, which is convex in them. The pool of one distribution is
 * temperature scaling with T = 1/w.
 */
public final class LogPool {
    /** Where a distribution has no probability, such as a memory for a class without keys: near the least float32. */
    private static final double MIN_PROBABILITY = 1e-30;

    private static final int MAX_STEPS = 50;
    private static final int HALVINGS = 30;
    private static final double SMALL = 1e-9;

    private final double[] exponents;
    private final double logLoss;

    /** @param logLoss NaN if they were not fitted */
    LogPool(double[] exponents, double logLoss) {
        this.exponents = exponents;
        this.logLoss = logLoss;
    }

    /** The mean of -log p of the true class, its gradient and its Hessian by the exponents. */
    record Loss(double value, double[] gradient, double[][] hessian) {
        static Loss at(float[][] logs, int[] labels, double[] exponents) {
            int count = exponents.length;
            int classes = logs[0].length / labels.length;
            double value = 0;
            double[] gradient = new double[count];
            double[][] hessian = new double[count][count];
            double[] mean = new double[count];
            for (int row = 0; row < labels.length; row++) {
                double[] p = pooled(logs, row * classes, classes, exponents);
                int label = row * classes + labels[row];
                value -= Math.log(Math.max(Double.MIN_NORMAL, p[labels[row]]));
                for (int i = 0; i < count; i++) {
                    mean[i] = 0;
                    for (int c = 0; c < classes; c++) {
                        // Differences from the label, because a mean of squares minus a squared mean would lose its
                        // digits.
                        mean[i] += p[c] * (logs[i][row * classes + c] - logs[i][label]);
                    }
                    gradient[i] += mean[i];
                }
                for (int c = 0; c < classes; c++) {
                    for (int i = 0; i < count; i++) {
                        double difference = logs[i][row * classes + c] - logs[i][label] - mean[i];
                        for (int j = 0; j <= i; j++) {
                            hessian[i][j] +=
                                    p[c] * difference * (logs[j][row * classes + c] - logs[j][label] - mean[j]);
                        }
                    }
                }
            }
            for (int i = 0; i < count; i++) {
                gradient[i] /= labels.length;
                for (int j = 0; j <= i; j++) {
                    hessian[i][j] /= labels.length;
                    hessian[j][i] = hessian[i][j];
                }
            }
            return new Loss(value / labels.length, gradient, hessian);
        }
    }

    /**
     * Finds the exponents by Newton's method, projected to those of at least 0 (Bertsekas, 1982).
     *
     * @param distributions each {@code (labels.length, classes)} row-major
     * @throws IllegalArgumentException if there is no label, or counts do not fit
     */
    public static LogPool fit(List<float[]> distributions, int[] labels) {
        float[][] logs = logarithms(distributions, labels);
        double[] exponents = new double[logs.length];
        Arrays.fill(exponents, 1.0 / logs.length);
        Loss loss = Loss.at(logs, labels, exponents);
        for (int step = 0; step < MAX_STEPS; step++) {
            double[] direction = direction(loss, exponents);
            double length = 1;
            double[] next = moved(exponents, length, direction);
            Loss there = Loss.at(logs, labels, next);
            for (int i = 0; i < HALVINGS && !(there.value <= loss.value); i++) {
                length /= 2;
                next = moved(exponents, length, direction);
                there = Loss.at(logs, labels, next);
            }
            if (!(there.value < loss.value)) {
                break;
            }
            boolean ended = loss.value - there.value < SMALL;
            exponents = next;
            loss = there;
            if (ended) {
                break;
            }
        }
        return new LogPool(exponents, loss.value);
    }

    /** Returns Newton's step of the exponents that are free: those above 0, or at 0 where the loss falls with them. */
    private static double[] direction(Loss loss, double[] exponents) {
        int count = exponents.length;
        double[][] equations = new double[count][count + 1];
        for (int i = 0; i < count; i++) {
            if (exponents[i] > 0 || loss.gradient[i] < 0) {
                for (int j = 0; j < count; j++) {
                    equations[i][j] = exponents[j] > 0 || loss.gradient[j] < 0 ? loss.hessian[i][j] : 0;
                }
                equations[i][count] = -loss.gradient[i];
            }
            // A ridge, for distributions that are equal or do not differ between classes.
            equations[i][i] += SMALL * (1 + loss.hessian[i][i]);
        }
        return solved(equations);
    }

    /** Solves equations with a positive definite matrix, by elimination. */
    private static double[] solved(double[][] equations) {
        int count = equations.length;
        for (int i = 0; i < count; i++) {
            for (int row = 0; row < count; row++) {
                double factor = row == i ? 0 : equations[row][i] / equations[i][i];
                for (int j = i; j <= count; j++) {
                    equations[row][j] -= factor * equations[i][j];
                }
            }
        }
        double[] solution = new double[count];
        Arrays.setAll(solution, i -> equations[i][count] / equations[i][i]);
        return solution;
    }

    private static double[] moved(double[] exponents, double length, double[] direction) {
        double[] moved = new double[exponents.length];
        Arrays.setAll(moved, i -> Math.max(0, exponents[i] + length * direction[i]));
        return moved;
    }

    /** @throws IllegalArgumentException if there is no label, or counts do not fit */
    static float[][] logarithms(List<float[]> distributions, int[] labels) {
        for (float[] each : distributions) {
            if (labels.length == 0 || each.length % labels.length != 0 || each.length != distributions.get(0).length) {
                throw new IllegalArgumentException(each.length + " probabilities of " + labels.length
                        + " labels: expected labels x classes in every distribution");
            }
        }
        return logarithms(distributions);
    }

    private static float[][] logarithms(List<float[]> distributions) {
        return distributions.stream()
                .map(probabilities -> {
                    float[] logs = new float[probabilities.length];
                    for (int i = 0; i < logs.length; i++) {
                        logs[i] = (float) logarithm(probabilities[i]);
                    }
                    return logs;
                })
                .toArray(float[][]::new);
    }

    static double logarithm(double probability) {
        return Math.log(Math.max(MIN_PROBABILITY, probability));
    }

    private static double[] pooled(float[][] logs, int first, int classes, double[] exponents) {
        double[] pooled = new double[classes];
        for (int c = 0; c < classes; c++) {
            for (int i = 0; i < exponents.length; i++) {
                pooled[c] += exponents[i] * logs[i][first + c];
            }
        }
        return Softmax.of(pooled);
    }

    /** Returns the exponent of each distribution. */
    public double[] exponents() {
        return exponents.clone();
    }

    /** Returns the mean of -log p of the true class where the exponents were fitted. */
    public double logLoss() {
        return logLoss;
    }

    /**
     * Pools distributions {@code (n, classes)}, row-major.
     *
     * @param distributions in the order of {@link #fit}
     */
    public float[] pool(List<float[]> distributions, int classes) {
        float[][] logs = logarithms(distributions);
        float[] pooled = new float[logs[0].length];
        for (int first = 0; first < pooled.length; first += classes) {
            double[] row = pooled(logs, first, classes, exponents);
            for (int c = 0; c < classes; c++) {
                pooled[first + c] = (float) row[c];
            }
        }
        return pooled;
    }
}
