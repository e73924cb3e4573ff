package io.github.afterimage.cuda;

import io.github.afterimage.cuda.CallerMemory.Use;
import io.github.afterimage.keys.Keys;
import io.github.afterimage.platform.Resources;
import org.bytedeco.javacpp.Pointer;

/**
 * Runs the kernels of a caller on the tiles of some keys: in place if the keys are on the device, otherwise as they stream in.
 */
final class KeyTiles {
    /** Maximum queued tiles: enough to keep the device busy, few enough to stop soon. */
    private static final int QUEUED = 4;

    /** Buffers of streamed tiles: each copy overlaps the computation of the tile before. */
    static final int BUFFERS = 2;

    private static final Use[] STREAMED = {Use.STREAMED_EVEN, Use.STREAMED_ODD};

    private final CudaStream compute;
    private final CudaStream copies;
    private final CallerMemory memory;
    private final CudaEvent[] queued = new CudaEvent[QUEUED];
    private final CudaEvent[] copied = new CudaEvent[BUFFERS];
    private final CudaEvent[] computed = new CudaEvent[BUFFERS];
    private long visited;

    /** @param resources receives events, which its owner closes */
    KeyTiles(Cuda cuda, CudaStream compute, CudaStream copies, CallerMemory memory, Resources resources) {
        this.compute = compute;
        this.copies = copies;
        this.memory = memory;
        for (CudaEvent[] group : new CudaEvent[][] {queued, copied, computed}) {
            for (int i = 0; i < group.length; i++) {
                group[i] = resources.add(new CudaEvent(cuda));
            }
        }
    }

    /** Queues the work of a tile. */
    interface Visitor {
        /**
         * @param rows device address of {@code (count, pitch)}
         * @param scales device address of {@code (count)}, or 0 if the type has none
         */
        void visit(int tile, long rows, long scales, int count);
    }

    /** Visits the tiles of keys in order. */
    void forEach(CudaCaller.Part part, TilePlan plan, Runnable checkCancelled, Visitor visitor) {
        Keys keys = part.keys();
        DeviceKeys segment = part.segment();
        int tiles = plan.tiles(keys.count());
        Visitor throttled = (tile, rows, scales, count) -> {
            CudaEvent event = queued[(int) (visited++ % QUEUED)];
            event.await();
            checkCancelled.run();
            visitor.visit(tile, rows, scales, count);
            compute.record(event);
        };
        if (part.resident()) {
            for (int tile = 0; tile < tiles; tile++) {
                long row = keys.segmentRow() + firstRow(tile, plan);
                throttled.visit(tile, segment.row(row), segment.scale(row), count(tile, plan, keys));
            }
        } else {
            Streaming streaming = new Streaming(keys, segment, plan, throttled);
            for (int tile = 0; tile < tiles; tile++) {
                streaming.queue(tile, tile % BUFFERS);
            }
        }
    }

    private static long firstRow(int tile, TilePlan plan) {
        return (long) tile * plan.rows();
    }

    private static int count(int tile, TilePlan plan, Keys keys) {
        return (int) Math.min(plan.rows(), keys.count() - firstRow(tile, plan));
    }

    /** Rows, then scales, in two buffers on the device, and in two on the host if the device cannot copy from the keys itself. */
    private final class Streaming {
        private final Keys keys;
        private final DeviceKeys segment;
        private final RowLayout layout;
        private final TilePlan plan;
        private final Visitor visitor;
        /** Rows of the segment, from the first on, that the device copies by itself. */
        private final long pinnedRows;

        Streaming(Keys keys, DeviceKeys segment, TilePlan plan, Visitor visitor) {
            this.keys = keys;
            this.segment = segment;
            this.plan = plan;
            this.visitor = visitor;
            layout = segment.layout();
            pinnedRows = segment.pinnedRows();
            for (int buffer = 0; buffer < BUFFERS; buffer++) {
                // Grows before the first copy, because growing loses the contents.
                memory.device(STREAMED[buffer], scalesOffset() + (long) plan.rows() * Float.BYTES);
                if (pinnedRowBytes() + pinnedScaleBytes() > 0) {
                    memory.pinned(buffer, pinnedRowBytes() + pinnedScaleBytes());
                }
            }
        }

        private long scalesOffset() {
            return layout.bytes(plan.rows());
        }

        private long pinnedRowBytes() {
            boolean all = keys.segmentRow() + keys.count() <= pinnedRows;
            return all ? 0 : plan.rows() * layout.rowBytes();
        }

        private long pinnedScaleBytes() {
            return segment.hostScale(0) == null ? 0 : (long) plan.rows() * Float.BYTES;
        }

        private DeviceBuffer device(int buffer) {
            return memory.device(STREAMED[buffer], 0);
        }

        private void queue(int tile, int buffer) {
            copied[buffer].await(); // the host may write the source of the next copy then
            copies.waitFor(computed[buffer]);
            copy(tile, buffer);
            compute.waitFor(copied[buffer]);
            DeviceBuffer source = device(buffer);
            long scales = pinnedScaleBytes() > 0 ? source.at(scalesOffset()) : 0;
            visitor.visit(tile, source.at(0), scales, count(tile, plan, keys));
            compute.record(computed[buffer]);
        }

        private void copy(int tile, int buffer) {
            DeviceBuffer target = device(buffer);
            if (tile < BUFFERS && layout.rowBytes() < layout.pitchBytes()) {
                // Zeros behind each row, because the buffer may hold rows of another shape.
                copies.fill(target.at(0), (byte) 0, scalesOffset());
            }
            long row = keys.segmentRow() + firstRow(tile, plan);
            int count = count(tile, plan, keys);
            Pointer rows = segment.hostRow(row);
            if (row + count > pinnedRows) {
                Pointer staged = memory.pinned(buffer, 0).at(0);
                Pointer.memcpy(staged, rows, count * layout.rowBytes());
                rows = staged;
            }
            copies.copyRowsIn(target.at(0), rows, count, layout);
            if (pinnedScaleBytes() > 0) {
                Pointer staged = memory.pinned(buffer, 0).at(pinnedRowBytes());
                Pointer.memcpy(staged, segment.hostScale(row), (long) count * Float.BYTES);
                copies.copyIn(target.at(scalesOffset()), staged, (long) count * Float.BYTES);
            }
            copies.record(copied[buffer]);
        }
    }
}
