package io.github.afterimage.experiments.statistics;

import java.util.ArrayList;
import java.util.List;

/**
 * Whether predictions are right as often as they say: bins of equal width over the confidence, and the expected
 * calibration error Σ_b n_b/n |accuracy_b - confidence_b| (Naeini et al., 2015; Guo et al., 2017).
 *
 * <p>Not thread-safe.
 */
public final class Reliability {
    /** As many bins as Guo et al. took. */
    public static final int BINS = 15;

    private final long[] counts = new long[BINS];
    private final long[] right = new long[BINS];
    private final double[] confidences = new double[BINS];
    private long total;

    /**
     * A bin that holds predictions.
     *
     * @param count of predictions
     * @param confidence their mean, in 0..1
     * @param accuracy how many of them were right, in 0..1
     */
    public record Bin(long count, double confidence, double accuracy) {}

    /** @param confidence the probability of the predicted class, in 0..1; a bin holds its upper bound */
    public void add(double confidence, boolean correct) {
        int bin = Math.min(BINS - 1, Math.max(0, (int) Math.ceil(confidence * BINS) - 1));
        counts[bin]++;
        right[bin] += correct ? 1 : 0;
        confidences[bin] += confidence;
        total++;
    }

    /** In 0..1; 0 where nothing was added. */
    public double expectedCalibrationError() {
        double error = 0;
        for (int bin = 0; bin < BINS; bin++) {
            error += Math.abs(right[bin] - confidences[bin]);
        }
        return total == 0 ? 0 : error / total;
    }

    /** The bins that hold predictions, by ascending confidence. */
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
