package io.github.afterimage.keys;

import io.github.afterimage.ElementType;
import io.github.afterimage.InvalidRowException;
import java.nio.FloatBuffer;
import java.util.Arrays;

/**
 * Keys to add, as callers pass them. Buffers hold float32 row-major, from the position to the limit; the positions stay.
 *
 * @param features rows {@code (count, dim)}
 * @param labels a class for each row
 * @param weights a weight for each row; empty if all are 1
 * @param values rows {@code (count, width)}; empty if keys have no values
 */
public record KeyRows(FloatBuffer features, int[] labels, float[] weights, FloatBuffer values, KeyDetails details) {
    private static final float[] NO_WEIGHTS = {};
    private static final FloatBuffer NO_VALUES = FloatBuffer.allocate(0);
    /** Numbers from here on are rounded to an infinity in half precision. */
    private static final float HALF_OVERFLOW = 65520;

    private static final String HALF_BOUND = " and at most 65504 in magnitude, because values are f16";

    /** Describes keys of weight 1. */
    public KeyRows(FloatBuffer features, int[] labels, FloatBuffer values, KeyDetails details) {
        this(features, labels, NO_WEIGHTS, values, details);
    }

    /** Returns keys of weight 1 without values, names and thumbnails. */
    public static KeyRows of(FloatBuffer features, int[] labels) {
        return new KeyRows(features, labels, NO_VALUES, KeyDetails.none(labels.length));
    }

    /** Returns these keys with other rows. */
    public KeyRows with(KeyDetails others) {
        return new KeyRows(features, labels, weights, values, others);
    }

    public KeyRows withValues(FloatBuffer others) {
        return new KeyRows(features, labels, weights, others, details);
    }

    public KeyRows withWeights(float[] others) {
        return new KeyRows(features, labels, others, values, details);
    }

    public KeyRows withFeatures(FloatBuffer others) {
        return new KeyRows(others, labels, weights, values, details);
    }

    public int count() {
        return labels.length;
    }

    /** Returns {@code count} of these keys, whose counts fit, from number {@code first} on. */
    public KeyRows slice(int first, int count) {
        return new KeyRows(
                slice(features, first, count),
                Arrays.copyOfRange(labels, first, first + count),
                weights.length == 0 ? weights : Arrays.copyOfRange(weights, first, first + count),
                slice(values, first, count),
                details.subList(first, first + count));
    }

    private FloatBuffer slice(FloatBuffer rows, int first, int count) {
        int width = rows.remaining() / labels.length;
        return rows.slice(rows.position() + first * width, count * width);
    }

    /** @throws IllegalArgumentException if the counts do not fit, or a label, a weight, a value or a detail is out of range */
    public void check(KeyFormat format) {
        requireCount("features", features, "dim", format.dim());
        for (int row = 0; row < labels.length; row++) {
            if (labels[row] < 0 || labels[row] >= format.classes()) {
                throw new IllegalArgumentException(
                        "label " + labels[row] + " at row " + row + " is outside 0.." + (format.classes() - 1));
            }
        }
        requireWeights();
        requireCount("values", values, "width", format.values().width());
        requireFinite(format.values());
        details.requireCount(labels.length);
    }

    private void requireCount(String name, FloatBuffer rows, String unit, int width) {
        long expected = (long) labels.length * width;
        if (rows.remaining() != expected) {
            throw new IllegalArgumentException(name + " hold " + rows.remaining() + " numbers: expected "
                    + labels.length + " keys x " + unit + " " + width + " = " + expected);
        }
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

    private void requireFinite(ValueFormat format) {
        float bound = format.type() == ElementType.FLOAT16 ? HALF_OVERFLOW : Float.POSITIVE_INFINITY;
        for (int i = 0; i < values.remaining(); i++) {
            float value = values.get(values.position() + i);
            if (!(Math.abs(value) < bound)) {
                throw new InvalidRowException(
                        i / format.width(),
                        "has " + value + " at column " + i % format.width()
                                + " of its values: every number must be finite"
                                + (bound == HALF_OVERFLOW ? HALF_BOUND : ""));
            }
        }
    }

    /** Writes keys into a segment, as {@link NewKeys.Rows#write}. */
    void write(Segment segment, int first, int count, long row) {
        segment.encode(features, first, count, row);
        segment.encodeValues(values, first, count, row);
    }
}
