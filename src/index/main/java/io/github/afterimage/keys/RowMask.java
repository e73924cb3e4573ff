package io.github.afterimage.keys;

import io.github.afterimage.platform.NativeMemory;
import java.nio.LongBuffer;
import java.util.Objects;
import org.bytedeco.javacpp.LongPointer;
import org.jspecify.annotations.Nullable;

/**
 * Hides rows of a segment from a query, as if their keys were removed.
 *
 * @param choice the reason; equal ones hide the same rows of a segment in the snapshots of a version
 * @param shown marks the rows that the query sees; the first mark is of row {@code firstRow} of the segment
 * @param memory one int64 per row for native code, from row {@code memoryRow} of the segment on; null without native code
 */
record RowMask(
        Object choice,
        RowBits shown,
        long firstRow,
        @Nullable NativeMemory memory,
        long memoryRow) {
    /** A version before all others. */
    private static final long ALWAYS = -1;

    RowMask(Object choice, RowBits shown, long firstRow) {
        this(choice, shown, firstRow, null, 0);
    }

    /** Returns this mask with memory for native code, and writes that of rows {@code [from, from + count)} of the segment. */
    RowMask written(NativeMemory target, long from, int count) {
        LongBuffer removals = target.buffer(0, count * Long.BYTES).asLongBuffer();
        for (int i = 0; i < count; i++) {
            removals.put(i, hides(from + i) ? ALWAYS : 0);
        }
        return new RowMask(choice, shown, firstRow, target, from);
    }

    /** Returns the number of rows {@code [from, from + count)} of the segment that the query sees. */
    long shown(long from, long count) {
        return shown.count(from - firstRow, from - firstRow + count);
    }

    boolean hides(long row) {
        return !shown.get(row - firstRow);
    }

    LongPointer removals(long row) {
        return Objects.requireNonNull(memory, "a mask for native code").longs((row - memoryRow) * Long.BYTES);
    }
}
