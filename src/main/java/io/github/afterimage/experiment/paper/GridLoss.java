package io.github.afterimage.experiment.paper;

import io.github.afterimage.Hyperparameters;

/**
 * What is smoother than errors, summed up for the mixture at every pair of theta and lambda: the mean of -log p(label|x),
 * and soft errors, 1 / (1 + exp(m / {@value #SCALE})) with the margin m of the label's probability over the greatest other.
 *
 * <p>Not thread-safe.
 */
final class GridLoss {
    private static final double LEAST_PROBABILITY = 1e-12;
    private static final double SCALE = 0.1;

    private final double[] thetas;
    private final double[] lambdas;
    private final double[][] logLosses;
    private final double[][] softErrors;
    private long examples;

    GridLoss(double[] thetas, double[] lambdas) {
        this.thetas = thetas.clone();
        this.lambdas = lambdas.clone();
        logLosses = new double[thetas.length][lambdas.length];
        softErrors = new double[thetas.length][lambdas.length];
    }

    /**
     * Adds one example.
     *
     * @param cache {@code (thetas, classes)}
     * @param network the network's probabilities {@code (classes)}
     * @param calibrated the same, scaled by a temperature: what is mixed for -log p, lest a memory be taken for good because
     *     it makes an overconfident network less so
     */
    void accept(float[][] cache, float[] network, float[] calibrated, int label) {
        for (int t = 0; t < thetas.length; t++) {
            for (int l = 0; l < lambdas.length; l++) {
                double own = mixed(lambdas[l], network[label], cache[t][label]);
                double other = 0;
                for (int c = 0; c < network.length; c++) {
                    other = c == label ? other : Math.max(other, mixed(lambdas[l], network[c], cache[t][c]));
                }
                double likely = mixed(lambdas[l], calibrated[label], cache[t][label]);
                logLosses[t][l] -= Math.log(Math.max(LEAST_PROBABILITY, likely));
                softErrors[t][l] += 1 / (1 + Math.exp((own - other) / SCALE));
            }
        }
        examples++;
    }

    private static double mixed(double lambda, float network, float cache) {
        return (1 - lambda) * network + lambda * cache;
    }

    /** Where a mean is least, and how much it is there. */
    record Point(Hyperparameters hyperparameters, double mean) {}

    Point leastLogLoss() {
        return least(logLosses);
    }

    Point leastSoftError() {
        return least(softErrors);
    }

    private Point least(double[][] sums) {
        int theta = 0;
        int lambda = 0;
        for (int t = 0; t < thetas.length; t++) {
            for (int l = 0; l < lambdas.length; l++) {
                if (sums[t][l] < sums[theta][lambda]) {
                    theta = t;
                    lambda = l;
                }
            }
        }
        return new Point(new Hyperparameters(thetas[theta], lambdas[lambda]), sums[theta][lambda] / examples);
    }
}
