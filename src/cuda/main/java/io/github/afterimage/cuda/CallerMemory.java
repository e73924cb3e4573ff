package io.github.afterimage.cuda;

import io.github.afterimage.platform.Resources;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.bytedeco.javacpp.Pointer;

/** The device blocks of one caller, each grown to the largest request, and a pinned block for copies to and from the device. */
final class CallerMemory implements AutoCloseable {
    /** The uses of device memory, one block each. */
    enum Use {
        UNREDUCED,
        REDUCED,
        QUERIES,
        ROUNDED_QUERIES,
        QUERY_SCALES,
        REFERENCES,
        THETAS,
        SUMS,
        MAXIMA,
        SCORES,
        SLOTS,
        WIDENED,
        COEFFICIENTS,
        GRADIENT,
        BEST_SCORES,
        BEST_ROWS,
        OTHER_SCORES,
        OTHER_ROWS,
        STREAMED_EVEN,
        STREAMED_ODD
    }

    private static final long UNIT = 256;
    /** The number of the pinned block for copies of queries and results, behind those of streamed rows. */
    private static final int STAGING = KeyTiles.BUFFERS;

    private final Cuda cuda;
    private final CudaStream stream;
    private final Runnable settle;
    private final Map<Use, DeviceBuffer> blocks = new EnumMap<>(Use.class);
    private final PinnedBuffer[] pinned = new PinnedBuffer[STAGING + 1];
    private long staged;

    /** @param settle waits until the device uses no block any more */
    CallerMemory(Cuda cuda, CudaStream stream, Runnable settle) {
        this.cuda = cuda;
        this.stream = stream;
        this.settle = settle;
    }

    private static long grown(long bytes) {
        return (Math.max(1, bytes) + UNIT - 1) / UNIT * UNIT;
    }

    /** Returns a block of at least {@code bytes}; growing loses its contents. */
    DeviceBuffer device(Use use, long bytes) {
        DeviceBuffer block = blocks.get(use);
        if (block == null || block.bytes() < bytes) {
            if (block != null) {
                settle.run();
                blocks.remove(use);
                block.close();
            }
            block = DeviceBuffer.allocate(cuda, grown(bytes));
            blocks.put(use, block);
        }
        return block;
    }

    /** Returns one of the pinned blocks, of at least {@code bytes}; growing loses its contents. */
    PinnedBuffer pinned(int buffer, long bytes) {
        if (pinned[buffer] == null || pinned[buffer].bytes() < bytes) {
            if (pinned[buffer] != null) {
                settle.run();
                pinned[buffer].close();
                pinned[buffer] = null;
            }
            pinned[buffer] = PinnedBuffer.allocate(cuda, grown(bytes));
        }
        return pinned[buffer];
    }

    /** Begins a pass that stages at most {@code blocks} blocks of {@code bytes} in total; no copy is in progress. */
    void beginStaging(long bytes, int blocks) {
        pinned(STAGING, bytes + blocks * UNIT);
        staged = 0;
    }

    private PinnedBuffer staging() {
        return Objects.requireNonNull(pinned[STAGING], "beginStaging was not called");
    }

    private long stage(long bytes) {
        long offset = staged;
        PinnedBuffer staging = staging();
        if (bytes > staging.bytes() - offset) {
            throw new IllegalStateException(bytes + " bytes staged at " + offset + " of " + staging.bytes());
        }
        staged += grown(bytes);
        return offset;
    }

    /** Queues a copy to a device address; {@code writer} writes the bytes before this returns. */
    void upload(long device, long bytes, Consumer<ByteBuffer> writer) {
        long offset = stage(bytes);
        writer.accept(staging().buffer(offset, bytes));
        stream.copyIn(device, staging().at(offset), bytes);
    }

    /** Queues a copy of host memory to the start of a block; the caller may change the host memory at once. */
    long upload(Use use, Pointer host, long bytes, long blockBytes) {
        DeviceBuffer block = device(use, blockBytes);
        if (blockBytes > bytes) {
            stream.fill(block.at(bytes), (byte) 0, blockBytes - bytes);
        }
        Pointer copy = staging().at(stage(bytes));
        Pointer.memcpy(copy, host, bytes);
        stream.copyIn(block.at(0), copy, bytes);
        return block.at(0);
    }

    /** Queues a copy from the start of a block; the returned buffer can be read when the stream is done. */
    ByteBuffer download(Use use, long bytes) {
        long offset = stage(bytes);
        stream.copyOut(staging().at(offset), device(use, bytes).at(0), bytes);
        return staging().buffer(offset, bytes);
    }

    /** Frees all blocks; the device uses none of them. Later requests allocate them again. */
    @Override
    public void close() {
        List<AutoCloseable> all = new ArrayList<>(blocks.values());
        all.addAll(Arrays.asList(pinned));
        blocks.clear();
        Arrays.fill(pinned, null);
        Resources.closeAll(all);
    }
}
