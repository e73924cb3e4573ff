package io.github.afterimage.experiments.statistics;

import java.util.Arrays;

/**
 * The mean of repetitions and its standard error.
 *
 * @param standardError standard deviation / √n, with n - 1 in the variance; 0 for a single value
 */
public record Sample(double mean, double standardError) {

    /** @throws IllegalArgumentException if there is no value */
    public static Sample of(double[] values) {
        if (values.length == 0) {
            throw new IllegalArgumentException("no values: expected at least one");
        }
        double mean = Arrays.stream(values).sum() / values.length;
        double squares = Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum();
        return new Sample(mean, values.length == 1 ? 0 : Math.sqrt(squares / (values.length - 1) / values.length));
    }
}
