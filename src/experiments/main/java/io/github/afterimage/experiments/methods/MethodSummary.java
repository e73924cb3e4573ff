package io.github.afterimage.experiments.methods;

import io.github.afterimage.experiments.statistics.Interval;

/**
 * The answers of one method to the test examples.
 *
 * @param error share of wrong answers
 * @param interval its 95 % interval
 * @param corrected number of answers that only this method has right, compared with the first one
 * @param broken number of answers that only the first method has right
 * @param p McNemar's p-value against the first method
 * @param logLoss mean of -log p of the true class
 * @param calibrationError expected calibration error, in 0..1
 * @param brier mean squared error of the probabilities, in 0..2
 * @param seconds to make the method from encoded keys
 * @param chosen the tuned parameters
 */
public record MethodSummary(
        String name,
        double error,
        Interval interval,
        long corrected,
        long broken,
        double p,
        double logLoss,
        double calibrationError,
        double brier,
        double seconds,
        String chosen) {}
