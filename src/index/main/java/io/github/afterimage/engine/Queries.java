package io.github.afterimage.engine;

import io.github.afterimage.binding.NativeQueries;
import io.github.afterimage.keys.UnitRows;
import io.github.afterimage.platform.FloatRows;
import io.github.afterimage.platform.NativeMemory;
import java.nio.FloatBuffer;
import org.bytedeco.javacpp.FloatPointer;

/**
 * Queries of unit norm in native memory: rows {@code (batch, dim)} float32 row-major, and the reference r of each, which its
 * exponents θ(s − r) are relative to.
 */
public final class Queries implements AutoCloseable {
    /** Bytes copied between two checks for an interrupt of the caller. */
    private static final int STEP_BYTES = 4 << 20;

    /** The rows, then the references, of these queries and perhaps of others. */
    private final NativeMemory memory;

    private final long rowsOffset;
    private final long referencesOffset;
    private final int batch;
    private final int dim;

    private Queries(NativeMemory memory, long rowsOffset, long referencesOffset, int batch, int dim) {
        this.memory = memory;
        this.rowsOffset = rowsOffset;
        this.referencesOffset = referencesOffset;
        this.batch = batch;
        this.dim = dim;
    }

    private static Queries allocate(int batch, int dim) {
        long rowsBytes = (long) batch * dim * Float.BYTES;
        NativeMemory memory = NativeMemory.reuseScratch(rowsBytes + (long) batch * Float.BYTES);
        Queries queries = new Queries(memory, 0, rowsBytes, batch, dim);
        queries.references(0);
        return queries;
    }

    /**
     * Copies and normalises {@code batch} rows of {@code source}; references are 0.
     *
     * @throws java.util.concurrent.CancellationException if the caller is interrupted
     */
    public static Queries of(FloatBuffer source, int firstRow, int batch, int dim) {
        Queries queries = allocate(batch, dim);
        try {
            long rowBytes = (long) dim * Float.BYTES;
            int step = (int) Math.max(1, STEP_BYTES / rowBytes);
            for (int row = 0; row < batch; row += step) {
                Workers.checkInterrupted();
                int count = Math.min(step, batch - row);
                UnitRows.copy(source, firstRow + row, count, dim, queries.memory, row * rowBytes);
            }
            return queries;
        } catch (RuntimeException | Error e) {
            queries.close();
            throw e;
        }
    }

    /** Copies chosen rows and gives them references. */
    Queries gather(int[] chosen, float[] newReferences) {
        Queries gathered = allocate(chosen.length, dim);
        for (int i = 0; i < chosen.length; i++) {
            gathered.row(i).put(row(chosen[i]));
        }
        gathered.references(newReferences);
        return gathered;
    }

    /** Returns a view of some rows; the caller does not close it. */
    Queries slice(int first, int count) {
        return new Queries(
                memory,
                rowsOffset + (long) first * dim * Float.BYTES,
                referencesOffset + (long) first * Float.BYTES,
                count,
                dim);
    }

    public int batch() {
        return batch;
    }

    public int dim() {
        return dim;
    }

    public FloatPointer rows() {
        return memory.floats(rowsOffset);
    }

    public FloatPointer references() {
        return memory.floats(referencesOffset);
    }

    /** Returns the struct of these queries for native code, in a workspace. */
    NativeQueries in(Workspace workspace) {
        return workspace
                .nativeQueries()
                .rows(rows())
                .references(references())
                .batch(batch)
                .dim(dim);
    }

    FloatRows floatRows() {
        return new FloatRows(rows(), batch, dim);
    }

    FloatBuffer row(int row) {
        return memory.buffer(rowsOffset + (long) row * dim * Float.BYTES, dim * Float.BYTES)
                .asFloatBuffer();
    }

    float reference(int row) {
        return memory.getFloat(referencesOffset + (long) row * Float.BYTES);
    }

    private void references(float[] values) {
        for (int row = 0; row < batch; row++) {
            reference(row, values[row]);
        }
    }

    /** Sets the reference of every query. */
    public void references(float value) {
        for (int row = 0; row < batch; row++) {
            reference(row, value);
        }
    }

    void reference(int row, float value) {
        memory.putFloat(referencesOffset + (long) row * Float.BYTES, value);
    }

    @Override
    public void close() {
        memory.close();
    }
}
