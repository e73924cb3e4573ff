package io.github.afterimage.experiments.paper;

import io.github.afterimage.experiments.statistics.Reliability;
import java.util.List;

/**
 * What one way of predicting came to on the test examples.
 *
 * @param name of it
 * @param corrected how many are right that the network has wrong
 * @param broken the reverse
 * @param logLoss the mean of -log p of the true class; p below 1e-12 counts as 1e-12
 * @param calibrationError the expected calibration error over 15 bins, in 0..1
 * @param bins of the reliability diagram
 * @param risks the error rate of the most confident 1, 2, … 100 % of the examples
 * @param riskArea the mean error rate over all coverages
 */
public record Method(
        String name,
        long errors,
        long corrected,
        long broken,
        double logLoss,
        double calibrationError,
        List<Reliability.Bin> bins,
        double[] risks,
        double riskArea) {}
