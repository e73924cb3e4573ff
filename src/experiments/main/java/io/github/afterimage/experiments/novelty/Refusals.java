package io.github.afterimage.experiments.novelty;

import io.github.afterimage.experiments.statistics.Gain;
import io.github.afterimage.experiments.statistics.Interval;
import java.util.Arrays;

/**
 * The examples that a threshold refuses.
 *
 * @param name what the examples are
 */
public record Refusals(String name, long refused, long examples) {
    /** Counts the scores of a detector below a threshold. */
    public static Refusals of(DetectorScores scores, int detector, double threshold) {
        long refused = Arrays.stream(scores.values()[detector])
                .filter(score -> score < threshold)
                .count();
        return new Refusals(scores.name(), refused, scores.examples());
    }

    /** Returns the share of refused examples. */
    public double share() {
        return (double) refused / examples;
    }

    /** Returns the 95 % interval of the share. */
    public Interval interval() {
        return Interval.clopperPearson(refused, examples, Gain.CONFIDENCE);
    }
}
