package io.github.afterimage;

/**
 * How many keys a store keeps; the oldest go as new ones come, in the same step. Immutable.
 *
 * @param perClass whether {@code keys} is for each class rather than for all together
 * @param keys the most keys kept, positive
 */
public record Capacity(boolean perClass, long keys) {
    /** @throws IllegalArgumentException if {@code keys} is not positive */
    public Capacity {
        if (keys <= 0) {
            throw new IllegalArgumentException("capacity " + keys + ": expected a positive number of keys");
        }
    }

    /** Keeps every key. */
    public static Capacity keepAll() {
        return new Capacity(false, Long.MAX_VALUE);
    }

    /** Keeps the keys that were added last, {@code keys} of them. */
    public static Capacity lastKeys(long keys) {
        return new Capacity(false, keys);
    }

    /** Keeps of each class the keys that were added last, {@code keys} of them. */
    public static Capacity lastKeysPerClass(long keys) {
        return new Capacity(true, keys);
    }

    /** Whether keys go in the order in which they came. */
    public boolean firstInFirstOut() {
        return !perClass && keys < Long.MAX_VALUE;
    }

    /** The most keys of all classes together. */
    public long total(int classes) {
        return !perClass ? keys : keys > Long.MAX_VALUE / classes ? Long.MAX_VALUE : keys * classes;
    }
}
