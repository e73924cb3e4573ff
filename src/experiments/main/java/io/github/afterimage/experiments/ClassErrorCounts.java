package io.github.afterimage.experiments;

import io.github.afterimage.model.evaluation.Prediction;

/** Counts for each true class the answers of the network that the mixture corrects and breaks. */
public final class ClassErrorCounts {
    private final int[] corrected;
    private final int[] broken;

    /** @param classes the number of classes */
    public ClassErrorCounts(int classes) {
        corrected = new int[classes];
        broken = new int[classes];
    }

    /** Counts one example. */
    public void add(Prediction prediction) {
        int label = prediction.label();
        boolean networkRight = prediction.network() == label;
        boolean mixedRight = prediction.mixed() == label;
        corrected[label] += !networkRight && mixedRight ? 1 : 0;
        broken[label] += networkRight && !mixedRight ? 1 : 0;
    }

    /** Returns the number of classes. */
    public int classes() {
        return corrected.length;
    }

    /** Returns the number of a class's examples that only the network has wrong. */
    public int corrected(int label) {
        return corrected[label];
    }

    /** Returns the number of a class's examples that only the network has right. */
    public int broken(int label) {
        return broken[label];
    }
}
