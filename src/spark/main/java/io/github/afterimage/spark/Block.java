package io.github.afterimage.spark;

import java.io.Serializable;
import java.util.Arrays;

/**
 * Consecutive images and what the network said of them.
 *
 * @param features {@code (ids.length, dim)} row-major
 * @param probabilities {@code (ids.length, classes)} row-major
 */
record Block(long[] ids, int[] labels, String[] names, float[] features, float[] probabilities)
        implements Serializable {
    int size() {
        return ids.length;
    }

    Block with(float[] otherFeatures, float[] otherProbabilities) {
        return new Block(ids, labels, names, otherFeatures, otherProbabilities);
    }

    /** Some of the images. */
    Block rows(int from, int to) {
        return from == 0 && to == size()
                ? this
                : new Block(
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
