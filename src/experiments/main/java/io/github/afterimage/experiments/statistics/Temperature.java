package io.github.afterimage.experiments.statistics;

import io.github.afterimage.model.data.Softmax;
import java.util.Arrays;

/**
 * Temperature scaling (Guo et al., 2017): softmax(logits / T), computed from probabilities p as p^(1/T), normalised. The
 * best T minimises the negative log-likelihood of held-out labels; classes keep their order.
 */
public final class Temperature {
    /** Below it, a float32 probability has lost its logarithm. */
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
        // The loss is convex in 1/T, so its slope changes sign at most once. If every label is the likeliest class, the
        // slope stays below 0, or is 0 where it underflows.
        double low = 1 / GREATEST;
        double high = 1 / LEAST;
        for (int i = 0; i < BISECTIONS; i++) {
            double middle = Math.sqrt(low * high);
            if (slope(probabilities, labels, middle) <= 0) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return new Temperature(1 / Math.sqrt(low * high));
    }

    /** Returns d/db Σ -log p_label for b = 1/T, which is Σ mean of (log p - log p_label) under p^b. */
    private static double slope(float[] probabilities, int[] labels, double inverse) {
        int classes = probabilities.length / labels.length;
        double slope = 0;
        for (int row = 0; row < labels.length; row++) {
            double greatest = Double.NEGATIVE_INFINITY;
            for (int c = 0; c < classes; c++) {
                greatest = Math.max(greatest, logarithm(probabilities[row * classes + c]));
            }
            // Subtracted first, because the difference may be far below the last digit of a logarithm.
            double ofLabel = logarithm(probabilities[row * classes + labels[row]]);
            double sum = 0;
            double weighted = 0;
            for (int c = 0; c < classes; c++) {
                double logarithm = logarithm(probabilities[row * classes + c]);
                double weight = Math.exp(inverse * (logarithm - greatest));
                sum += weight;
                weighted += weight * (logarithm - ofLabel);
            }
            slope += weighted / sum;
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
        double[] row = new double[classes];
        for (int from = 0; from < scaled.length; from += classes) {
            for (int c = 0; c < classes; c++) {
                row[c] = probabilities[from + c];
            }
            double[] ofRow = scale(row);
            for (int c = 0; c < classes; c++) {
                scaled[from + c] = (float) ofRow[c];
            }
        }
        return scaled;
    }
}
