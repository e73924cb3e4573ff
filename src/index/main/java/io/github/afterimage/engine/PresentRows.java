package io.github.afterimage.engine;

import io.github.afterimage.keys.Keys;
import io.github.afterimage.keys.Snapshot;
import java.nio.FloatBuffer;
import java.util.SplittableRandom;
import java.util.stream.LongStream;

/** Rows of keys that are not removed, drawn from all parts of an index. */
public final class PresentRows {
    private PresentRows() {}

    /**
     * Returns one row of each of {@code count} equal ranges, or none of ranges whose keys are all removed. The first rows of ranges
     * would not do: where keys are sorted, these may be the first keys of the classes.
     *
     * @param seed the rows are drawn by it and by the keys of the snapshot
     */
    public static long[] of(Snapshot snapshot, int count, long seed) {
        SplittableRandom random = new SplittableRandom(31 * seed + snapshot.lastId());
        return LongStream.range(0, count)
                .map(i -> drawn(snapshot, snapshot.rows() * i / count, snapshot.rows() * (i + 1) / count, random))
                .filter(row -> row >= 0)
                .toArray();
    }

    private static long drawn(Snapshot snapshot, long from, long to, SplittableRandom random) {
        if (from == to) {
            return -1;
        }
        long start = random.nextLong(from, to);
        long row = first(snapshot, start, to);
        return row >= 0 ? row : first(snapshot, from, start);
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
