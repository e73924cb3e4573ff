package io.github.afterimage.experiment.paper;

import io.github.afterimage.Hyperparameters;

/** The mean of -log p(label|x) of the mixture for every pair of theta and lambda. Not thread-safe. */
final class GridLoss {
    private static final double LEAST_PROBABILITY = 1e-12;

    private final double[] thetas;
    private final double[] lambdas;
    private final double[][] sums;
    private long examples;

    GridLoss(double[] thetas, double[] lambdas) {
        this.thetas = thetas.clone();
        this.lambdas = lambdas.clone();
        sums = new double[thetas.length][lambdas.length];
    }

    /**
     * Adds one example.
     *
     * @param cache {@code (thetas, classes)}
     * @param network the network's probabilities {@code (classes)}
     */
    void accept(float[][] cache, float[] network, int label) {
        for (int t = 0; t < thetas.length; t++) {
            for (int l = 0; l < lambdas.length; l++) {
                double p = (1 - lambdas[l]) * network[label] + lambdas[l] * cache[t][label];
                sums[t][l] -= Math.log(Math.max(LEAST_PROBABILITY, p));
            }
        }
        examples++;
    }

    /** Where it is least, and how much that is. */
    record Point(Hyperparameters hyperparameters, double loss) {}

    Point least() {
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
