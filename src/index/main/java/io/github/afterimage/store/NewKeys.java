package io.github.afterimage.store;

import java.nio.FloatBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Holds keys to add, checked but not yet normalised.
 *
 * @param features {@code (labels.length, dim)} float32 row-major, from the buffer's position to its limit
 * @param labels one class per key
 * @param names UTF-8 per key, as {@link KeyNames#encode} returns it; null if no key has a name
 * @param ids one id per key, ascending
 */
record NewKeys(FloatBuffer features, int[] labels, byte @Nullable [][] names, long[] ids) {
    static final NewKeys NONE = new NewKeys(FloatBuffer.allocate(0), new int[0], null, new long[0]);

    int count() {
        return labels.length;
    }
}
