package io.github.afterimage.model.conversion;

import io.github.afterimage.ElementType;
import io.github.afterimage.store.Keys;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.stream.LongStream;

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

    static List<String> names(Keys keys, long first, int count) {
        return LongStream.range(first, first + count).mapToObj(keys::name).toList();
    }

    static int[] labels(Keys keys, long first, int count) {
        int[] labels = new int[count];
        for (int i = 0; i < count; i++) {
            labels[i] = keys.label(first + i);
        }
        return labels;
    }
}
