package io.github.afterimage;

import java.util.ArrayList;
import java.util.List;

/**
 * The -log p of the true class of each example, at every point of a grid of β, θ and λ, and the β that they choose.
 *
 * <p>Not thread-safe.
 */
final class LogLosses {
    /** A probability that is 0 in float32 counts as this one. */
    private static final double LEAST = 1e-12;
    /** Factors in a product that stays above the least double. */
    private static final int FACTORS = 24;

    private final int betas;
    private final int thetas;
    private final double[] lambdas;
    /** The true class's p_mem of each example, (thetas, betas), and its p_net, which depends on them if the network lacks classes. */
    private final List<float[]> ofCache = new ArrayList<>();

    private final List<float[]> ofNetwork = new ArrayList<>();
    private int chosen = -1;
    private double chosenMean;

    LogLosses(int betas, int thetas, double[] lambdas) {
        this.betas = betas;
        this.thetas = thetas;
        this.lambdas = lambdas;
    }

    /**
     * Adds an example.
     *
     * @param cache {@code (thetas, betas)}, the p_mem of its class
     * @param network {@code (thetas, betas)}, the p_net of its class
     */
    void add(float[] cache, float[] network) {
        ofCache.add(cache);
        ofNetwork.add(network);
        chosen = -1;
    }

    /**
     * Returns the place of the smallest β whose loss, at its best θ and λ, is at most one standard error of the difference greater
     * than the least one.
     */
    int best() {
        if (betas == 1) {
            return 0;
        }
        choose();
        return chosen;
    }

    /** Returns the mean loss at the chosen β and its best θ and λ. */
    double mean() {
        choose();
        return chosenMean;
    }

    private void choose() {
        if (chosen >= 0) {
            return;
        }
        double[][] losses = new double[betas][];
        int least = 0;
        double leastSum = Double.POSITIVE_INFINITY;
        for (int b = 0; b < betas; b++) {
            losses[b] = bestLosses(b);
            double sum = sum(losses[b]);
            if (sum < leastSum) {
                leastSum = sum;
                least = b;
            }
        }
        int smallest = 0;
        while (smallest < least && !isWithinStandardError(losses[smallest], losses[least])) {
            smallest++;
        }
        chosen = smallest;
        chosenMean = sum(losses[smallest]) / losses[smallest].length;
    }

    private double[] bestLosses(int beta) {
        double least = Double.POSITIVE_INFINITY;
        int bestTheta = 0;
        double bestLambda = lambdas[0];
        for (int t = 0; t < thetas; t++) {
            for (double lambda : lambdas) {
                double sum = sum(t * betas + beta, lambda);
                if (sum < least) {
                    least = sum;
                    bestTheta = t;
                    bestLambda = lambda;
                }
            }
        }
        double[] losses = new double[ofCache.size()];
        for (int i = 0; i < losses.length; i++) {
            losses[i] = -Math.log(likelihood(i, bestTheta * betas + beta, bestLambda));
        }
        return losses;
    }

    /** Adds up losses, with one logarithm for many examples. */
    private double sum(int point, double lambda) {
        double sum = 0;
        double product = 1;
        for (int i = 0; i < ofCache.size(); i++) {
            product *= likelihood(i, point, lambda);
            if (i % FACTORS == FACTORS - 1) {
                sum -= Math.log(product);
                product = 1;
            }
        }
        return sum - Math.log(product);
    }

    private double likelihood(int example, int point, double lambda) {
        return Math.max(LEAST, Mixture.of(lambda, ofNetwork.get(example)[point], ofCache.get(example)[point]));
    }

    private static double sum(double[] losses) {
        double sum = 0;
        for (double loss : losses) {
            sum += loss;
        }
        return sum;
    }

    private static boolean isWithinStandardError(double[] losses, double[] best) {
        double sum = 0;
        double squares = 0;
        for (int i = 0; i < losses.length; i++) {
            double difference = losses[i] - best[i];
            sum += difference;
            squares += difference * difference;
        }
        double mean = sum / losses.length;
        double variance = squares / losses.length - mean * mean;
        return mean <= Math.sqrt(Math.max(0, variance) / losses.length);
    }
}
