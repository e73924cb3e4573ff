package io.github.afterimage.experiments.statistics;

import io.github.afterimage.answer.ArgMax;
import java.util.Arrays;

/**
 * Deep k-nearest neighbours (Papernot and McDaniel, 2018). The strangeness of a class for an example is the number of
 * neighbours with other labels; its p-value is the share of calibration examples whose true class was at least as strange.
 *
 * <p>Immutable and thread-safe.
 */
public final class ConformalVotes {
    private final double[] atLeast; // share of calibration examples whose strangeness is at least the index

    /**
     * @param strangers element i counts the calibration examples of which i of k neighbours have another label
     * @throws IllegalArgumentException if there is no example
     */
    public ConformalVotes(long[] strangers) {
        long total = 0;
        atLeast = new double[strangers.length];
        for (int i = strangers.length - 1; i >= 0; i--) {
            total += strangers[i];
            atLeast[i] = total;
        }
        if (total == 0) {
            throw new IllegalArgumentException("no calibration example was counted");
        }
        for (int i = 0; i < atLeast.length; i++) {
            atLeast[i] /= total;
        }
    }

    /**
     * The prediction for one example.
     *
     * @param credibility the p-value, in 0..1, of the class with the most votes
     * @param confidence 1 less the greatest p-value of another class
     */
    public record Prediction(double credibility, double confidence) {}

    /**
     * Predicts one example.
     *
     * @param votes the number of neighbours of each class; the sum is k
     */
    public Prediction predict(int[] votes) {
        int neighbors = Arrays.stream(votes).sum();
        int best = ArgMax.of(votes.length, c -> votes[c]);
        double other = 0;
        for (int c = 0; c < votes.length; c++) {
            other = c == best ? other : Math.max(other, atLeast[neighbors - votes[c]]);
        }
        return new Prediction(atLeast[neighbors - votes[best]], 1 - other);
    }
}
