package io.github.afterimage.keys;

import io.github.afterimage.ElementType;

/**
 * Describes the keys of an index; the same in all of its files.
 *
 * @param dim numbers of a key
 * @param type in which they are stored
 */
public record KeyFormat(int dim, int classes, ElementType type, ValueFormat values) {
    /** Describes keys without values. */
    public KeyFormat(int dim, int classes, ElementType type) {
        this(dim, classes, type, ValueFormat.NONE);
    }

    /**
     * Returns the bytes of the numbers and values of {@code count} keys.
     *
     * @throws ArithmeticException if they exceed 2^63 - 1
     */
    public long rowBytes(long count) {
        return Math.addExact(Segment.rowBytes(type, dim, count), values.bytes(count));
    }
}
