package io.github.afterimage.answer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Fits the weights of a {@link Pool}: the least mean of −log p of the true class, plus r / (2n) Σ_i ((w_i − usual_i) / scale_i)², over
 * weights that are not negative. The function is convex; Newton's method with a projection finds its minimum.
 *
 * <p>Not thread-safe.
 */
final class PoolFit {
    /** Of log p_net, log E_c and zᵀm_c. */
    static final int TERMS = 3;

    /** The parts of the examples for cross-conformal prediction. */
    static final int PARTS = 10;

    /** r: the usual weights count as much as this number of examples. */
    private static final double PRIOR = 30;

    /** How far the weights that fit networks and data best are from the usual ones. */
    private static final double[] SCALES = {1, 1, 4};

    /** The same where the memory answers alone: that of the directions is then 0 to 50, as {@code measure methods} shows. */
    private static final double[] SCALES_ALONE = {1, 1, 40};

    private static final int MOST_STEPS = 50;
    private static final int MOST_HALVINGS = 30;
    private static final double PRECISION = 1e-10;

    private final double[] offsets; // log π of each class
    private final List<Example> examples = new ArrayList<>();

    /**
     * An example.
     *
     * @param terms {@code (TERMS, classes)}; zeros where a term has no weight
     */
    private record Example(float[][] terms, int label) {}

    /** @param offsets of each class that the network knows */
    PoolFit(double[] offsets) {
        this.offsets = offsets;
    }

    void add(float[][] terms, int label) {
        examples.add(new Example(terms, label));
    }

    /** The value of the function at a place, with its gradient and its second derivatives. */
    private static final class Slope {
        double value;
        final double[] gradient = new double[TERMS];
        final double[][] curvature = new double[TERMS][TERMS];
    }

    /**
     * Returns the best weights.
     *
     * @param usual the weights that few examples hardly change
     * @param free whether each weight is chosen; others stay as they are, as that of the network where the memory answers alone
     * @param without the part of ten that does not choose, the examples with this number modulo ten; -1 for none
     */
    double[] weights(double[] usual, boolean[] free, int without) {
        double[] weights = usual.clone();
        Slope slope = slope(weights, usual, free, without);
        for (int step = 0; step < MOST_STEPS; step++) {
            double[] direction = direction(slope, weights, free);
            double size = 1;
            double[] next = moved(weights, direction, size);
            Slope nextSlope = slope(next, usual, free, without);
            for (int halving = 0; halving < MOST_HALVINGS && !(nextSlope.value <= slope.value); halving++) {
                size /= 2;
                next = moved(weights, direction, size);
                nextSlope = slope(next, usual, free, without);
            }
            double gain = slope.value - nextSlope.value;
            if (!(gain >= 0)) {
                return weights;
            }
            weights = next;
            slope = nextSlope;
            if (gain <= PRECISION) {
                return weights;
            }
        }
        return weights;
    }

    private static double[] moved(double[] weights, double[] direction, double size) {
        double[] moved = new double[TERMS];
        for (int i = 0; i < TERMS; i++) {
            moved[i] = Math.max(0, weights[i] + size * direction[i]);
        }
        return moved;
    }

    /** Returns Newton's step for the weights that are free and do not push against 0. */
    private static double[] direction(Slope slope, double[] weights, boolean[] free) {
        double[][] system = new double[TERMS][TERMS + 1];
        for (int i = 0; i < TERMS; i++) {
            boolean moves = free[i] && (weights[i] > 0 || slope.gradient[i] < 0);
            system[i][i] = 1;
            for (int j = 0; j < TERMS && moves; j++) {
                boolean other = free[j] && (weights[j] > 0 || slope.gradient[j] < 0);
                system[i][j] = other ? slope.curvature[i][j] : 0;
            }
            system[i][TERMS] = moves ? -slope.gradient[i] : 0;
        }
        for (int i = 0; i < TERMS; i++) { // the prior makes each pivot positive
            for (int row = i + 1; row < TERMS; row++) {
                double factor = system[row][i] / system[i][i];
                for (int j = i; j <= TERMS; j++) {
                    system[row][j] -= factor * system[i][j];
                }
            }
        }
        double[] direction = new double[TERMS];
        for (int i = TERMS - 1; i >= 0; i--) {
            double right = system[i][TERMS];
            for (int j = i + 1; j < TERMS; j++) {
                right -= system[i][j] * direction[j];
            }
            direction[i] = right / system[i][i];
        }
        return direction;
    }

    private Slope slope(double[] weights, double[] usual, boolean[] free, int without) {
        Slope slope = new Slope();
        double[] p = new double[offsets.length];
        int count = 0;
        for (int example = 0; example < examples.size(); example++) {
            if (example % PARTS != without) {
                add(examples.get(example), weights, p, slope);
                count++;
            }
        }
        for (int i = 0; i < TERMS; i++) {
            for (int j = 0; j < TERMS; j++) {
                slope.curvature[i][j] /= Math.max(1, count);
            }
            slope.gradient[i] /= Math.max(1, count);
        }
        slope.value /= Math.max(1, count);
        double[] scales = free[0] ? SCALES : SCALES_ALONE;
        for (int i = 0; i < TERMS; i++) {
            if (free[i]) {
                double strength = PRIOR / Math.max(1, count) / (scales[i] * scales[i]);
                double difference = weights[i] - usual[i];
                slope.value += strength * difference * difference / 2;
                slope.gradient[i] += strength * difference;
                slope.curvature[i][i] += strength;
            }
        }
        return slope;
    }

    private void add(Example example, double[] weights, double[] p, Slope slope) {
        float[][] terms = example.terms;
        double greatest = Double.NEGATIVE_INFINITY;
        for (int c = 0; c < p.length; c++) {
            p[c] = offsets[c] + weights[0] * terms[0][c] + weights[1] * terms[1][c] + weights[2] * terms[2][c];
            greatest = Math.max(greatest, p[c]);
        }
        slope.value += greatest - p[example.label];
        double total = 0;
        for (int c = 0; c < p.length; c++) {
            p[c] = Math.exp(p[c] - greatest);
            total += p[c];
        }
        slope.value += Math.log(total);
        double[] means = new double[TERMS];
        double[][] products = new double[TERMS][TERMS];
        for (int c = 0; c < p.length; c++) {
            double share = p[c] / total;
            for (int i = 0; i < TERMS; i++) {
                double weighted = share * terms[i][c];
                means[i] += weighted;
                for (int j = 0; j <= i; j++) {
                    products[i][j] += weighted * terms[j][c];
                }
            }
        }
        for (int i = 0; i < TERMS; i++) {
            slope.gradient[i] += means[i] - terms[i][example.label];
            for (int j = 0; j <= i; j++) {
                double covariance = products[i][j] - means[i] * means[j];
                slope.curvature[i][j] += covariance;
                slope.curvature[j][i] += i == j ? 0 : covariance;
            }
        }
    }

    @Override
    public String toString() {
        return "PoolFit[" + examples.size() + " examples, offsets " + Arrays.toString(offsets) + "]";
    }
}
