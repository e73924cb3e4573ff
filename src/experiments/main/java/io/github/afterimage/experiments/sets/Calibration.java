package io.github.afterimage.experiments.sets;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** The scores of the true classes of calibration examples, from which thresholds follow. Not thread-safe. */
final class Calibration {
    private final List<List<Double>> scores; // of each class

    Calibration(int classes) {
        scores = IntStream.range(0, classes)
                .<List<Double>>mapToObj(label -> new ArrayList<>())
                .toList();
    }

    void add(int label, double score) {
        scores.get(label).add(score);
    }

    /** Returns the threshold of each class: the same for all, from all examples. */
    double[] thresholds(double alpha) {
        double[] thresholds = new double[scores.size()];
        Arrays.fill(thresholds, quantile(scores.stream().flatMap(List::stream).toList(), alpha));
        return thresholds;
    }

    /** Returns the threshold of each class, from the examples of this class only. */
    double[] classThresholds(double alpha) {
        return scores.stream().mapToDouble(each -> quantile(each, alpha)).toArray();
    }

    /**
     * Returns the ⌈(n + 1)(1 - α)⌉-th smallest of n scores; infinity if there is no such one, because no score of these is then
     * great enough.
     */
    static double quantile(List<Double> scores, double alpha) {
        // Decimal, because 20 (1 - 0.95) in doubles exceeds 1.
        int rank = BigDecimal.ONE
                .subtract(BigDecimal.valueOf(alpha))
                .multiply(BigDecimal.valueOf(scores.size() + 1L))
                .setScale(0, RoundingMode.CEILING)
                .intValueExact();
        return rank > scores.size()
                ? Double.POSITIVE_INFINITY
                : scores.stream().sorted().skip(rank - 1L).findFirst().orElseThrow();
    }
}
