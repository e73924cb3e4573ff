package io.github.afterimage.codes;

import io.github.afterimage.ElementType;
import io.github.afterimage.NotEnoughMemoryException;
import io.github.afterimage.binding.Native;
import io.github.afterimage.binding.NativeSketch;
import io.github.afterimage.platform.NativeMemory;
import io.github.afterimage.platform.Parallel;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.ShortPointer;

/**
 * The sketch of a segment: principal components of its keys, rotated and rounded to codes of 2 bits in the mean, with more bits
 * for components of greater variance.
 */
public final class SketchedKeys implements AutoCloseable {
    /** Bytes of the buffer that converts rows: 1 MiB, which stays in cache. */
    private static final int STAGING_BYTES = 1 << 20;

    private static final int STRUCT_BYTES = 64;
    /** The kernels read so many bytes after the rows. */
    private static final int BYTES_AFTER_ROWS = 32;

    private static final long ROWS_OF_A_TASK = 1 << 14;

    private final Components components;
    private final NativeMemory source;
    private final long sourceOffset;
    private final int dim;
    private final ElementType type;
    private final NativeMemory memory;
    private final NativeSketch sketch;
    private final long rowBytes;
    private final long scalesOffset;

    /**
     * @param capacity number of keys
     * @param source keys {@code (capacity, dim)} row-major, from the byte {@code sourceOffset} on
     * @throws NotEnoughMemoryException if memory is refused
     */
    public SketchedKeys(
            Components components, long capacity, NativeMemory source, long sourceOffset, int dim, ElementType type) {
        this.components = components;
        this.source = source;
        this.sourceOffset = sourceOffset;
        this.dim = dim;
        this.type = type;
        rowBytes = rowBytes(components.count());
        scalesOffset = STRUCT_BYTES + aligned(Math.multiplyExact(capacity, rowBytes) + BYTES_AFTER_ROWS);
        long deviationsOffset = scalesOffset + aligned(capacity * Short.BYTES);
        memory = NativeMemory.allocate(Math.addExact(deviationsOffset, Components.QUARTERS * Float.BYTES));
        memory.buffer(deviationsOffset, Components.QUARTERS * Float.BYTES)
                .asFloatBuffer()
                .put(components.deviations());
        sketch = new NativeSketch(memory.at(0))
                .rows(new BytePointer(memory.at(STRUCT_BYTES)))
                .scales(new ShortPointer(memory.at(scalesOffset)))
                .deviations(memory.floats(deviationsOffset))
                .components(components.count());
    }

    private static long aligned(long bytes) {
        return (bytes + 63) / 64 * 64;
    }

    /** Returns the bytes of the codes of a key. */
    public static int rowBytes(int components) {
        return components / Components.QUARTERS;
    }

    /** Returns the memory of the codes of some rows. */
    public ByteBuffer codes(long first, int count) {
        return memory.buffer(STRUCT_BYTES + first * rowBytes, Math.toIntExact(count * rowBytes));
    }

    /** Returns the memory of the scales of some rows: float16. */
    public ByteBuffer scales(long first, int count) {
        return memory.buffer(scalesOffset + first * Short.BYTES, count * Short.BYTES);
    }

    public Components components() {
        return components;
    }

    public long bytes() {
        return memory.bytes();
    }

    public NativeSketch toNative() {
        return sketch;
    }

    /**
     * Rounds keys into the rows that they have in their segment. The bits do not depend on the number of threads.
     *
     * @param first the first row
     * @param threads number of threads that share the work
     */
    public void write(long first, long count, int threads) {
        if (count <= ROWS_OF_A_TASK) { // a small addition starts no thread, and an interrupt does not undo it
            write(first, count);
            return;
        }
        Parallel.run(threads, Math.toIntExact((count + ROWS_OF_A_TASK - 1) / ROWS_OF_A_TASK), task -> {
            long row = task * ROWS_OF_A_TASK;
            write(first + row, Math.min(ROWS_OF_A_TASK, count - row));
        });
    }

    /** Rounds keys in the calling thread. */
    public void write(long first, long count) {
        long step = Math.max(1, STAGING_BYTES / (dim * (long) Float.BYTES));
        long staged = Math.min(step, Math.max(1, count));
        long projected = staged * dim * Float.BYTES;
        try (NativeMemory workspace = NativeMemory.allocate(Native.afterimage_sketch_store_bytes(components.count()));
                NativeMemory staging = NativeMemory.allocate(projected + staged * components.count() * Float.BYTES)) {
            for (long row = 0; row < count; row += step) {
                long rows = Math.min(step, count - row);
                Native.afterimage_load(
                        source.at(sourceOffset + (first + row) * dim * type.bytes()),
                        null,
                        rows,
                        dim,
                        type.code(),
                        staging.floats(0));
                components.project(
                        floats(staging, 0, rows * dim), floats(staging, projected, rows * components.count()));
                Native.afterimage_sketch_store(sketch, staging.floats(projected), first + row, rows, workspace.at(0));
            }
        }
    }

    private static FloatBuffer floats(NativeMemory memory, long offset, long count) {
        return memory.buffer(offset, Math.toIntExact(count * Float.BYTES)).asFloatBuffer();
    }

    /** Copies rows of another sketch with the same components. */
    public void copy(SketchedKeys source, long from, long count, long row) {
        move(source.sketch.rows(), from * rowBytes, sketch.rows(), row * rowBytes, count * rowBytes);
        move(source.sketch.scales(), from, sketch.scales(), row, count);
    }

    private static void move(Pointer source, long from, Pointer target, long to, long elements) {
        Pointer.memcpy(target.getPointer(to), source.getPointer(from), elements * target.sizeof());
    }

    @Override
    public void close() {
        memory.close();
    }
}
