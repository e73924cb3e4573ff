package io.github.afterimage.keys;

import java.nio.FloatBuffer;
import java.util.Arrays;

/**
 * Keys to add, as callers pass them. Buffers hold float32 row-major, from the position to the limit; the positions stay.
 *
 * @param features rows {@code (pictures * views, dim)}
 * @param labels a class for each picture
 * @param details of each picture
 * @param views keys of each picture, which follow each other and get one id
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

    /** Returns these keys as groups, the views of a picture. */
    public KeyRows withViews(int others) {
        return new KeyRows(features, labels, details, others);
    }

    /** Returns the number of pictures. */
    public int pictures() {
        return labels.length;
    }

    /** Returns the number of keys. */
    public int count() {
        return Math.multiplyExact(labels.length, views);
    }

    /** Returns the keys of {@code count} of these pictures, whose counts fit, from number {@code first} on. */
    public KeyRows slice(int first, int count) {
        int values = features.remaining() / labels.length;
        return new KeyRows(
                features.slice(features.position() + first * values, count * values),
                Arrays.copyOfRange(labels, first, first + count),
                details.subList(first, first + count),
                views);
    }

    /** @throws IllegalArgumentException if the counts do not fit, or a label or a detail is out of range */
    public void check(KeyFormat format) {
        long expected = (long) count() * format.dim();
        if (features.remaining() != expected) {
            throw new IllegalArgumentException("features hold " + features.remaining() + " numbers: expected " + count()
                    + " keys x dim " + format.dim() + " = " + expected);
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
