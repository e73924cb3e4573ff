package io.github.afterimage.experiments.methods;

import io.github.afterimage.experiments.statistics.Interval;
import org.jspecify.annotations.Nullable;

/**
 * The answers of one method to the test examples, in the mean of all draws.
 *
 * @param error share of wrong answers
 * @param interval its 95 % interval
 * @param fewer share of wrong answers of the first method minus its own
 * @param fewerInterval the 95 % interval of {@code fewer}
 * @param unknownRefused share of the test examples of unknown classes that are less sure than 95 % of the others; null without any
 * @param corrected mean number of answers that only this method has right, compared with the first one
 * @param broken mean number of answers that only the first method has right
 * @param p McNemar's p-value against the first method; the median of the draws
 * @param logLoss mean of -log p of the true class
 * @param calibrationError expected calibration error, in 0..1
 * @param brier mean squared error of the probabilities, in 0..2
 * @param makeSeconds seconds to make the method from encoded keys; the median of the draws
 * @param changeSeconds seconds to learn another class, likewise
 * @param chosen the tuned parameters of the first draw
 */
public record MethodSummary(
        String name,
        double error,
        Interval interval,
        double fewer,
        Interval fewerInterval,
        @Nullable Double unknownRefused,
        double corrected,
        double broken,
        double p,
        double logLoss,
        double calibrationError,
        double brier,
        double makeSeconds,
        double changeSeconds,
        String chosen) {}
