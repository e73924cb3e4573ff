package io.github.afterimage;

/**
 * The values of λ at which a class wins in a mixture. A mixture is linear in λ, so the class beats each other class on one side of
 * a point, and wins between two of them: one look at the classes serves every λ of a grid.
 *
 * @param from λ up to which another class wins, less the rounding of the mixture
 * @param to λ from which on another class wins
 */
record WinningWeights(float[] network, float[] cache, int label, double from, double to) {
    /** Closer to an end of the range, the mixture itself is compared, because of its rounding. */
    private static final double NEAR = 1e-6;

    static WinningWeights of(float[] network, float[] cache, int label) {
        double from = Double.NEGATIVE_INFINITY;
        double to = Double.POSITIVE_INFINITY;
        for (int c = 0; c < cache.length; c++) {
            if (c == label) {
                continue;
            }
            double without = (double) network[label] - network[c]; // the lead of the class at λ = 0
            double with = (double) cache[label] - cache[c]; // and at λ = 1
            double change = with - without;
            if (change == 0) {
                if (without <= 0) {
                    return undecided(network, cache, label, without < 0);
                }
            } else if (change > 0) {
                from = Math.max(from, -without / change);
            } else {
                to = Math.min(to, without / -change);
            }
        }
        return new WinningWeights(network, cache, label, from, to);
    }

    /** Equal classes everywhere: the first one wins, so the mixture itself is compared; a class that trails never wins. */
    private static WinningWeights undecided(float[] network, float[] cache, int label, boolean trails) {
        return trails
                ? new WinningWeights(network, cache, label, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY)
                : new WinningWeights(network, cache, label, Double.NaN, Double.NaN);
    }

    /** Sets {@code wrong} where another class wins. */
    void markErrors(double[] lambdas, boolean[] wrong) {
        for (int l = 0; l < lambdas.length; l++) {
            double lambda = lambdas[l];
            if (lambda > from + NEAR && lambda < to - NEAR) {
                wrong[l] = false;
            } else if (lambda < from - NEAR || lambda > to + NEAR) {
                wrong[l] = true;
            } else {
                wrong[l] = Mixture.best(lambda, network, cache) != label;
            }
        }
    }
}
