package io.github.afterimage.experiments.statistics;

import io.github.afterimage.answer.ArgMax;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.stream.IntStream;

/** Accumulates the answers of one method, one example after the other. Not thread-safe. */
public final class MethodScorer {
    private static final double MIN_PROBABILITY = 1e-12;
    private static final int COVERAGES = 100;

    private final String name;
    private final double[] confidences;
    private final BitSet wrong = new BitSet();
    private final Reliability reliability = new Reliability();
    private double logLoss;
    private double squares;
    private int count;

    /** @param examples greatest number of examples */
    public MethodScorer(String name, int examples) {
        this.name = name;
        confidences = new double[examples];
    }

    /** Adds the probabilities of one example; the answer is the most probable class, the first of equals. */
    public void add(double[] probabilities, int label) {
        int best = ArgMax.of(probabilities);
        confidences[count] = probabilities[best];
        wrong.set(count, best != label);
        reliability.add(probabilities[best], best == label);
        logLoss -= Math.log(Math.max(MIN_PROBABILITY, probabilities[label]));
        for (int c = 0; c < probabilities.length; c++) {
            double difference = probabilities[c] - (c == label ? 1 : 0);
            squares += difference * difference;
        }
        count++;
    }

    /** Returns whether the answer to the last example was right. */
    public boolean lastWasRight() {
        return isRight(count - 1);
    }

    private boolean isRight(int example) {
        return !wrong.get(example);
    }

    /** Returns the result so far, compared with a baseline, such as the network, on the same examples. */
    public MethodResult against(MethodScorer baseline) {
        Gain gain = Gain.of(baseline.wrong, wrong, count);
        double[] risks = risks();
        double[] shown = new double[COVERAGES];
        Arrays.setAll(shown, i -> risks[(int) Math.ceil((i + 1.0) / COVERAGES * count) - 1]);
        return new MethodResult(
                name,
                count,
                wrong.cardinality(),
                gain.corrected(),
                gain.broken(),
                logLoss / count,
                squares / count,
                reliability.expectedCalibrationError(),
                reliability.bins(),
                shown,
                Arrays.stream(risks).average().orElseThrow());
    }

    /**
     * The error rates among the 1, 2, ... most confident answers (selective prediction, El-Yaniv and Wiener, 2010). Answers with
     * equal confidence are taken in random order, so they share their errors.
     */
    private double[] risks() {
        int[] order = descending(Arrays.copyOf(confidences, count));
        double[] risks = new double[count];
        double before = 0;
        for (int from = 0; from < count; ) {
            int to = from;
            int errors = 0;
            for (; to < count && confidences[order[to]] == confidences[order[from]]; to++) {
                errors += isRight(order[to]) ? 0 : 1;
            }
            for (int i = from; i < to; i++) {
                risks[i] = (before + (double) errors * (i - from + 1) / (to - from)) / (i + 1);
            }
            before += errors;
            from = to;
        }
        return risks;
    }

    /** Returns the numbers of all values, that of the greatest first; equal ones stay in order. */
    private static int[] descending(double[] values) {
        return IntStream.range(0, values.length)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> -values[i]))
                .mapToInt(Integer::intValue)
                .toArray();
    }
}
