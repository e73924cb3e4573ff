package io.github.afterimage.keys;

import io.github.afterimage.ElementType;

/**
 * Describes the values of keys: a row of numbers beside each label.
 *
 * @param width numbers of a row; 0 if keys have labels only
 * @param type a type without scales, in which the numbers are stored
 */
public record ValueFormat(int width, ElementType type) {
    /** Maximum numbers of a row, so that the sums of a query take at most 32 MiB. */
    public static final int MAX_WIDTH = 1 << 22;

    private static final int BATCH_FLOATS = 1 << 22;

    /** Describes keys without values. */
    public static final ValueFormat NONE = new ValueFormat(0, ElementType.FLOAT32);

    /** @throws IllegalArgumentException if the width is out of range, or the type has scales */
    public ValueFormat {
        if (width < 0 || width > MAX_WIDTH) {
            throw new IllegalArgumentException("values of width " + width + ": expected 1 to " + MAX_WIDTH);
        }
        if (type.scaled()) {
            throw new IllegalArgumentException("values of type " + type.shortName() + ": expected f32, f16 or bf16");
        }
    }

    /** Returns whether keys have values. */
    public boolean present() {
        return width > 0;
    }

    /** Returns how many rows, at most {@code most}, take at most 16 MiB as float32, or 1. */
    public int batch(int most) {
        return present() ? Math.max(1, Math.min(most, BATCH_FLOATS / width)) : most;
    }

    /**
     * Returns the bytes of {@code count} rows.
     *
     * @throws ArithmeticException if they exceed 2^63 - 1
     */
    public long bytes(long count) {
        return Math.multiplyExact(count, Math.multiplyExact((long) width, type.bytes()));
    }
}
