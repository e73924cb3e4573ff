package io.github.afterimage.cuda;

import io.github.afterimage.failure.NotEnoughMemoryException;
import io.github.afterimage.keys.Segment;
import io.github.afterimage.platform.MemoryLedger;
import io.github.afterimage.settings.MemoryKind;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;

/**
 * The first rows of a segment in host memory, pinned so that the device copies from them by itself; counted as {@link
 * MemoryKind#PINNED} instead of the segment's kind until they are closed.
 */
final class PinnedRows extends Cuda.Held {
    private final Pointer rows;
    private final MemoryKind kind;
    private final long count;
    private final long bytes;

    private PinnedRows(Cuda cuda, Segment segment, long count, long bytes) {
        super(cuda);
        rows = segment.row(0);
        kind = segment.rows.kind();
        this.count = count;
        this.bytes = bytes;
    }

    /**
     * Pins rows of a segment. Mapped rows are pinned only if the setting asks for it, and only so many as {@link HostMemory}
     * and the limit of {@link io.github.afterimage.MemoryUse} have room for, because pinning brings them into memory and keeps
     * them there. Other rows are in memory already.
     *
     * @return null if none are pinned
     */
    static @Nullable PinnedRows of(Cuda cuda, Segment segment, RowLayout layout) {
        boolean mapped = segment.rows.kind() == MemoryKind.MAPPED;
        if (mapped && !(CudaProperties.pinMapped() && cuda.registersReadOnly())) {
            return null;
        }
        long room = HostMemory.toPin(mapped ? MemoryLedger.free() : Long.MAX_VALUE);
        long count = segment.capacity;
        if (mapped) {
            count = Math.min(count, room / layout.rowBytes());
        }
        return count == 0 || room == 0 ? null : pin(cuda, segment, count, count * layout.rowBytes());
    }

    private static @Nullable PinnedRows pin(Cuda cuda, Segment segment, long count, long bytes) {
        try {
            MemoryLedger.pin(segment.rows.kind(), bytes);
        } catch (NotEnoughMemoryException e) {
            return null;
        }
        int flags = segment.rows.kind() == MemoryKind.MAPPED ? cudart.CU_MEMHOSTREGISTER_READ_ONLY : 0;
        try (Cuda.Entered entered = cuda.enter()) {
            // Refused for some files and if the system limits locked memory; rows go through a buffer then.
            if (cudart.cuMemHostRegister(segment.row(0), bytes, flags) == cudart.CUDA_SUCCESS) {
                return cuda.hold(new PinnedRows(cuda, segment, count, bytes));
            }
        }
        MemoryLedger.unpin(segment.rows.kind(), bytes);
        return null;
    }

    /** Number of rows, from the first of the segment on. */
    long count() {
        return count;
    }

    @Override
    void free() {
        CudaException.check(cudart.cuMemHostUnregister(rows), "cuMemHostUnregister");
    }

    @Override
    void giveBack() {
        MemoryLedger.unpin(kind, bytes);
    }
}
