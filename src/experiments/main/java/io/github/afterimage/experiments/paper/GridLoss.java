package io.github.afterimage.experiments.paper;

import io.github.afterimage.Hyperparameters;
import io.github.afterimage.Mixture;
import io.github.afterimage.experiments.paper.LayerSearch.Criterion;
import java.util.EnumMap;
import java.util.Map;

/**
 * What the mixture loses on each example at every pair of theta and lambda: 1 for an error; -log p(label|x); or a soft error,
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
    private final Map<Criterion, float[][]> losses =
            new EnumMap<>(Criterion.class); // (thetas x lambdas, examples) each
    private int count;

    /** @param examples how many there will be */
    GridLoss(double[] thetas, double[] lambdas, int examples) {
        this.thetas = thetas.clone();
        this.lambdas = lambdas.clone();
        this.examples = examples;
        for (Criterion by : Criterion.values()) {
            losses.put(by, new float[thetas.length * lambdas.length][examples]);
        }
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
                losses.get(Criterion.ERRORS)[point][count] = wrong ? 1 : 0;
                losses.get(Criterion.LOSS)[point][count] = (float) -Math.log(Math.max(MIN_PROBABILITY, likely));
                losses.get(Criterion.MARGIN)[point][count] = (float) (1 / (1 + Math.exp(ahead / SCALE)));
            }
        }
        count++;
    }

    /**
     * Where a mean is least, and how much it is there.
     *
     * @param losses of each example there
     */
    record Point(Hyperparameters hyperparameters, double mean, float[] losses) {}

    /** The least mean of one of them; the first of equals, thetas and then lambdas ascending as given. */
    Point least(Criterion by) {
        float[][] all = losses.get(by);
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
