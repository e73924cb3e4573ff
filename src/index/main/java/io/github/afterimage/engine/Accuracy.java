package io.github.afterimage.engine;

/**
 * Describes how exactly probabilities are estimated.
 *
 * @param tolerance maximum half width
 * @param errors what is known of the estimates
 * @param factor half widths are greater by this than draws and spread say
 * @param draw size of the samples whose keys the first pass of a query draws
 */
record Accuracy(float theta, double tolerance, SketchErrors errors, double factor, double draw) {
    /** The terms of keys that do not count change a probability by about this share of the tolerance. */
    private static final double NEGLIGIBLE = 0.05;

    /** Returns the standard deviation of θ (score − estimate) of keys near a query. */
    double spread() {
        return theta * errors.spread;
    }

    /** Returns the share of all terms that keys which do not count have together. */
    double negligible() {
        // The mean of exp(error) of normally distributed errors is exp(spread² / 2).
        return NEGLIGIBLE * tolerance / Math.exp(spread() * spread() / 2);
    }

    /**
     * Returns the part of a half width that covers the keys that do not count: a survey chose them, and may be wrong by a factor.
     */
    double omitted() {
        return 2 * NEGLIGIBLE * tolerance;
    }

    /** Returns the half width of an interval from that of its sample. */
    double halfWidth(double ofSample) {
        return factor * ofSample + omitted();
    }

    /** Returns the least factor with which an error is within its half width. */
    double neededFactor(double error, double halfWidth) {
        return error <= omitted() ? 0 : factor * (error - omitted()) / (halfWidth - omitted());
    }
}
