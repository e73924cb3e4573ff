package io.github.afterimage.cuda;

import io.github.afterimage.cuda.CallerMemory.Use;
import io.github.afterimage.cuda.DeviceTables.Form;
import io.github.afterimage.engine.Gradient;
import io.github.afterimage.engine.Nearest;
import io.github.afterimage.engine.Partial;
import io.github.afterimage.engine.Queries;
import io.github.afterimage.failure.NotEnoughMemoryException;
import io.github.afterimage.keys.Keys;
import io.github.afterimage.platform.Resources;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.List;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.LongPointer;
import org.jspecify.annotations.Nullable;

/**
 * The GPU resources of one caller: a stream for kernels, one for copies, and the memory of its passes, which is allocated only
 * to grow.
 *
 * <p>Every call waits for all work that it queued, whether it succeeds or fails.
 *
 * <p>Threads: one call at a time. Lifetime: the owner closes it.
 */
final class CudaCaller implements AutoCloseable {
    final Cuda cuda;
    final CudaStream compute;
    final Gemm gemm;
    final CallerMemory memory;
    final TableCache tableCache;
    final KeyTiles tiles;
    private final CudaStream copies;
    private final Resources resources = new Resources();
    private Way way = Way.USUAL;
    private boolean closed;

    /**
     * The way in which passes are run.
     *
     * @param forced the method of class sums whatever the settings say, or null
     * @param streams whether keys are streamed even if the device has memory for them
     */
    record Way(@Nullable ClassSumsMethod forced, int maxTileRows, boolean streams) {
        static final Way USUAL = new Way(null, Integer.MAX_VALUE, false);
    }

    /**
     * Opens the device if this is the first caller.
     *
     * @throws CudaException if the device refuses
     * @throws NotEnoughMemoryException if there is no memory for it
     */
    CudaCaller() {
        cuda = Cuda.open();
        try (Cuda.Entered entered = cuda.enter();
                Resources made = new Resources()) {
            made.add(resources);
            compute = resources.add(new CudaStream(cuda));
            copies = resources.add(new CudaStream(cuda));
            gemm = resources.add(new Gemm(cuda, compute));
            memory = resources.add(new CallerMemory(cuda, compute, this::settle));
            tiles = new KeyTiles(cuda, compute, copies, memory, resources);
            tableCache = resources.add(new TableCache(cuda, compute, this::settle));
            made.release();
        }
    }

    /** Chooses the way of the next passes, and returns this. */
    CudaCaller in(Way next) {
        way = next;
        return this;
    }

    ClassSumsMethod method() {
        return way.forced != null ? way.forced : CudaProperties.classSumsMethod();
    }

    /** Returns the tiles of a pass of this caller. */
    TilePlan limited(TilePlan plan) {
        return plan.atMost(way.maxTileRows);
    }

    /** Returns {@link TilePlan#of} for this caller. */
    TilePlan plan(int batch, long copiedRowBytes) {
        return limited(TilePlan.of(batch, cuda.card(), copiedRowBytes));
    }

    /**
     * Keys of one segment for a pass.
     *
     * @param resident true if they are on the device, false if they are streamed
     */
    record Part(Keys keys, DeviceKeys segment, boolean resident) {
        RowLayout layout() {
            return segment.layout();
        }

        /** Returns the bytes of a row that is copied to a buffer, 0 if none is. */
        long streamedRowBytes() {
            return resident ? 0 : layout().pitchBytes();
        }
    }

    /** Copies keys to the device, if it has memory for them, and rounds the queries to their type. */
    Part part(Keys keys, DeviceQueries queries, Runnable checkCancelled) {
        DeviceKeys segment = DeviceKeys.of(cuda, keys);
        queries.round(segment.layout());
        return new Part(keys, segment, !way.streams && segment.upload(keys, compute, checkCancelled));
    }

    /** Waits for both streams. */
    void settle() {
        compute.synchronize();
        copies.synchronize();
    }

    private void pass(Runnable work) {
        try (Cuda.Entered entered = cuda.enter()) {
            try {
                tableCache.forgetClosed();
                work.run();
            } catch (RuntimeException | Error e) {
                try {
                    settle();
                    if (e instanceof NotEnoughMemoryException) {
                        // A smaller call may follow, and needs smaller blocks.
                        memory.close();
                    }
                } catch (CudaException second) {
                    e.addSuppressed(second);
                }
                throw e;
            }
        }
    }

    /**
     * Adds the class sums of these keys.
     *
     * @param checkCancelled called before each tile, as in all calls; an exception of it ends the call
     */
    void classSums(List<Keys> parts, Queries queries, Partial target, Runnable checkCancelled) {
        pass(() -> new ClassSumsPass(this, queries, target).add(parts, checkCancelled));
    }

    /** Merges the best of these keys into those found before. */
    void nearest(List<Keys> parts, Queries queries, Nearest nearest, Runnable checkCancelled) {
        int k = nearest.k();
        FloatBuffer scores = nearest.scores();
        LongBuffer rows = nearest.rows();
        pass(() -> {
            int batch = queries.batch();
            long places = (long) batch * k;
            DeviceQueries uploaded =
                    new DeviceQueries(compute, memory, queries, 2 * places * (Float.BYTES + Long.BYTES), 6);
            long best = memory.upload(Use.BEST_SCORES, new FloatPointer(scores), 4 * places, 4 * places);
            long bestRows = memory.upload(Use.BEST_ROWS, new LongPointer(rows), 8 * places, 8 * places);
            long other = memory.device(Use.OTHER_SCORES, 4 * places).at(0);
            long otherRows = memory.device(Use.OTHER_ROWS, 8 * places).at(0);
            for (Keys keys : parts) {
                Part part = part(keys, uploaded, checkCancelled);
                RowLayout layout = part.layout();
                TilePlan plan = plan(batch, part.streamedRowBytes());
                long bufferRows = part.resident ? part.segment.allocatedRows() : plan.rows();
                DeviceTables tables = tableCache.tables(part, Form.LABELS, 0, plan);
                Gemm.Scores tileScores = Gemm.Scores.of(memory, batch, plan);
                tiles.forEach(part, plan, checkCancelled, (tile, tileRows, scales, count) -> {
                    // All products have the shape of a whole tile: cuBLAS rounds those of other shapes in other ways,
                    // and
                    // equal keys would not tie. The rows behind the tile or before it do not count.
                    long row = part.resident ? keys.segmentRow() + (long) tile * plan.rows() : 0;
                    boolean whole = bufferRows >= plan.rows();
                    int before = whole ? (int) Math.max(0, row + plan.rows() - bufferRows) : 0;
                    gemm.scores(
                            tileRows - layout.bytes(before),
                            whole ? plan.rows() : count,
                            layout,
                            uploaded.rounded(),
                            tileScores);
                    uploaded.putScores(tileScores.after(before), scales)
                            .putLong(tables.labels(tile))
                            .putLong(keys.firstRow() + (long) tile * plan.rows())
                            .putLong(best)
                            .putLong(bestRows)
                            .putLong(other)
                            .putLong(otherRows)
                            .putInt(count)
                            .putInt(k);
                    compute.launch(Kernel.NEAREST, batch, 1, 1);
                });
            }
            ByteBuffer newScores = memory.download(Use.BEST_SCORES, 4 * places);
            ByteBuffer newRows = memory.download(Use.BEST_ROWS, 8 * places);
            settle();
            scores.duplicate().put(newScores.asFloatBuffer());
            rows.duplicate().put(newRows.asLongBuffer());
        });
    }

    /** Adds these keys' term of the gradient, in float32 for all types of keys. */
    void gradient(List<Keys> parts, Queries queries, Gradient target, Runnable checkCancelled) {
        pass(() -> new GradientPass(this, queries, target).add(parts, checkCancelled));
    }

    /**
     * Scales rows to unit norm and projects them.
     *
     * @param source rows from the buffer's position on; not changed
     * @param target receives rows {@code first} to {@code first + count - 1}
     */
    void project(
            DeviceMatrix matrix,
            FloatBuffer source,
            int first,
            int count,
            FloatBuffer target,
            Runnable checkCancelled) {
        pass(() -> new ProjectionPass(this, matrix).run(source, first, count, target, checkCancelled));
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            resources.close();
        }
    }
}
