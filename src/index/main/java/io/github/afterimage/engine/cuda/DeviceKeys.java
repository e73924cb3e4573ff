package io.github.afterimage.engine.cuda;

import io.github.afterimage.MemoryKind;
import io.github.afterimage.store.Keys;
import io.github.afterimage.store.SegmentRows;
import java.util.Objects;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;

/**
 * A segment for the device: its rows are copied there, or, if they do not fit, stay in host memory that the device may copy from
 * by itself if the driver allows that.
 *
 * <p>Threads: thread-safe. Lifetime: the segment closes it, when no query reads it any more.
 */
final class DeviceKeys implements AutoCloseable {
    private final Cuda cuda;
    private final SegmentRows segment;
    private final RowLayout layout;
    private @Nullable DeviceBuffer rows;
    private @Nullable DeviceBuffer scales;
    private long uploaded;
    private boolean registrationTried;
    private boolean registered;
    private boolean closed;

    private DeviceKeys(Cuda cuda, SegmentRows segment) {
        this.cuda = cuda;
        this.segment = segment;
        layout = RowLayout.of(segment.type(), segment.dim());
    }

    static DeviceKeys of(Cuda cuda, Keys keys) {
        return (DeviceKeys) keys.copy(segment -> new DeviceKeys(cuda, segment));
    }

    RowLayout layout() {
        return layout;
    }

    /**
     * Copies the rows up to the last of these keys that are not on the device yet, and waits for the copy.
     *
     * @return false if the device has no memory for the segment
     */
    synchronized boolean upload(Keys keys, CudaStream stream) {
        if (rows == null && !allocate(stream)) {
            return false;
        }
        long end = keys.segmentRow() + keys.count();
        if (end > uploaded) {
            long count = end - uploaded;
            stream.copyRowsIn(
                    rows().at(layout.bytes(uploaded)),
                    new DevicePointer(segment.rows().address() + uploaded * layout.rowBytes()),
                    count,
                    layout);
            if (scales != null) {
                stream.copyIn(
                        scales.at(uploaded * Float.BYTES),
                        new DevicePointer(
                                Objects.requireNonNull(segment.scales()).address() + uploaded * Float.BYTES),
                        count * Float.BYTES);
            }
            // From here on, streams of other callers may read the rows.
            stream.synchronize();
            uploaded = end;
        }
        return true;
    }

    private boolean allocate(CudaStream stream) {
        DeviceBuffer newRows = DeviceBuffer.allocateForKeys(cuda, layout.bytes(segment.capacity() + Gemm.UNIT - 1));
        if (newRows == null) {
            return false;
        }
        if (segment.scales() != null) {
            scales = DeviceBuffer.allocateForKeys(cuda, segment.capacity() * Float.BYTES);
            if (scales == null) {
                newRows.close();
                return false;
            }
        }
        if (layout.rowBytes() < layout.pitchBytes()) {
            // Zeros behind each row; copies do not overwrite them.
            stream.fill(newRows.at(0), (byte) 0, newRows.bytes());
        }
        rows = newRows;
        return true;
    }

    private DeviceBuffer rows() {
        return Objects.requireNonNull(rows, "rows are not on the device");
    }

    /** Returns the device address of an uploaded row of the segment. */
    synchronized long row(long segmentRow) {
        return rows().at(layout.bytes(segmentRow));
    }

    /** Returns the device address of the scale of an uploaded row, or 0 if the type has none. */
    synchronized long scale(long segmentRow) {
        return scales == null ? 0 : scales.at(segmentRow * Float.BYTES);
    }

    /** Returns true if the device copies from host memory by itself; the first call tries to register the memory. */
    synchronized boolean copiesFromHost() {
        if (!registrationTried) {
            registrationTried = true;
            boolean readOnly = segment.kind() == MemoryKind.MAPPED;
            // Registering brings all rows into memory and keeps them there.
            if (!segment.readAhead() && (!readOnly || cuda.registersReadOnly())) {
                int flags = readOnly ? cudart.CU_MEMHOSTREGISTER_READ_ONLY : 0;
                // Refused for some files and if the system limits locked memory; rows go through a buffer then.
                registered = cudart.cuMemHostRegister(segment.rows(), hostBytes(), flags) == cudart.CUDA_SUCCESS;
            }
        }
        return registered;
    }

    /** Returns the scale of a row in host memory, or null if the type has none. */
    @Nullable
    Pointer hostScale(long segmentRow) {
        return segment.scales() == null
                ? null
                : new DevicePointer(Objects.requireNonNull(segment.scales()).address() + segmentRow * Float.BYTES);
    }

    /** Returns a row of the segment in host memory. */
    Pointer hostRow(long segmentRow) {
        return new DevicePointer(segment.rows().address() + segmentRow * layout.rowBytes());
    }

    synchronized boolean isClosed() {
        return closed;
    }

    private long hostBytes() {
        return Math.multiplyExact(segment.capacity(), layout.rowBytes());
    }

    @Override
    public synchronized void close() {
        closed = true;
        try {
            if (registered) {
                registered = false;
                cuda.enter();
                CudaException.check(cudart.cuMemHostUnregister(segment.rows()), "cuMemHostUnregister");
            }
        } finally {
            if (rows != null) {
                rows.close();
                rows = null;
            }
            if (scales != null) {
                scales.close();
                scales = null;
            }
        }
    }
}
