package io.github.afterimage.keys;

import java.nio.FloatBuffer;
import java.util.Arrays;

/**
 * Keys to add, as callers pass them. Buffers hold float32 row-major, from the position to the limit; the positions stay.
 *
 * @param features rows {@code (count, dim)}
 * @param labels a class for each row
 * @param views keys of each picture, which follow each other, share its label and its details, and get one id
 */
public record KeyRows(FloatBuffer features, int[] labels, KeyDetails details, int views) {
    /** Maximum keys of a picture. */
    public static final int MOST_VIEWS = 8;

    /** Returns keys without names and thumbnails, each of another picture. */
    public static KeyRows of(FloatBuffer features, int[] labels) {
        return new KeyRows(features, labels, KeyDetails.none(labels.length), 1);
    }

    /** Returns these keys with other names and thumbnails. */
    public KeyRows with(KeyDetails others) {
        return new KeyRows(features, labels, others, views);
    }

    /** Returns these keys with other rows. */
    public KeyRows withFeatures(FloatBuffer others) {
        return new KeyRows(others, labels, details, views);
    }

    /** Returns several keys for each of these labels, which have one each. */
    public KeyRows withViews(int others) {
        int[] repeated = new int[Math.multiplyExact(labels.length, others)];
        Arrays.setAll(repeated, row -> labels[row / others]);
        return new KeyRows(features, repeated, details.repeated(others), others);
    }

    public int count() {
        return labels.length;
    }

    /** Returns {@code count} of these keys, whose counts fit, from number {@code first} on: those of whole pictures. */
    public KeyRows slice(int first, int count) {
        int dim = features.remaining() / labels.length;
        return new KeyRows(
                features.slice(features.position() + first * dim, count * dim),
                Arrays.copyOfRange(labels, first, first + count),
                details.subList(first, first + count),
                views);
    }

    /** @throws IllegalArgumentException if the counts do not fit, or a label or a detail is out of range */
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
        details.requireCount(labels.length);
    }

    /** Writes keys into a segment, as {@link NewKeys.Rows#write}. */
    void write(Segment segment, int first, int count, long row) {
        segment.encode(features, first, count, row);
    }
}
