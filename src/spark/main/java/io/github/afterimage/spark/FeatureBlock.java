package io.github.afterimage.spark;

import java.io.Serializable;
import java.util.Arrays;

/**
 * Consecutive images with the output of the network.
 *
 * @param features {@code (ids.length, dim)} row-major
 * @param probabilities {@code (ids.length, classes)} row-major
 */
record FeatureBlock(long[] ids, int[] labels, String[] names, float[] features, float[] probabilities)
        implements Serializable {
    int size() {
        return ids.length;
    }

    FeatureBlock withOutput(float[] otherFeatures, float[] otherProbabilities) {
        return new FeatureBlock(ids, labels, names, otherFeatures, otherProbabilities);
    }

    /** {@return images {@code from} to {@code to} - 1} */
    FeatureBlock rows(int from, int to) {
        return from == 0 && to == size()
                ? this
                : new FeatureBlock(
                        Arrays.copyOfRange(ids, from, to),
                        Arrays.copyOfRange(labels, from, to),
                        Arrays.copyOfRange(names, from, to),
                        rows(features, from, to),
                        rows(probabilities, from, to));
    }

    private float[] rows(float[] values, int from, int to) {
        int columns = values.length / size();
        return Arrays.copyOfRange(values, from * columns, to * columns);
    }
}
