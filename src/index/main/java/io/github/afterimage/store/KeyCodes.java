package io.github.afterimage.store;

import io.github.afterimage.ElementType;
import io.github.afterimage.binding.Native;
import io.github.afterimage.platform.NativeMemory;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinTask;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;

/** Holds a copy of a segment's keys, or of their principal components, rotated and rounded to codes of a few bits. */
abstract class KeyCodes implements AutoCloseable {
    static final int STRUCT_BYTES = 64;
    private static final long ROWS_OF_A_TASK = 1 << 14;

    private final CodeFormat format;
    private final int columns;
    final NativeMemory memory;

    /**
     * @param columns numbers of a row that is rounded
     * @param bytes of the codes, behind {@link #STRUCT_BYTES}
     */
    KeyCodes(CodeFormat format, int columns, long bytes) {
        this.format = format;
        this.columns = columns;
        memory = NativeMemory.allocate(Math.addExact(STRUCT_BYTES, bytes));
    }

    /** @param keyDim numbers of a key */
    static KeyCodes create(CodeFormat format, int keyDim, long capacity) {
        Components components = format.components();
        return components == null
                ? new Screen(format, keyDim, capacity)
                : new SketchedKeys(format, components, capacity);
    }

    static long aligned(long bytes) {
        return (bytes + 63) / 64 * 64;
    }

    CodeFormat format() {
        return format;
    }

    long bytes() {
        return memory.bytes();
    }

    /** Returns the bytes that {@link #store} needs. */
    abstract long workspaceBytes();

    /** Rounds rows of floats. */
    abstract void store(FloatPointer rows, long first, long count, Pointer workspace);

    /** Copies rows of other codes of the same format. */
    abstract void copy(KeyCodes source, long from, long count, long row);

    /**
     * Rounds keys into the rows that they have in their segment.
     *
     * @param first the first row
     * @param threads number of threads that share the work
     */
    void write(Segment source, long first, long count, int threads) {
        if (threads == 1 || count <= ROWS_OF_A_TASK) {
            write(source, first, count);
            return;
        }
        AtomicLong taken = new AtomicLong();
        Runnable task = () -> {
            try {
                for (long row; (row = taken.getAndAdd(ROWS_OF_A_TASK)) < count; ) {
                    write(source, first + row, Math.min(ROWS_OF_A_TASK, count - row));
                }
            } finally {
                taken.set(count); // the others end too, if one fails
            }
        };
        int used = (int) Math.min(threads, (count + ROWS_OF_A_TASK - 1) / ROWS_OF_A_TASK);
        ForkJoinPool pool = new ForkJoinPool(used);
        try {
            List<? extends ForkJoinTask<?>> tasks =
                    Stream.generate(() -> pool.submit(task)).limit(used).toList();
            tasks.forEach(ForkJoinTask::quietlyJoin); // all end before one's failure is thrown and memory is freed
            tasks.forEach(ForkJoinTask::join);
        } finally {
            pool.shutdown();
        }
    }

    /** Rounds keys in the calling thread. */
    void write(Segment source, long first, long count) {
        try (NativeMemory workspace = NativeMemory.allocate(workspaceBytes())) {
            write(source, first, count, workspace);
        }
    }

    private void write(Segment source, long first, long count, NativeMemory workspace) {
        Components components = format.components();
        if (source.type == ElementType.FLOAT32 && components == null) {
            store(source.rows.floats(offset(source, first)), first, count, workspace.at(0));
            return;
        }
        long step = Math.max(1, Segment.STAGING_BYTES / (source.dim * (long) Float.BYTES));
        long staged = Math.min(step, Math.max(1, count));
        long numbers = (long) source.dim + (components == null ? 0 : columns);
        try (NativeMemory staging = NativeMemory.allocate(staged * numbers * Float.BYTES)) {
            long projected = components == null ? 0 : staged * source.dim * Float.BYTES;
            for (long row = 0; row < count; row += step) {
                long rows = Math.min(step, count - row);
                Native.afterimage_load(
                        source.rows.at(offset(source, first + row)),
                        null,
                        rows,
                        source.dim,
                        source.type.code(),
                        staging.floats(0));
                if (components != null) {
                    components.project(
                            floats(staging, 0, rows * source.dim), floats(staging, projected, rows * columns));
                }
                store(staging.floats(projected), first + row, rows, workspace.at(0));
            }
        }
    }

    private static FloatBuffer floats(NativeMemory memory, long offset, long count) {
        return memory.buffer(offset, Math.toIntExact(count * Float.BYTES)).asFloatBuffer();
    }

    static void move(Pointer source, long from, Pointer target, long to, long elements) {
        Pointer.memcpy(target.getPointer(to), source.getPointer(from), elements * target.sizeof());
    }

    private static long offset(Segment source, long row) {
        return source.rowsOffset + Segment.rowBytes(source.type, source.dim, row);
    }

    @Override
    public void close() {
        memory.close();
    }
}
