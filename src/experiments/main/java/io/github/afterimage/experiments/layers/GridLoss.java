package io.github.afterimage.experiments.layers;

import io.github.afterimage.Hyperparameters;
import io.github.afterimage.Mixture;
import io.github.afterimage.experiments.layers.LayerSearch.Criterion;

/**
 * The losses of the mixture on each example at every pair of θ and λ: 1 for an error; -log p(label|x); and the soft error,
 * 1 / (1 + exp(m / {@value #SCALE})) with the margin m of the label's probability over the greatest other.
 *
 * <p>Not thread-safe.
 */
final class GridLoss {
    private static final double MIN_PROBABILITY = 1e-12;
    private static final double SCALE = 0.1;

    private final double[] thetas;
    private final double[] lambdas;
    private final int examples;
    private final float[][][] losses; // (criteria, thetas x lambdas, examples)
    private int count;

    /** @param examples the number of examples */
    GridLoss(double[] thetas, double[] lambdas, int examples) {
        this.thetas = thetas.clone();
        this.lambdas = lambdas.clone();
        this.examples = examples;
        losses = new float[Criterion.values().length][thetas.length * lambdas.length][examples];
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
        for (int t = 0; t < thetas.length; t++) {
            for (int l = 0; l < lambdas.length; l++) {
                double own = Mixture.of(lambdas[l], network[label], cache[t][label]);
                double before = 0; // the greatest of the classes before the label, which win where they are equal
                double after = 0;
                for (int c = 0; c < network.length; c++) {
                    double other = Mixture.of(lambdas[l], network[c], cache[t][c]);
                    before = c < label ? Math.max(before, other) : before;
                    after = c > label ? Math.max(after, other) : after;
                }
                double likely = Mixture.of(lambdas[l], calibrated[label], cache[t][label]);
                double ahead = own - Math.max(before, after);
                int point = t * lambdas.length + l;
                boolean wrong = label > 0 && before >= own || after > own;
                losses[Criterion.ERRORS.ordinal()][point][count] = wrong ? 1 : 0;
                losses[Criterion.LOSS.ordinal()][point][count] = (float) -Math.log(Math.max(MIN_PROBABILITY, likely));
                losses[Criterion.MARGIN.ordinal()][point][count] = (float) (1 / (1 + Math.exp(ahead / SCALE)));
            }
        }
        count++;
    }

    /**
     * The point of the grid at which a mean is least.
     *
     * @param losses the loss of each example at this point
     */
    record Point(Hyperparameters hyperparameters, double mean, float[] losses) {}

    /** Returns the point with the least mean of a criterion; the first of equals, in the order of θ and then λ. */
    Point least(Criterion criterion) {
        float[][] all = losses[criterion.ordinal()];
        int best = 0;
        double least = Double.POSITIVE_INFINITY;
        for (int point = 0; point < all.length; point++) {
            double sum = 0;
            for (float loss : all[point]) {
                sum += loss;
            }
            best = sum < least ? point : best;
            least = Math.min(least, sum);
        }
        return new Point(
                new Hyperparameters(thetas[best / lambdas.length], lambdas[best % lambdas.length]),
                least / examples,
                all[best]);
    }
}
