package io.github.afterimage.keys;

import io.github.afterimage.settings.ElementType;

/**
 * Describes the keys of an index; the same in all of its files.
 *
 * @param dim numbers of a key
 * @param type in which they are stored
 */
public record KeyFormat(int dim, int classes, ElementType type) {
    /**
     * Maximum number of classes. A query needs 8 bytes of sums per class and theta: 32 MiB for this many, which is more
     * than any label set has.
     */
    public static final int MAX_CLASSES = 1 << 22;

    /** Maximum values of a key: a row of float32 takes 64 MiB, far more than the largest layers have. */
    public static final int MAX_DIM = 1 << 24;

    /** Ids are less: far above any number of keys, and far from overflow. */
    public static final long MAX_ID = 1L << 62;

    /**
     * Checks that a store can hold such keys.
     *
     * @throws IllegalArgumentException if a number is out of range
     */
    void requireInRange() {
        requirePositive("dim", dim, MAX_DIM);
        requirePositive("classes", classes, MAX_CLASSES);
    }

    private static void requirePositive(String name, int value, int most) {
        if (value <= 0) {
            throw new IllegalArgumentException(name + " " + value + ": expected a positive number");
        }
        if (value > most) {
            throw new IllegalArgumentException(name + " " + value + ": expected at most " + most);
        }
    }

    /**
     * Returns the bytes of {@code count} rows of a section that has a row for each key.
     *
     * @throws ArithmeticException if they exceed 2^63 - 1
     */
    public long bytes(Section section, long count) {
        return switch (section) {
            case KEYS -> rowBytes(count);
            default -> Math.multiplyExact(count, section.elementBytes);
        };
    }

    /**
     * Returns the bytes of the numbers of {@code count} keys.
     *
     * @throws ArithmeticException if they exceed 2^63 - 1
     */
    public long rowBytes(long count) {
        return Math.multiplyExact(count, Math.multiplyExact((long) dim, type.bytes()));
    }
}
