package io.github.afterimage.experiments.statistics;

import io.github.afterimage.model.data.Softmax;
import java.util.Arrays;
import java.util.List;

/**
 * Temperature scaling (Guo et al., 2017): softmax(logits / T), computed from probabilities p as p^(1/T), normalised. The
 * best T minimises the negative log-likelihood of held-out labels; classes keep their order.
 */
public final class Temperature {
    private static final double LEAST = 1e-2;
    private static final double GREATEST = 1e2;
    private static final int BISECTIONS = 60;
    private static final double ROUNDING = 1e-9;

    private final double temperature;

    /** @throws IllegalArgumentException if it is not positive and finite */
    public Temperature(double temperature) {
        if (!(temperature > 0 && temperature <= Double.MAX_VALUE)) {
            throw new IllegalArgumentException("temperature " + temperature + ": expected a positive, finite number");
        }
        this.temperature = temperature;
    }

    /**
     * Finds the best temperature between 0.01 and 100.
     *
     * @param probabilities {@code (labels.length, classes)} row-major
     * @throws IllegalArgumentException if there is no label, or counts do not fit
     */
    public static Temperature fit(float[] probabilities, int[] labels) {
        float[][] logs = LogPool.logarithms(List.of(probabilities), labels);
        // The loss is convex in 1/T, so its slope changes sign at most once. If every label is the likeliest class, the
        // slope stays below 0, or is 0 where it underflows.
        double low = 1 / GREATEST;
        double high = 1 / LEAST;
        for (int i = 0; i < BISECTIONS; i++) {
            double middle = Math.sqrt(low * high);
            if (LogPool.Loss.at(logs, labels, new double[] {middle}).gradient()[0] <= 0) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return new Temperature(1 / Math.sqrt(low * high));
    }

    /** Returns T. */
    public double value() {
        return temperature;
    }

    /** Returns whether T is at the edge of the range of {@link #fit}; the best temperature may lie outside. */
    public boolean atEdge() {
        return temperature <= LEAST * (1 + ROUNDING) || temperature >= GREATEST * (1 - ROUNDING);
    }

    /** Returns a scaled copy of one distribution. */
    public double[] scale(double[] probabilities) {
        return Softmax.of(Arrays.stream(probabilities)
                .map(p -> LogPool.logarithm(p) / temperature)
                .toArray());
    }

    /** Returns a scaled copy of distributions {@code (n, classes)}, row-major. */
    public float[] scale(float[] probabilities, int classes) {
        return new LogPool(new double[] {1 / temperature}, Double.NaN).pool(List.of(probabilities), classes);
    }
}
