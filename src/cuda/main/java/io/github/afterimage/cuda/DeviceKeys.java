package io.github.afterimage.cuda;

import io.github.afterimage.cuda.DeviceBudget.Purpose;
import io.github.afterimage.failure.NotEnoughMemoryException;
import io.github.afterimage.keys.Keys;
import io.github.afterimage.keys.Segment;
import io.github.afterimage.platform.Resources;
import java.util.Objects;
import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;

/**
 * A segment for the device: its rows are copied there, or, if they do not fit, stay in host memory, from which the device copies
 * by itself as far as it is {@linkplain PinnedRows pinned}.
 *
 * <p>Threads: thread-safe. Lifetime: the segment closes it, when no query reads it any more.
 */
final class DeviceKeys implements AutoCloseable {
    /** Bytes that are copied to the device between two checks for cancellation: some ms, at the full copy rate. */
    private static final long PIECE_BYTES = 64L << 20;

    private final Cuda cuda;
    private final Segment segment;
    private final RowLayout layout;
    private @Nullable DeviceBuffer rows;
    private @Nullable DeviceBuffer scales;
    private long uploaded;
    private @Nullable PinnedRows pinned;
    private boolean pinningTried;
    private boolean closed;

    private DeviceKeys(Cuda cuda, Segment segment) {
        this.cuda = cuda;
        this.segment = segment;
        layout = RowLayout.of(segment.type, segment.dim);
    }

    static DeviceKeys of(Cuda cuda, Keys keys) {
        return (DeviceKeys) keys.copy(segment -> new DeviceKeys(cuda, segment));
    }

    RowLayout layout() {
        return layout;
    }

    /**
     * Copies the rows up to the last of these keys that are not on the device yet, piece by piece, and waits for the copies.
     * Callers that need the same rows take turns.
     *
     * @param checkCancelled called before each piece; an exception of it ends the call
     * @return false if the device has no memory for the segment
     */
    boolean upload(Keys keys, CudaStream stream, Runnable checkCancelled) {
        long end = keys.segmentRow() + keys.count();
        while (true) {
            checkCancelled.run();
            synchronized (this) {
                if (rows == null && !allocate(stream)) {
                    return false;
                }
                if (uploaded >= end) {
                    return true;
                }
                long count = Math.min(end - uploaded, Math.max(1, PIECE_BYTES / layout.rowBytes()));
                copy(uploaded, count, stream);
                // From here on, streams of other callers may read the rows.
                stream.synchronize();
                uploaded += count;
            }
        }
    }

    private void copy(long first, long count, CudaStream stream) {
        stream.copyRowsIn(rows().at(layout.bytes(first)), hostRow(first), count, layout);
        if (scales != null) {
            stream.copyIn(
                    scales.at(first * Float.BYTES), Objects.requireNonNull(hostScale(first)), count * Float.BYTES);
        }
    }

    private boolean allocate(CudaStream stream) {
        long rowBytes = layout.bytes(allocatedRows());
        long scaleBytes = segment.scales == null ? 0 : segment.capacity * Float.BYTES;
        if (!cuda.budget().allows(Purpose.KEYS, rowBytes + scaleBytes)) {
            return false; // in each pass over streamed keys, so without an exception
        }
        DeviceBuffer newRows = null;
        try {
            newRows = DeviceBuffer.allocate(cuda, Purpose.KEYS, rowBytes);
            if (scaleBytes > 0) {
                scales = DeviceBuffer.allocate(cuda, Purpose.KEYS, scaleBytes);
            }
        } catch (NotEnoughMemoryException e) {
            // Another caller took the memory meanwhile, or another process holds what the budget assumed to be free.
            Resources.closeAll(newRows);
            return false;
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

    /** Rows that the device has memory for, if the segment is there: whole {@link Gemm#UNIT units} cover each row. */
    long allocatedRows() {
        return segment.capacity + Gemm.UNIT - 1;
    }

    /** Returns the device address of an uploaded row of the segment. */
    synchronized long row(long segmentRow) {
        return rows().at(layout.bytes(segmentRow));
    }

    /** Returns the device address of the scale of an uploaded row, or 0 if the type has none. */
    synchronized long scale(long segmentRow) {
        return scales == null ? 0 : scales.at(segmentRow * Float.BYTES);
    }

    /** Returns how many rows of the segment, from the first on, the device copies by itself; the first call pins them. */
    synchronized long pinnedRows() {
        if (!pinningTried) {
            pinningTried = true;
            pinned = PinnedRows.of(cuda, segment, layout);
        }
        return pinned == null ? 0 : pinned.count();
    }

    /** Returns the scale of a row in host memory, or null if the type has none. */
    @Nullable
    Pointer hostScale(long segmentRow) {
        return segment.scales == null
                ? null
                : new DevicePointer(segment.scales.at(segmentRow * Float.BYTES).address());
    }

    /** Returns a row of the segment in host memory. */
    Pointer hostRow(long segmentRow) {
        return new DevicePointer(segment.row(segmentRow).address());
    }

    synchronized boolean isClosed() {
        return closed;
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            Resources.closeAll(pinned, rows, scales);
        }
    }
}
