package io.github.afterimage.experiments.lessons;

import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.experiments.statistics.Interval;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** The answers after lessons, each taken alone in one way: those to the forms of its picture, and those to other pictures. */
final class Outcome {
    static final double CONFIDENCE = 0.95;

    private final String name;
    private final int[] before;
    private final int[] labels;
    private final List<int[]> right = new ArrayList<>(); // 1 or 0 for each form, of each lesson
    private long changed;
    private long broken;
    private long errors;
    private double loss;

    /**
     * @param before the answers to the others before the lesson
     * @param labels the true classes of the others
     */
    Outcome(String name, int[] before, int[] labels) {
        this.name = name;
        this.before = before;
        this.labels = labels;
    }

    /**
     * Adds the answers after the next lesson.
     *
     * @param label the class of the lesson
     * @param forms the answers to the forms of its picture
     * @param logLoss the mean of -log p of the others; NaN where nobody has probabilities
     */
    void add(int label, int[] forms, int[] others, double logLoss) {
        right.add(Arrays.stream(forms).map(answer -> answer == label ? 1 : 0).toArray());
        for (int i = 0; i < labels.length; i++) {
            changed += others[i] == before[i] ? 0 : 1;
            broken += others[i] != labels[i] && before[i] == labels[i] ? 1 : 0;
            errors += others[i] == labels[i] ? 0 : 1;
        }
        loss += logLoss;
    }

    String name() {
        return name;
    }

    private int[] events(int from, int to) {
        return right.stream()
                .flatMapToInt(forms -> Arrays.stream(forms, from, to))
                .toArray();
    }

    /** Returns the share that is right of some forms. */
    double share(int from, int to) {
        return Arrays.stream(events(from, to)).average().orElseThrow();
    }

    /** Returns the interval of that share; the forms of a lesson are a group. */
    Text interval(int from, int to) {
        int[] events = events(from, to);
        int[] lessons =
                IntStream.range(0, events.length).map(i -> i / (to - from)).toArray();
        return Text.interval("interval", Interval.ofGroups(lessons, events, 1, CONFIDENCE));
    }

    /** Returns the mean number of others whose class changes by a lesson. */
    double changed() {
        return (double) changed / right.size();
    }

    /** Returns the mean number of others that become wrong. */
    double broken() {
        return (double) broken / right.size();
    }

    /** Returns the mean number of others that become right. */
    double corrected() {
        long wrong = IntStream.range(0, labels.length)
                .filter(i -> before[i] != labels[i])
                .count();
        return wrong + broken() - (double) errors / right.size();
    }

    double error() {
        return (double) errors / right.size() / labels.length;
    }

    double logLoss() {
        return loss / right.size();
    }
}
