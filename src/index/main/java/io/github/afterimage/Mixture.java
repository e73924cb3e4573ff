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
     * Mixes the probabilities of every class.
     *
     * @param network {@code (classes)}
     * @param cache {@code (classes)}
     * @return {@code (classes)}
     */
    public static double[] of(double lambda, float[] network, float[] cache) {
        double[] mixed = new double[cache.length];
        for (int c = 0; c < mixed.length; c++) {
            mixed[c] = of(lambda, network[c], cache[c]);
        }
        return mixed;
    }

    /**
     * Returns the most probable class of the mixture, the first of equals; allocates nothing, for a search over a grid.
     *
     * @param network {@code (classes)}, at least one
     * @param cache {@code (classes)}
     */
    public static int best(double lambda, float[] network, float[] cache) {
        int best = 0;
        double greatest = of(lambda, network[0], cache[0]);
        for (int c = 1; c < cache.length; c++) {
            double p = of(lambda, network[c], cache[c]);
            if (p > greatest) {
                greatest = p;
                best = c;
            }
        }
        return best;
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
