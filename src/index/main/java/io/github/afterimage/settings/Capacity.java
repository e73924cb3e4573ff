package io.github.afterimage.settings;

/**
 * The maximum number of keys of an index; adding more removes the oldest in the same step, and with a key the others of its id.
 * Immutable.
 *
 * <pre>{@code
 * CacheIndexBuilder builder = new CacheIndexBuilder(2048, 1000).capacity(Capacity.lastKeysPerClass(500));
 * }</pre>
 *
 * @param perClass true if {@code keys} holds for each class, false if for all classes together
 * @param keys maximum number of keys, positive
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

    /** Keeps the {@code keys} keys that were added last. */
    public static Capacity lastKeys(long keys) {
        return new Capacity(false, keys);
    }

    /** Keeps the {@code keys} keys of each class that were added last. */
    public static Capacity lastKeysPerClass(long keys) {
        return new Capacity(true, keys);
    }

    /** Returns true if keys are removed in the order in which they were added. Public because the store uses it. */
    public boolean firstInFirstOut() {
        return !perClass && keys < Long.MAX_VALUE;
    }

    /** Returns the maximum number of keys of all classes together. */
    public long total(int classes) {
        return !perClass ? keys : keys > Long.MAX_VALUE / classes ? Long.MAX_VALUE : keys * classes;
    }
}
