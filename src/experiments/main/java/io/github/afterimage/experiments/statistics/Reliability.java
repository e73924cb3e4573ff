package io.github.afterimage.experiments.statistics;

import java.util.ArrayList;
import java.util.List;

/**
 * Compares the confidence of predictions with their accuracy, in bins of equal width; the expected calibration error is Σ_b n_b/n
 * |accuracy_b - confidence_b| (Naeini et al., 2015; Guo et al., 2017).
 *
 * <p>Not thread-safe.
 */
public final class Reliability {
    /** The number of bins, as in Guo et al. */
    public static final int BINS = 15;

    private final long[] counts = new long[BINS];
    private final long[] right = new long[BINS];
    private final double[] confidences = new double[BINS];
    private long total;

    /**
     * A bin with at least one prediction.
     *
     * @param confidence the mean confidence, in 0..1
     * @param accuracy the share of right predictions, in 0..1
     */
    public record Bin(long count, double confidence, double accuracy) {}

    /**
     * Adds a prediction.
     *
     * @param confidence the probability of the predicted class, in 0..1; a bin includes its upper bound
     */
    public void add(double confidence, boolean correct) {
        int bin = Math.min(BINS - 1, Math.max(0, (int) Math.ceil(confidence * BINS) - 1));
        counts[bin]++;
        right[bin] += correct ? 1 : 0;
        confidences[bin] += confidence;
        total++;
    }

    /** Returns the expected calibration error, in 0..1; 0 without predictions. */
    public double expectedCalibrationError() {
        double error = 0;
        for (int bin = 0; bin < BINS; bin++) {
            error += Math.abs(right[bin] - confidences[bin]);
        }
        return total == 0 ? 0 : error / total;
    }

    /** Returns the bins with predictions, by ascending confidence. */
    public List<Bin> bins() {
        List<Bin> bins = new ArrayList<>();
        for (int bin = 0; bin < BINS; bin++) {
            if (counts[bin] > 0) {
                bins.add(new Bin(counts[bin], confidences[bin] / counts[bin], (double) right[bin] / counts[bin]));
            }
        }
        return bins;
    }
}
