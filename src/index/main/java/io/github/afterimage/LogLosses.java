package io.github.afterimage;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The -log p of the true class of each example, at every point of a grid of β, θ and λ, and the β that they choose. The examples are
 * in parts, so that those of all parts but one may choose.
 *
 * <p>Not thread-safe.
 */
final class LogLosses {
    /** All parts choose. */
    static final int NONE = -1;

    /** A probability that is 0 in float32 counts as this one. */
    private static final double LEAST = 1e-12;
    /** Factors in a product that stays above the least double. */
    private static final int FACTORS = 24;

    private final int betas;
    private final int thetas;
    private final double[] lambdas;
    private final int parts;
    /** The true class's p_mem of each example, (thetas, betas), and its p_net, which depends on them if the network lacks classes. */
    private final List<float[]> ofCache = new ArrayList<>();

    private final List<float[]> ofNetwork = new ArrayList<>();
    private final List<Integer> partOf = new ArrayList<>();
    private double @Nullable [][][] sums; // (thetas * betas, lambdas, parts)
    private final Map<Integer, Integer> chosen = new HashMap<>();

    LogLosses(int betas, int thetas, double[] lambdas, int parts) {
        this.betas = betas;
        this.thetas = thetas;
        this.lambdas = lambdas;
        this.parts = parts;
    }

    /**
     * Adds an example.
     *
     * @param cache {@code (thetas, betas)}, the p_mem of its class
     * @param network {@code (thetas, betas)}, the p_net of its class
     */
    void add(float[] cache, float[] network, int part) {
        ofCache.add(cache);
        ofNetwork.add(network);
        partOf.add(part);
        sums = null;
        chosen.clear();
    }

    /**
     * Returns the place of the smallest β whose loss, at its best θ and λ, is at most one standard error of the difference greater
     * than the least one.
     *
     * @param without the part that does not choose, or {@link #NONE}
     */
    int best(int without) {
        return betas == 1 ? 0 : chosen.computeIfAbsent(without, this::choose);
    }

    private int choose(int without) {
        double[][] losses = new double[betas][];
        int least = 0;
        for (int b = 0; b < betas; b++) {
            losses[b] = bestLosses(b, without);
            least = sum(losses[b]) < sum(losses[least]) ? b : least;
        }
        int smallest = 0;
        while (smallest < least && !isWithinStandardError(losses[smallest], losses[least])) {
            smallest++;
        }
        return smallest;
    }

    /** Returns the mean loss at the chosen β and its best θ and λ. */
    double mean() {
        double[] losses = bestLosses(best(NONE), NONE);
        return sum(losses) / losses.length;
    }

    /** Returns the probability of the true class of an example. */
    double probability(int example, int theta, int beta, double lambda) {
        int point = theta * betas + beta;
        return Mixture.of(lambda, ofNetwork.get(example)[point], ofCache.get(example)[point]);
    }

    int part(int example) {
        return partOf.get(example);
    }

    private double[] bestLosses(int beta, int without) {
        double least = Double.POSITIVE_INFINITY;
        int bestTheta = 0;
        double bestLambda = lambdas[0];
        double[][][] all = sums();
        for (int t = 0; t < thetas; t++) {
            for (int l = 0; l < lambdas.length; l++) {
                double sum = 0;
                for (int part = 0; part < parts; part++) {
                    sum += part == without ? 0 : all[t * betas + beta][l][part];
                }
                if (sum < least) {
                    least = sum;
                    bestTheta = t;
                    bestLambda = lambdas[l];
                }
            }
        }
        double[] losses = new double[ofCache.size()];
        int count = 0;
        for (int i = 0; i < losses.length; i++) {
            if (partOf.get(i) != without) {
                losses[count++] = -Math.log(Math.max(LEAST, probability(i, bestTheta, beta, bestLambda)));
            }
        }
        return Arrays.copyOf(losses, count);
    }

    /** Returns the losses of each part at each point. */
    private double[][][] sums() {
        double[][][] known = sums;
        if (known != null) {
            return known;
        }
        double[][][] found = new double[thetas * betas][lambdas.length][];
        for (int point = 0; point < found.length; point++) {
            for (int l = 0; l < lambdas.length; l++) {
                found[point][l] = sums(point, lambdas[l]);
            }
        }
        sums = found;
        return found;
    }

    /** Adds up losses of each part, with one logarithm for many examples. */
    private double[] sums(int point, double lambda) {
        double[] found = new double[parts];
        double[] products = new double[parts];
        int[] factors = new int[parts];
        Arrays.fill(products, 1);
        for (int i = 0; i < ofCache.size(); i++) {
            int part = partOf.get(i);
            products[part] *= Math.max(LEAST, Mixture.of(lambda, ofNetwork.get(i)[point], ofCache.get(i)[point]));
            if (++factors[part] % FACTORS == 0) {
                found[part] -= Math.log(products[part]);
                products[part] = 1;
            }
        }
        for (int part = 0; part < parts; part++) {
            found[part] -= Math.log(products[part]);
        }
        return found;
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
