package io.github.afterimage.keys;

import io.github.afterimage.binding.Native;
import io.github.afterimage.failure.InvalidRowException;
import io.github.afterimage.platform.NativeLibrary;
import io.github.afterimage.platform.NativeMemory;
import java.nio.FloatBuffer;

/** Copies rows of floats into native memory and scales each to unit L2 norm. */
public final class UnitRows {
    /**
     * Approximate bytes of rows copied per step, small enough that the rows are still in cache when they are
     * normalised.
     */
    private static final int STEP_BYTES = 1 << 18;

    private UnitRows() {}

    /**
     * Copies the rows of a caller one behind the other.
     *
     * @throws IllegalArgumentException if there are rows of different lengths
     */
    public static FloatBuffer concatenated(float[][] rows) {
        int dim = rows.length == 0 ? 0 : rows[0].length;
        FloatBuffer all = FloatBuffer.allocate(Math.multiplyExact(rows.length, dim));
        for (int row = 0; row < rows.length; row++) {
            if (rows[row].length != dim) {
                throw new IllegalArgumentException(
                        "row " + row + " holds " + rows[row].length + " values: expected " + dim + ", as in row 0");
            }
            all.put(rows[row]);
        }
        return all.flip();
    }

    /**
     * Copies {@code count} rows, starting at {@code firstRow} of {@code source}, to {@code target} at byte {@code
     * offset}, and normalises them there. The norm is computed in double.
     *
     * @param source rows {@code (n, dim)} float32 row-major; its position and limit stay unchanged
     * @throws InvalidRowException if a value is NaN or infinite or a row is all zeros; names row and column
     */
    public static void copy(FloatBuffer source, int firstRow, int count, int dim, NativeMemory target, long offset) {
        int step = step(dim);
        for (int row = 0; row < count; row += step) {
            int rows = Math.min(step, count - row);
            long start = offset + (long) row * dim * Float.BYTES;
            FloatBuffer to = target.buffer(start, rows * dim * Float.BYTES).asFloatBuffer();
            copyStep(source, firstRow + row, rows, dim, to);
        }
    }

    /**
     * Copies and normalises rows into native memory of the caller.
     *
     * @param target {@code (count, dim)} from the buffer's position on, direct and in native byte order; its position
     *     and limit stay unchanged
     */
    public static void copy(FloatBuffer source, int firstRow, int count, int dim, FloatBuffer target) {
        int step = step(dim);
        for (int row = 0; row < count; row += step) {
            int rows = Math.min(step, count - row);
            FloatBuffer to = target.slice(target.position() + row * dim, rows * dim);
            copyStep(source, firstRow + row, rows, dim, to);
        }
    }

    /**
     * Checks that {@link #copy} would accept rows.
     *
     * @param source rows {@code (n, dim)} from the buffer's position to its limit
     * @throws InvalidRowException as {@link #copy}
     */
    public static void check(FloatBuffer source, int dim) {
        int rows = source.remaining() / dim;
        float[] values = new float[dim];
        for (int row = 0; row < rows; row++) {
            source.get(source.position() + row * dim, values);
            double squares = 0;
            for (float value : values) {
                squares += (double) value * value;
            }
            if (!(squares > 0 && squares < Double.POSITIVE_INFINITY)) {
                throw refusal(source, row, dim);
            }
        }
    }

    private static int step(int dim) {
        return Math.max(1, STEP_BYTES / (dim * Float.BYTES));
    }

    private static void copyStep(FloatBuffer source, int firstRow, int rows, int dim, FloatBuffer to) {
        to.put(0, source, source.position() + firstRow * dim, rows * dim);
        long bad = normalize(to, rows, dim);
        if (bad >= 0) {
            throw refusal(source, firstRow + (int) bad, dim);
        }
    }

    /**
     * Scales rows to unit L2 norm; the norm is computed in double: with the kernels, or with the same result in plain Java where
     * these are not loaded.
     *
     * @param rows {@code (count, dim)}
     * @return the first row that is all zeros or not finite, before which rows are scaled; -1 if there is none
     */
    private static long normalize(FloatBuffer rows, int count, int dim) {
        if (NativeLibrary.available()) {
            return Native.afterimage_normalize(rows, count, dim);
        }
        for (int row = 0; row < count; row++) {
            FloatBuffer values = rows.slice(row * dim, dim);
            double squares = 0;
            for (int i = 0; i < dim; i++) {
                double value = values.get(i);
                squares += value * value;
            }
            if (!(squares > 0 && squares < Double.POSITIVE_INFINITY)) {
                return row;
            }
            double scale = 1 / Math.sqrt(squares);
            for (int i = 0; i < dim; i++) {
                values.put(i, (float) (values.get(i) * scale));
            }
        }
        return -1;
    }

    private static InvalidRowException refusal(FloatBuffer source, int row, int dim) {
        for (int column = 0; column < dim; column++) {
            float value = source.get(source.position() + row * dim + column);
            if (!Float.isFinite(value)) {
                return new InvalidRowException(
                        row, "has " + value + " at column " + column + ": every value must be finite");
            }
        }
        return new InvalidRowException(row, "is all zeros and has no direction: remove it");
    }
}
