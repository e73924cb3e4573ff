package io.github.afterimage.keys;

import io.github.afterimage.InvalidRowException;
import java.nio.FloatBuffer;
import java.util.Arrays;

/**
 * Keys to add, as callers pass them. Buffers hold float32 row-major, from the position to the limit; the positions stay.
 *
 * @param features rows {@code (count, dim)}
 * @param labels a class for each row
 * @param weights a weight for each row; empty if all are 1
 */
public record KeyRows(FloatBuffer features, int[] labels, float[] weights, KeyDetails details) {
    private static final float[] NO_WEIGHTS = {};

    /** Returns keys of weight 1 without names and thumbnails. */
    public static KeyRows of(FloatBuffer features, int[] labels) {
        return new KeyRows(features, labels, NO_WEIGHTS, KeyDetails.none(labels.length));
    }

    /** Returns these keys with other rows. */
    public KeyRows with(KeyDetails others) {
        return new KeyRows(features, labels, weights, others);
    }

    public KeyRows withWeights(float[] others) {
        return new KeyRows(features, labels, others, details);
    }

    public KeyRows withFeatures(FloatBuffer others) {
        return new KeyRows(others, labels, weights, details);
    }

    public int count() {
        return labels.length;
    }

    /** Returns {@code count} of these keys, whose counts fit, from number {@code first} on. */
    public KeyRows slice(int first, int count) {
        int dim = features.remaining() / labels.length;
        return new KeyRows(
                features.slice(features.position() + first * dim, count * dim),
                Arrays.copyOfRange(labels, first, first + count),
                weights.length == 0 ? weights : Arrays.copyOfRange(weights, first, first + count),
                details.subList(first, first + count));
    }

    /** @throws IllegalArgumentException if the counts do not fit, or a label, a weight or a detail is out of range */
    public void check(KeyFormat format) {
        long expected = (long) labels.length * format.dim();
        if (features.remaining() != expected) {
            throw new IllegalArgumentException("features hold " + features.remaining() + " numbers: expected "
                    + labels.length + " keys x dim " + format.dim() + " = " + expected);
        }
        for (int row = 0; row < labels.length; row++) {
            if (labels[row] < 0 || labels[row] >= format.classes()) {
                throw new IllegalArgumentException(
                        "label " + labels[row] + " at row " + row + " is outside 0.." + (format.classes() - 1));
            }
        }
        requireWeights();
        details.requireCount(labels.length);
    }

    private void requireWeights() {
        if (weights.length > 0 && weights.length != labels.length) {
            throw new IllegalArgumentException(
                    weights.length + " weights: expected " + labels.length + ", one for each key");
        }
        for (int row = 0; row < weights.length; row++) {
            if (!WeightChanges.isWeight(weights[row])) {
                throw new InvalidRowException(
                        row,
                        "has weight " + weights[row] + ": expected " + WeightChanges.RANGE
                                + "; leave out a key that is to have no effect");
            }
        }
    }

    /** Returns the weights that are not 1, of keys that get these ids. */
    WeightChanges weights(long[] ids) {
        return weights.length == 0 ? WeightChanges.NONE : new WeightChanges(ids, weights).others();
    }

    /** Writes keys into a segment, as {@link NewKeys.Rows#write}. */
    void write(Segment segment, int first, int count, long row) {
        segment.encode(features, first, count, row);
    }
}
