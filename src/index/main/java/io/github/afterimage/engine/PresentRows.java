package io.github.afterimage.engine;

import io.github.afterimage.keys.Keys;
import io.github.afterimage.keys.Snapshot;
import java.nio.FloatBuffer;
import java.util.stream.LongStream;

/** Rows of keys that are not removed, spread over an index. */
public final class PresentRows {
    private PresentRows() {}

    /** Returns one row of each of {@code count} equal ranges, or none of ranges whose keys are all removed. */
    public static long[] of(Snapshot snapshot, int count) {
        return LongStream.range(0, count)
                .map(i -> first(snapshot, snapshot.rows() * i / count, snapshot.rows() * (i + 1) / count))
                .filter(row -> row >= 0)
                .toArray();
    }

    private static long first(Snapshot snapshot, long from, long to) {
        for (Keys keys : snapshot.range(from, to)) {
            for (int i = 0; i < keys.count(); i++) {
                if (!keys.isRemoved(i)) {
                    return keys.firstRow() + i;
                }
            }
        }
        return -1;
    }

    /**
     * Returns keys as float32 row-major, ready to be read.
     *
     * @throws IllegalStateException if one is not finite
     */
    static FloatBuffer floats(Snapshot snapshot, long[] rows, int dim) {
        FloatBuffer floats = FloatBuffer.allocate(Math.multiplyExact(rows.length, dim));
        for (long row : rows) {
            floats.put(snapshot.key(row).floats(0, 1));
        }
        for (int i = 0; i < floats.capacity(); i++) {
            if (!Float.isFinite(floats.get(i))) {
                throw Partial.notFinite();
            }
        }
        return floats.flip();
    }
}
