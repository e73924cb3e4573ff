package io.github.afterimage;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The errors of a mixture at every point of a grid of θ, β and λ, its -log p of the true class of each example, and the point that
 * both choose. The examples are in parts, so that those of all parts but one may choose. Without a network, the mixture is the cache.
 *
 * <p>Not thread-safe.
 */
final class TuningGrid {
    /** Of cross-conformal prediction. */
    static final int PARTS = 10;
    /** All parts choose. */
    static final int NONE = -1;

    /** A probability that is 0 in float32 counts as this one. */
    private static final double LEAST = 1e-12;
    /** Factors in a product that stays above the least double. */
    private static final int FACTORS = 24;

    private final int thetas;
    private final int betas;
    final double[] lambdas;
    private final long[][][] errors; // (parts, thetas * betas, lambdas)
    private final long[][] corrected; // (thetas * betas, lambdas): errors of the network that the mixture does not make
    private final List<Example> examples = new ArrayList<>();
    private double @Nullable [][][] sums; // of the losses, (thetas * betas, lambdas, parts)
    private final Map<Integer, Integer> chosen = new HashMap<>(); // β, by the part that does not choose

    /** The true class's p_mem, (thetas, betas), and its p_net, which depends on them if the network lacks classes; otherwise one value. */
    private record Example(float[] cache, float[] network, int part) {
        double probability(int point, double lambda) {
            return Mixture.of(lambda, network[network.length == 1 ? 0 : point], cache[point]);
        }
    }

    /** A point, by its places in the grid. */
    record Place(int theta, int beta, int lambda) {}

    TuningGrid(int thetas, int betas, double[] lambdas) {
        this.thetas = thetas;
        this.betas = betas;
        this.lambdas = lambdas;
        errors = new long[PARTS][thetas * betas][lambdas.length];
        corrected = new long[thetas * betas][lambdas.length];
    }

    /**
     * Adds an example.
     *
     * @param cache {@code (thetas * betas, classes)}
     * @param ofLabel that of the true class, {@code (thetas * betas)}; kept
     * @param network {@code (classes)} or fewer, or null
     */
    void add(float[][] cache, float[] ofLabel, float @Nullable [] network, int label, int part) {
        boolean networkWrong = network != null && Mixture.best(network) != label;
        boolean lacksClasses = network != null && network.length < cache[0].length;
        float[] completed = lacksClasses ? new float[cache.length] : ofLabel;
        for (int point = 0; point < cache.length; point++) {
            float[] distribution = cache[point];
            float[] complete = network == null ? distribution : Mixture.completed(network, distribution);
            if (lacksClasses) {
                completed[point] = complete[label];
            }
            WinningWeights winning = WinningWeights.of(complete, distribution, label);
            for (int l = 0; l < lambdas.length; l++) {
                boolean wins = winning.contain(lambdas[l]);
                errors[part][point][l] += wins ? 0 : 1;
                corrected[point][l] += networkWrong && wins ? 1 : 0;
            }
        }
        float[] ofNetwork = network == null || lacksClasses ? completed : new float[] {network[label]};
        examples.add(new Example(ofLabel, ofNetwork, part));
        sums = null;
        chosen.clear();
    }

    /**
     * Returns the place of the fewest errors at the best β; of equals, the one with the first θ, then the first λ.
     *
     * @param without the part that does not choose, or {@link #NONE}
     */
    Place best(int without) {
        int beta = bestBeta(without);
        long[][] found = errors(beta, without);
        int theta = first(least(found));
        return new Place(theta, beta, first(found[theta]));
    }

    long corrected(Place place) {
        return corrected[point(place.theta, place.beta)][place.lambda];
    }

    /** Returns the probability of the true class of an example; the less one, at two places. */
    double probability(int example, Place one, Place[] byPart) {
        Example known = examples.get(example);
        Place other = byPart[known.part];
        return Math.min(
                known.probability(point(one.theta, one.beta), lambdas[one.lambda]),
                known.probability(point(other.theta, other.beta), lambdas[other.lambda]));
    }

    private int point(int theta, int beta) {
        return theta * betas + beta;
    }

    /** Returns the errors at a β, {@code (thetas, lambdas)}. */
    long[][] errors(int beta, int without) {
        long[][] found = new long[thetas][lambdas.length];
        for (int part = 0; part < PARTS; part++) {
            for (int t = 0; t < thetas && part != without; t++) {
                for (int l = 0; l < lambdas.length; l++) {
                    found[t][l] += errors[part][point(t, beta)][l];
                }
            }
        }
        return found;
    }

    /** Returns the fewest errors for each θ at the best β. */
    long[] leastErrors() {
        return least(errors(bestBeta(NONE), NONE));
    }

    private static long[] least(long[][] errors) {
        return Arrays.stream(errors)
                .mapToLong(row -> Arrays.stream(row).min().orElseThrow())
                .toArray();
    }

    /** Returns the index of the least value, the first of equals. */
    static int first(long[] errors) {
        int best = 0;
        for (int i = 1; i < errors.length; i++) {
            best = errors[i] < errors[best] ? i : best;
        }
        return best;
    }

    /**
     * Returns the place of the smallest β whose loss, at its best θ and λ, is at most one standard error of the difference greater
     * than the least one.
     *
     * @param without the part that does not choose, or {@link #NONE}
     */
    int bestBeta(int without) {
        return betas == 1 ? 0 : chosen.computeIfAbsent(without, this::choose);
    }

    private int choose(int without) {
        double[][] losses = new double[betas][];
        int least = 0;
        for (int b = 0; b < betas; b++) {
            losses[b] = bestLosses(b, without);
            least = mean(losses[b]) < mean(losses[least]) ? b : least;
        }
        int smallest = 0;
        while (smallest < least && !isWithinStandardError(losses[smallest], losses[least])) {
            smallest++;
        }
        return smallest;
    }

    /** Returns the mean loss at the chosen β and its best θ and λ. */
    double meanLoss() {
        return mean(bestLosses(bestBeta(NONE), NONE));
    }

    private static double mean(double[] losses) {
        return Arrays.stream(losses).sum() / losses.length;
    }

    private double[] bestLosses(int beta, int without) {
        double least = Double.POSITIVE_INFINITY;
        int bestPoint = 0;
        double bestLambda = lambdas[0];
        double[][][] all = sums();
        for (int t = 0; t < thetas; t++) {
            for (int l = 0; l < lambdas.length; l++) {
                double sum = 0;
                for (int part = 0; part < PARTS; part++) {
                    sum += part == without ? 0 : all[point(t, beta)][l][part];
                }
                if (sum < least) {
                    least = sum;
                    bestPoint = point(t, beta);
                    bestLambda = lambdas[l];
                }
            }
        }
        int point = bestPoint;
        double lambda = bestLambda;
        return examples.stream()
                .filter(example -> example.part != without)
                .mapToDouble(example -> -Math.log(Math.max(LEAST, example.probability(point, lambda))))
                .toArray();
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
        double[] found = new double[PARTS];
        double[] products = new double[PARTS];
        int[] factors = new int[PARTS];
        Arrays.fill(products, 1);
        for (Example example : examples) {
            int part = example.part;
            products[part] *= Math.max(LEAST, example.probability(point, lambda));
            if (++factors[part] % FACTORS == 0) {
                found[part] -= Math.log(products[part]);
                products[part] = 1;
            }
        }
        for (int part = 0; part < PARTS; part++) {
            found[part] -= Math.log(products[part]);
        }
        return found;
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
