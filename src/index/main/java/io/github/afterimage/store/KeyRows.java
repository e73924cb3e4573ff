package io.github.afterimage.store;

import io.github.afterimage.ElementType;
import io.github.afterimage.InvalidRowException;
import java.nio.FloatBuffer;
import java.util.Arrays;

/**
 * Keys to add, as callers pass them. Buffers hold float32 row-major, from the position to the limit; the positions stay.
 *
 * @param features rows {@code (count, dim)}
 * @param labels a class for each row
 * @param values rows {@code (count, width)}; empty if keys have no values
 */
public record KeyRows(FloatBuffer features, int[] labels, FloatBuffer values, KeyDetails details) {
    private static final FloatBuffer NO_VALUES = FloatBuffer.allocate(0);
    /** Numbers from here on are rounded to an infinity in half precision. */
    private static final float HALF_OVERFLOW = 65520;

    private static final String HALF_BOUND = " and at most 65504 in magnitude, because values are f16";

    /** Returns keys without values. */
    public static KeyRows of(FloatBuffer features, int[] labels, KeyDetails details) {
        return new KeyRows(features, labels, NO_VALUES, details);
    }

    int count() {
        return labels.length;
    }

    /** Returns {@code count} of these keys, whose counts fit, from number {@code first} on. */
    public KeyRows slice(int first, int count) {
        return new KeyRows(
                slice(features, first, count),
                Arrays.copyOfRange(labels, first, first + count),
                slice(values, first, count),
                details.subList(first, first + count));
    }

    private FloatBuffer slice(FloatBuffer rows, int first, int count) {
        int width = rows.remaining() / labels.length;
        return rows.slice(rows.position() + first * width, count * width);
    }

    /** @throws IllegalArgumentException if the counts do not fit, or a label, a value or a detail is out of range */
    public void check(KeyFormat format) {
        requireCount("features", features, "dim", format.dim());
        for (int row = 0; row < labels.length; row++) {
            if (labels[row] < 0 || labels[row] >= format.classes()) {
                throw new IllegalArgumentException(
                        "label " + labels[row] + " at row " + row + " is outside 0.." + (format.classes() - 1));
            }
        }
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
