package io.github.afterimage;

import java.util.function.IntToDoubleFunction;

/**
 * Mixes the probabilities of a network and of a cache, equation (3) of the paper, and chooses the most probable class.
 *
 * <pre>{@code
 * float[] network = {0.6f, 0.4f};
 * float[] cache = {0.1f, 0.9f};
 * double[] mixed = Mixture.of(0.5, network, cache);
 * System.out.println("class " + Mixture.best(mixed));
 * }</pre>
 *
 * <p>Probabilities and λ are not checked: λ is in 0..1. Threads: thread-safe; nothing is changed or kept.
 */
public final class Mixture {
    private Mixture() {}

    /** Computes (1 - λ) p_net + λ p_mem. */
    public static double of(double lambda, double network, double cache) {
        return (1 - lambda) * network + lambda * cache;
    }

    /**
     * Mixes the probabilities of every class. Where the network does not have the last classes, the probability u that the cache
     * gives to all of them is theirs, as the cache divides it, and the others share 1 - u: p(c) = p_mem(c) for a class that only
     * the cache has, (1 - λ)(1 - u) p_net(c) + λ p_mem(c) for another one.
     *
     * @param network {@code (classes)}, or fewer values: the last classes are those that only the cache has
     * @param cache {@code (classes)}
     * @return {@code (classes)}
     */
    public static double[] of(double lambda, float[] network, float[] cache) {
        float[] complete = completed(network, cache);
        double[] mixed = new double[cache.length];
        for (int c = 0; c < mixed.length; c++) {
            mixed[c] = of(lambda, complete[c], cache[c]);
        }
        return mixed;
    }

    /**
     * Returns the network's distribution over all classes: the cache's probabilities of the last classes, which the network does
     * not have, and its own times what is left of 1. If it has all, these are its own.
     */
    static float[] completed(float[] network, float[] cache) {
        if (network.length == cache.length) {
            return network;
        }
        float[] complete = cache.clone();
        double unknown = 0;
        for (int c = network.length; c < cache.length; c++) {
            unknown += cache[c];
        }
        for (int c = 0; c < network.length; c++) {
            complete[c] = (float) ((1 - unknown) * network[c]);
        }
        return complete;
    }

    /**
     * Returns the most probable class of the mixture, the first of equals.
     *
     * @param network {@code (classes)}, at least one, or fewer values, see {@link #of(double, float[], float[])}
     * @param cache {@code (classes)}
     */
    public static int best(double lambda, float[] network, float[] cache) {
        float[] complete = completed(network, cache);
        return best(cache.length, c -> of(lambda, complete[c], cache[c]));
    }

    /** Returns the most probable of {@code (classes)} probabilities, the first of equals. */
    public static int best(float[] probabilities) {
        return best(probabilities.length, c -> probabilities[c]);
    }

    /** Returns the most probable of {@code (classes)} probabilities, the first of equals. */
    public static int best(double[] probabilities) {
        return best(probabilities.length, c -> probabilities[c]);
    }

    /**
     * Returns the most probable class, the first of equals.
     *
     * @param classes number of classes, at least 1
     * @param probability called once for each class, in order
     */
    public static int best(int classes, IntToDoubleFunction probability) {
        int best = 0;
        double greatest = probability.applyAsDouble(0);
        for (int c = 1; c < classes; c++) {
            double p = probability.applyAsDouble(c);
            if (p > greatest) {
                greatest = p;
                best = c;
            }
        }
        return best;
    }
}
