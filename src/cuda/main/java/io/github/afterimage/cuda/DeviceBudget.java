package io.github.afterimage.cuda;

import io.github.afterimage.failure.NotEnoughMemoryException;
import io.github.afterimage.settings.MemoryKind;

/**
 * The device memory of this process: bounded by a limit, of which keys leave a part to the workspaces of callers.
 *
 * <p>Threads: thread-safe.
 */
final class DeviceBudget {
    /** Bytes for the queries of a pass, 256 MiB: of 4,096 queries up to dim 5,461, of 891 at dim 25,088. */
    static final long QUERY_BYTES = 256L << 20;
    /**
     * Bytes of a caller with the largest tiles: its queries; and at most 320 MiB for the workspace of cuBLAS (32 MiB), two
     * buffers of streamed keys (128), the scores of a tile or the slots of the fused kernel (128), and sums (32).
     */
    private static final long CALLER_BYTES = QUERY_BYTES + (320L << 20);
    /** Bytes that keys leave free, for four callers; at most an eighth of the limit, so that a small device has keys too. */
    private static final long WORKSPACE_BYTES = 4 * CALLER_BYTES;

    private final long limit;
    private long used;
    private long keys;

    /** @throws IllegalArgumentException if {@code limit} is negative */
    DeviceBudget(long limit) {
        if (limit < 0) {
            throw new IllegalArgumentException("device memory limit " + limit + ": expected bytes, 0 or more");
        }
        this.limit = limit;
    }

    /** The use of a piece of memory, which decides how much must stay free. */
    enum Purpose {
        WORKSPACE,
        /** A matrix that all callers share; leaves enough for workspaces. */
        MATRIX,
        /** Leaves enough for workspaces, and keys have a limit of their own. */
        KEYS
    }

    /** Returns whether the limits allow to take memory now. */
    synchronized boolean allows(Purpose purpose, long bytes) {
        long left = limit - used - (purpose == Purpose.WORKSPACE ? 0 : Math.min(WORKSPACE_BYTES, limit / 8));
        return bytes <= left && (purpose != Purpose.KEYS || bytes <= CudaProperties.keyLimit() - keys);
    }

    /**
     * Takes memory.
     *
     * @throws NotEnoughMemoryException if a limit does not allow it; nothing is taken then
     */
    synchronized void take(Purpose purpose, long bytes) {
        if (!allows(purpose, bytes)) {
            throw new NotEnoughMemoryException(
                    MemoryKind.DEVICE,
                    bytes,
                    used + " are in use: the limit is " + limit + "; send smaller batches, or raise -D"
                            + CudaProperties.MEMORY_LIMIT);
        }
        used += bytes;
        keys += purpose == Purpose.KEYS ? bytes : 0;
    }

    synchronized void giveBack(Purpose purpose, long bytes) {
        used -= bytes;
        keys -= purpose == Purpose.KEYS ? bytes : 0;
    }

    synchronized long used() {
        return used;
    }
}
