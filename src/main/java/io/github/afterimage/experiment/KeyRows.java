package io.github.afterimage.experiment;

import io.github.afterimage.store.ElementType;
import io.github.afterimage.store.Keys;
import io.github.afterimage.store.Snapshot;
import java.nio.FloatBuffer;

/** Stored keys as rows of floats. */
final class KeyRows {
    private KeyRows() {}

    /** {@code (count, dim)} float32 row-major: a view where keys are float32, a copy on the heap otherwise. */
    static FloatBuffer read(Keys keys, long first, int count) {
        if (keys.type() == ElementType.FLOAT32) {
            return keys.rowBytes(first, count).asFloatBuffer();
        }
        double[] key = new double[keys.dim()];
        FloatBuffer rows = FloatBuffer.allocate(Math.multiplyExact(count, key.length));
        for (int i = 0; i < count; i++) {
            keys.read(first + i, key);
            for (double value : key) {
                rows.put((float) value);
            }
        }
        return rows.flip();
    }

    /**
     * Refuses keys that lose their ids when they are added to another index, which numbers them itself.
     *
     * @throws IllegalArgumentException if ids are not 0, 1, 2, …
     */
    static void requireNumbered(Snapshot snapshot) {
        if (snapshot.size() > 0 && snapshot.lastId() != snapshot.size() - 1) { // ids ascend
            throw new IllegalArgumentException("id " + snapshot.lastId() + " is that of key " + (snapshot.size() - 1)
                    + ", counted from 0: only ids 0, 1, 2, ... can be reduced");
        }
    }

    static int[] labels(Keys keys, long first, int count) {
        int[] labels = new int[count];
        for (int i = 0; i < count; i++) {
            labels[i] = keys.label(first + i);
        }
        return labels;
    }
}
