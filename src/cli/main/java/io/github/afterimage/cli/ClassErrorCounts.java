package io.github.afterimage.cli;

import io.github.afterimage.model.evaluation.Prediction;

/** Counts for each true class how many of the network's errors the mixture corrects, and how many it makes instead. */
final class ClassErrorCounts {
    private final int[] corrected;
    private final int[] broken;

    ClassErrorCounts(int classes) {
        corrected = new int[classes];
        broken = new int[classes];
    }

    void add(Prediction prediction) {
        int label = prediction.label();
        boolean networkRight = prediction.network() == label;
        boolean mixedRight = prediction.mixed() == label;
        corrected[label] += !networkRight && mixedRight ? 1 : 0;
        broken[label] += networkRight && !mixedRight ? 1 : 0;
    }

    int classes() {
        return corrected.length;
    }

    int corrected(int label) {
        return corrected[label];
    }

    int broken(int label) {
        return broken[label];
    }
}
