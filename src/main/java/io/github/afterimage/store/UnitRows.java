package io.github.afterimage.store;

import io.github.afterimage.binding.Native;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;

/** Copies rows of floats into native memory and scales each to unit L2 norm. */
public final class UnitRows {
    /** Rows are moved in steps of about this many bytes, so that a row is normalised while it is in cache. */
    private static final int STEP_BYTES = 1 << 18;

    private UnitRows() {}

    /**
     * Copies {@code count} rows, from row {@code firstRow} of {@code source} on, to {@code target} at byte
     * {@code offset}, and normalises them there; the norm is computed in double.
     *
     * @param source rows {@code (n, dim)} float32 row-major; its position and limit are left alone
     * @param what what a row is, for messages: {@code "query"} or {@code "key"}
     * @throws IllegalArgumentException if a value is NaN or infinite or a row is all zeros; names row and column
     */
    public static void copy(
            FloatBuffer source, int firstRow, int count, int dim, Memory target, long offset, String what) {
        int step = Math.max(1, STEP_BYTES / (dim * Float.BYTES));
        for (int row = 0; row < count; row += step) {
            int rows = Math.min(step, count - row);
            long start = offset + (long) row * dim * Float.BYTES;
            FloatBuffer from = source.slice(source.position() + (firstRow + row) * dim, rows * dim);
            target.buffer(start, rows * dim * Float.BYTES).asFloatBuffer().put(from);
            long bad = normalize(target, start, rows, dim);
            if (bad >= 0) {
                throw refusal(source, firstRow + row + (int) bad, dim, what);
            }
        }
    }

    private static long normalize(Memory target, long offset, int count, int dim) {
        if (NativeLibrary.available()) {
            return Native.afterimage_normalize(target.floats(offset), count, dim);
        }
        for (int row = 0; row < count; row++) {
            ByteBuffer values = target.buffer(offset + (long) row * dim * Float.BYTES, dim * Float.BYTES);
            double squares = 0;
            for (int i = 0; i < dim; i++) {
                double value = values.getFloat(i * Float.BYTES);
                squares += value * value;
            }
            if (!(squares > 0 && squares < Double.POSITIVE_INFINITY)) {
                return row;
            }
            double scale = 1 / Math.sqrt(squares);
            for (int i = 0; i < dim; i++) {
                values.putFloat(i * Float.BYTES, (float) (values.getFloat(i * Float.BYTES) * scale));
            }
        }
        return -1;
    }

    private static IllegalArgumentException refusal(FloatBuffer source, int row, int dim, String what) {
        for (int column = 0; column < dim; column++) {
            float value = source.get(source.position() + row * dim + column);
            if (!Float.isFinite(value)) {
                return new IllegalArgumentException(what + " " + row + " has " + value + " at column " + column
                        + ": every value must be finite; the whole batch is refused");
            }
        }
        return new IllegalArgumentException(
                what + " " + row + " is all zeros and has no direction: remove it; the whole batch is refused");
    }
}
