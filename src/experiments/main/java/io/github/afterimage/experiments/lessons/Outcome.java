package io.github.afterimage.experiments.lessons;

import io.github.afterimage.experiments.statistics.Interval;
import java.util.Arrays;
import java.util.stream.IntStream;

/** What one way to take a lesson answers after lessons, each taken alone: to the forms of the picture, and to other pictures. */
final class Outcome {
    static final double CONFIDENCE = 0.95;
    private static final int FORMS = Form.values().length;

    private final String name;
    private final int[] before;
    private final int[] labels;
    private final int[][] right; // (lessons, forms)
    private int taught;
    private long changed;
    private long broken;
    private long corrected;
    private long errors;
    private double loss;

    /**
     * @param before the answers to the others before the lesson
     * @param labels the true classes of the others
     */
    Outcome(String name, int lessons, int[] before, int[] labels) {
        this.name = name;
        this.before = before;
        this.labels = labels;
        right = new int[lessons][FORMS];
    }

    /**
     * Adds the answers after the next lesson.
     *
     * @param label the class of the lesson
     * @param forms the answers to the forms of its picture
     * @param logLoss the mean of -log p of the others; NaN where nobody has probabilities
     */
    void add(int label, int[] forms, int[] others, double logLoss) {
        for (int form = 0; form < FORMS; form++) {
            right[taught][form] = forms[form] == label ? 1 : 0;
        }
        for (int i = 0; i < labels.length; i++) {
            changed += others[i] == before[i] ? 0 : 1;
            broken += others[i] != labels[i] && before[i] == labels[i] ? 1 : 0;
            corrected += others[i] == labels[i] && before[i] != labels[i] ? 1 : 0;
            errors += others[i] == labels[i] ? 0 : 1;
        }
        loss += logLoss;
        taught++;
    }

    String name() {
        return name;
    }

    private int[] lessons(Form form) {
        return Arrays.stream(right).mapToInt(forms -> forms[form.ordinal()]).toArray();
    }

    double share(Form form) {
        return Arrays.stream(lessons(form)).average().orElseThrow();
    }

    Interval interval(Form form) {
        return Interval.clopperPearson(Arrays.stream(lessons(form)).sum(), taught, CONFIDENCE);
    }

    private int[] altered() {
        return Arrays.stream(right)
                .flatMapToInt(forms -> Arrays.stream(forms).skip(1))
                .toArray();
    }

    double alteredShare() {
        return Arrays.stream(altered()).average().orElseThrow();
    }

    /** Returns the interval for all altered forms; those of one lesson are a group. */
    Interval alteredInterval() {
        int[] lessons = IntStream.range(0, taught * (FORMS - 1))
                .map(i -> i / (FORMS - 1))
                .toArray();
        return Interval.ofGroups(lessons, altered(), 1, CONFIDENCE);
    }

    /** Returns the mean number of others whose class changes by a lesson. */
    double changed() {
        return (double) changed / taught;
    }

    /** Returns the mean number of others that become wrong. */
    double broken() {
        return (double) broken / taught;
    }

    /** Returns the mean number of others that become right. */
    double corrected() {
        return (double) corrected / taught;
    }

    /** Returns the share of the others that are wrong. */
    double error() {
        return (double) errors / taught / labels.length;
    }

    /** Returns the mean of -log p of the others; NaN where nobody has probabilities. */
    double logLoss() {
        return loss / taught;
    }
}
