package io.github.afterimage.experiments.statistics;

import io.github.afterimage.model.data.Softmax;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Temperature scaling (Guo et al., 2017): softmax(logits / T), computed from probabilities p as p^(1/T), normalised. The
 * best T minimises the negative log-likelihood of held-out labels; classes keep their order.
 */
public final class Temperature {
    /** Where a distribution has no probability. */
    private static final double MIN_PROBABILITY = 1e-30;

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
        if (labels.length == 0 || probabilities.length % labels.length != 0) {
            throw new IllegalArgumentException(
                    probabilities.length + " probabilities of " + labels.length + " labels: expected labels x classes");
        }
        double[] logs = new double[probabilities.length];
        Arrays.setAll(logs, i -> logarithm(probabilities[i]));
        // The loss is convex in 1/T, so its slope changes sign at most once. If every label is the likeliest class, the
        // slope stays below 0, or is 0 where it underflows.
        double low = 1 / GREATEST;
        double high = 1 / LEAST;
        for (int i = 0; i < BISECTIONS; i++) {
            double middle = Math.sqrt(low * high);
            if (slope(logs, labels, middle) <= 0) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return new Temperature(1 / Math.sqrt(low * high));
    }

    /** Returns the slope of the loss of all labels over 1/T. */
    private static double slope(double[] logs, int[] labels, double exponent) {
        int classes = logs.length / labels.length;
        double slope = 0;
        for (int row = 0; row < labels.length; row++) {
            int first = row * classes;
            double[] p = Softmax.of(IntStream.range(first, first + classes)
                    .mapToDouble(i -> logs[i] * exponent)
                    .toArray());
            for (int c = 0; c < classes; c++) {
                slope += p[c] * (logs[first + c] - logs[first + labels[row]]);
            }
        }
        return slope;
    }

    private static double logarithm(double probability) {
        return Math.log(Math.max(MIN_PROBABILITY, probability));
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
                .map(p -> logarithm(p) / temperature)
                .toArray());
    }

    /** Returns a scaled copy of distributions {@code (n, classes)}, row-major. */
    public float[] scale(float[] probabilities, int classes) {
        float[] scaled = new float[probabilities.length];
        for (int first = 0; first < scaled.length; first += classes) {
            double[] row = scale(IntStream.range(first, first + classes)
                    .mapToDouble(i -> probabilities[i])
                    .toArray());
            for (int c = 0; c < classes; c++) {
                scaled[first + c] = (float) row[c];
            }
        }
        return scaled;
    }
}
