package io.github.afterimage.experiments.statistics;

import java.util.List;

/**
 * The result of one method on the test examples.
 *
 * @param name the name of the method
 * @param examples the number of test examples
 * @param corrected the number of examples that only this method has right, compared with the baseline
 * @param broken the number of examples that only the baseline has right
 * @param logLoss the mean of -log p of the true class; p below 1e-12 counts as 1e-12
 * @param brier the mean of the sum over classes of (p - 1 if it is the true class, p - 0 if not)², in 0..2
 * @param calibrationError the expected calibration error over 15 bins, in 0..1
 * @param bins the bins of the reliability diagram
 * @param risks the error rates of the most confident 1, 2, … 100 % of the examples
 * @param riskArea the mean error rate over all coverages
 */
public record MethodResult(
        String name,
        long examples,
        long errors,
        long corrected,
        long broken,
        double logLoss,
        double brier,
        double calibrationError,
        List<Reliability.Bin> bins,
        double[] risks,
        double riskArea) {
    /** Returns the share of wrong answers. */
    public double error() {
        return (double) errors / examples;
    }

    /** Returns the exact 95 % interval of the error rate. */
    public Interval interval() {
        return Interval.clopperPearson(errors, examples, Gain.CONFIDENCE);
    }

    /** Returns the p-value of McNemar's exact test against the baseline. */
    public double pValue() {
        return Gain.p(corrected, broken);
    }

    /** Returns the error rate of the most confident examples, for a percentage in 1..100. */
    public double riskAt(int percent) {
        return risks[risks.length * percent / 100 - 1];
    }
}
