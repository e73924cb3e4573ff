package io.github.afterimage.experiments.statistics;

import io.github.afterimage.Mixture;

/** Accumulates the answers of one method, one example after the other. Not thread-safe. */
public final class MethodScorer {
    private static final double MIN_PROBABILITY = 1e-12;
    private static final int COVERAGES = 100;

    private final String name;
    private final double[] confidences;
    private final boolean[] right;
    private final Reliability reliability = new Reliability();
    private double logLoss;
    private double squares;
    private int count;

    /** @param examples greatest number of examples */
    public MethodScorer(String name, int examples) {
        this.name = name;
        confidences = new double[examples];
        right = new boolean[examples];
    }

    /** Adds the probabilities of one example; the answer is the most probable class, the first of equals. */
    public void add(double[] probabilities, int label) {
        int best = Mixture.best(probabilities);
        confidences[count] = probabilities[best];
        right[count] = best == label;
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
        return right[count - 1];
    }

    /** Returns whether the answer to an example was right. */
    public boolean isRight(int example) {
        return right[example];
    }

    /** Returns the result so far, compared with a baseline, such as the network, on the same examples. */
    public MethodResult against(MethodScorer baseline) {
        long errors = 0;
        long corrected = 0;
        long broken = 0;
        for (int i = 0; i < count; i++) {
            errors += right[i] ? 0 : 1;
            corrected += right[i] && !baseline.right[i] ? 1 : 0;
            broken += !right[i] && baseline.right[i] ? 1 : 0;
        }
        RiskCoverage coverage = new RiskCoverage(confidences, right);
        double[] risks = new double[COVERAGES];
        for (int i = 0; i < COVERAGES; i++) {
            risks[i] = coverage.risk((i + 1.0) / COVERAGES);
        }
        return new MethodResult(
                name,
                errors,
                corrected,
                broken,
                logLoss / count,
                squares / count,
                reliability.expectedCalibrationError(),
                reliability.bins(),
                risks,
                coverage.area());
    }
}
