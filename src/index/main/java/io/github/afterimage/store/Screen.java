package io.github.afterimage.store;

import io.github.afterimage.ElementType;
import io.github.afterimage.binding.Native;
import io.github.afterimage.binding.NativeScreen;
import io.github.afterimage.platform.NativeMemory;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinTask;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.ShortPointer;

/**
 * Holds a copy of a segment's keys, or of their principal components, rotated and rounded to codes of 8 or 4 bits. For each key it
 * knows how much rounding can change a score; the certified bounds use this. A screen of components does not know it, because they
 * lose more.
 */
final class Screen implements AutoCloseable {
    private static final int STRUCT_BYTES = 64;
    private static final long ROWS_OF_A_TASK = 1 << 14;

    private final ScreenFormat format;
    private final NativeMemory memory;
    private final NativeScreen screen;

    /** @param keyDim numbers of a key */
    Screen(ScreenFormat format, int keyDim, long capacity) {
        this.format = format;
        int dim = format.columns(keyDim);
        long rowBytes = Native.afterimage_screen_row_bytes(dim, format.bits());
        long rowsBytes = aligned(Math.multiplyExact(capacity, rowBytes));
        boolean half = format.components() != null;
        long floatBytes = aligned(Math.multiplyExact(capacity, Float.BYTES));
        long scaleBytes = half ? aligned(capacity * Short.BYTES) : 2 * floatBytes;
        memory = NativeMemory.allocate(Math.addExact(STRUCT_BYTES + rowsBytes, scaleBytes));
        screen = new NativeScreen(memory.at(0))
                .rows(new BytePointer(memory.at(STRUCT_BYTES)))
                .dim(dim)
                .bits(format.bits());
        if (half) {
            screen.half_scales(new ShortPointer(memory.at(STRUCT_BYTES + rowsBytes)));
        } else {
            screen.scales(new FloatPointer(memory.at(STRUCT_BYTES + rowsBytes)))
                    .residuals(new FloatPointer(memory.at(STRUCT_BYTES + rowsBytes + floatBytes)));
        }
    }

    private static long aligned(long bytes) {
        return (bytes + 63) / 64 * 64;
    }

    ScreenFormat format() {
        return format;
    }

    long bytes() {
        return memory.bytes();
    }

    NativeScreen toNative() {
        return screen;
    }

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
        try (NativeMemory workspace = NativeMemory.allocate(Native.afterimage_screen_store_bytes(screen.dim()))) {
            write(source, first, count, workspace);
        }
    }

    private void write(Segment source, long first, long count, NativeMemory workspace) {
        Components components = format.components();
        if (source.type == ElementType.FLOAT32 && components == null) {
            Native.afterimage_screen_store(
                    screen, source.rows.floats(offset(source, first)), first, count, workspace.at(0));
            return;
        }
        long step = Math.max(1, Segment.STAGING_BYTES / (source.dim * (long) Float.BYTES));
        long staged = Math.min(step, Math.max(1, count));
        long columns = source.dim + (components == null ? 0 : screen.dim());
        try (NativeMemory staging = NativeMemory.allocate(staged * columns * Float.BYTES)) {
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
                            floats(staging, 0, rows * source.dim), floats(staging, projected, rows * screen.dim()));
                }
                Native.afterimage_screen_store(screen, staging.floats(projected), first + row, rows, workspace.at(0));
            }
        }
    }

    private static FloatBuffer floats(NativeMemory memory, long offset, long count) {
        return memory.buffer(offset, Math.toIntExact(count * Float.BYTES)).asFloatBuffer();
    }

    /** Copies rows of another screen of the same format. */
    void copy(Screen source, long from, long count, long row) {
        long rowBytes = Native.afterimage_screen_row_bytes(screen.dim(), screen.bits());
        move(source.screen.rows(), from * rowBytes, screen.rows(), row * rowBytes, count * rowBytes);
        if (format.components() != null) {
            move(source.screen.half_scales(), from, screen.half_scales(), row, count);
            return;
        }
        move(source.screen.scales(), from, screen.scales(), row, count);
        move(source.screen.residuals(), from, screen.residuals(), row, count);
    }

    private static void move(Pointer source, long from, Pointer target, long to, long elements) {
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
