package io.github.afterimage.experiments.statistics;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * Selective prediction (El-Yaniv and Wiener, 2010): the error rate among the most confident predictions, over the share of
 * predictions that are answered. Predictions with equal confidence are answered in random order.
 */
public final class RiskCoverage {
    private final double[] cumulated; // expected errors among the first i + 1

    /**
     * @param confidences the confidences of the predictions, in any unit
     * @param correct whether each prediction is right
     * @throws IllegalArgumentException if the lengths differ or are 0
     */
    public RiskCoverage(double[] confidences, boolean[] correct) {
        if (confidences.length != correct.length || confidences.length == 0) {
            throw new IllegalArgumentException(confidences.length + " confidences and " + correct.length
                    + " outcomes: expected the same positive number");
        }
        int[] order = IntStream.range(0, confidences.length)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> -confidences[i]))
                .mapToInt(Integer::intValue)
                .toArray();
        cumulated = new double[order.length];
        double before = 0;
        for (int from = 0; from < order.length; ) {
            int to = from;
            int wrong = 0;
            for (; to < order.length && confidences[order[to]] == confidences[order[from]]; to++) {
                wrong += correct[order[to]] ? 0 : 1;
            }
            for (int i = from; i < to; i++) {
                cumulated[i] = before + (double) wrong * (i - from + 1) / (to - from);
            }
            before += wrong;
            from = to;
        }
    }

    /** Returns the error rate if a share of all predictions is answered; the share is in 0..1 and is rounded up. */
    public double risk(double coverage) {
        int answered = Math.max(1, (int) Math.min(cumulated.length, Math.ceil(coverage * cumulated.length)));
        return cumulated[answered - 1] / answered;
    }

    /** Returns the mean error rate over all coverages, the area under the curve. */
    public double area() {
        return Arrays.stream(IntStream.range(0, cumulated.length)
                        .mapToDouble(i -> cumulated[i] / (i + 1))
                        .toArray())
                .average()
                .orElseThrow();
    }
}
