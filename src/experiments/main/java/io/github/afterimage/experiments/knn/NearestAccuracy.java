package io.github.afterimage.experiments.knn;

import io.github.afterimage.Answer;
import io.github.afterimage.experiments.statistics.Gain;
import io.github.afterimage.experiments.statistics.Interval;

/**
 * Counts the right answers of weighted k-nearest-neighbour classification for one k and one temperature, as the evaluation of
 * self-supervised networks does: a label is in the top five if at most four classes come before it, where classes of equal
 * weight, such as those without a neighbour, come in the order of their numbers. With k below five, it is the top k.
 */
public final class NearestAccuracy {
    private static final int FIVE = 5;

    private final int k;
    private final double temperature;
    private long examples;
    private long first;
    private long amongFive;

    public NearestAccuracy(int k, double temperature) {
        this.k = k;
        this.temperature = temperature;
    }

    /** Counts the answers to a batch. */
    public void add(Answer answers, int[] labels) {
        for (int row = 0; row < labels.length; row++) {
            int place = answers.row(row).place(labels[row]);
            first += place == 0 ? 1 : 0;
            amongFive += place < Math.min(FIVE, k) ? 1 : 0;
        }
        examples += labels.length;
    }

    /** Returns the number of neighbours. */
    public int k() {
        return k;
    }

    /** Returns the temperature: the weight of a neighbour is exp(similarity / temperature). */
    public double temperature() {
        return temperature;
    }

    /** Returns the share of examples whose class is the first. */
    public double top1() {
        return (double) first / examples;
    }

    /** Returns the share of examples whose class is among the first five. */
    public double top5() {
        return (double) amongFive / examples;
    }

    /** Returns the 95 % interval of {@link #top1}. */
    public Interval top1Interval() {
        return Interval.clopperPearson(first, examples, Gain.CONFIDENCE);
    }

    /** Returns the 95 % interval of {@link #top5}. */
    public Interval top5Interval() {
        return Interval.clopperPearson(amongFive, examples, Gain.CONFIDENCE);
    }
}
