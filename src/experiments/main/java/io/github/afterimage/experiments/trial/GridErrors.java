package io.github.afterimage.experiments.trial;

import io.github.afterimage.Mixture;
import java.util.Arrays;
import java.util.BitSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The examples that the mixture has wrong at every pair of θ and λ, and there the sum of -log p(label|x); and the errors of the
 * memory alone at every θ. Not thread-safe.
 */
final class GridErrors {
    private static final double MIN_PROBABILITY = 1e-12;

    private final int thetas;
    private final double[] lambdas;
    private final BitSet[] wrong; // (thetas x lambdas) sets of examples
    private final double[] loss; // (thetas x lambdas)
    private final long[] alone; // (thetas)
    private int count;

    GridErrors(int thetas, double[] lambdas) {
        this.thetas = thetas;
        this.lambdas = lambdas.clone();
        wrong = Stream.generate(BitSet::new)
                .limit((long) thetas * lambdas.length)
                .toArray(BitSet[]::new);
        loss = new double[wrong.length];
        alone = new long[thetas];
    }

    /**
     * Adds one example.
     *
     * @param cache {@code (thetas, classes)}
     * @param network the network's probabilities {@code (classes)}
     * @param calibrated the same, scaled by a temperature. It is mixed for -log p, because a cache would otherwise look good
     *     merely by making an overconfident network less confident
     */
    void accept(float[][] cache, float[] network, float[] calibrated, int label) {
        for (int t = 0; t < thetas; t++) {
            alone[t] += Mixture.best(cache[t]) == label ? 0 : 1;
            for (int l = 0; l < lambdas.length; l++) {
                int point = t * lambdas.length + l;
                wrong[point].set(count, Mixture.best(lambdas[l], network, cache[t]) != label);
                double likely = Mixture.of(lambdas[l], calibrated[label], cache[t][label]);
                loss[point] -= Math.log(Math.max(MIN_PROBABILITY, likely));
            }
        }
        count++;
    }

    /** The examples that are wrong at the point with the fewest; the first of equals, in the order of θ and then λ. */
    BitSet fewest() {
        return wrong[
                IntStream.range(0, wrong.length)
                        .reduce((a, b) -> wrong[b].cardinality() < wrong[a].cardinality() ? b : a)
                        .orElseThrow()];
    }

    /** The least mean of -log p on the grid. */
    double leastLoss() {
        return Arrays.stream(loss).min().orElseThrow() / count;
    }

    /** The fewest errors of the memory alone. */
    long fewestAlone() {
        return Arrays.stream(alone).min().orElseThrow();
    }
}
