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
                if (without < 0) { // it trails this class everywhere
                    return new WinningWeights(
                            network, cache, label, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY);
                }
                if (without == 0) { // equal everywhere: the first one wins, so the mixture itself is compared
                    return new WinningWeights(network, cache, label, Double.NaN, Double.NaN);
                }
            } else if (change > 0) {
                from = Math.max(from, -without / change);
            } else {
                to = Math.min(to, without / -change);
            }
        }
        return new WinningWeights(network, cache, label, from, to);
    }

    /** Returns whether the class wins at this λ. */
    boolean contain(double lambda) {
        if (lambda > from + NEAR && lambda < to - NEAR) {
            return true;
        }
        boolean outside = lambda < from - NEAR || lambda > to + NEAR;
        return !outside && Mixture.best(lambda, network, cache) == label;
    }
}
