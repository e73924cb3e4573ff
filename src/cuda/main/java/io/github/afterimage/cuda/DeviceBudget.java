package io.github.afterimage.cuda;

import io.github.afterimage.MemoryKind;
import io.github.afterimage.NotEnoughMemoryException;

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

    /**
     * Takes memory for keys if that leaves enough for workspaces; otherwise takes none and returns false.
     *
     * @param keyLimit maximum bytes of all keys
     */
    synchronized boolean tryKeys(long bytes, long keyLimit) {
        if (bytes > keyLimit - keys || !fits(bytes)) {
            return false;
        }
        used += bytes;
        keys += bytes;
        return true;
    }

    private boolean fits(long bytes) {
        return bytes <= limit - Math.min(WORKSPACE_BYTES, limit / 8) - used;
    }

    /**
     * Takes memory for a matrix that all callers share, if that leaves enough for workspaces.
     *
     * @throws NotEnoughMemoryException if it does not; nothing is taken then
     */
    synchronized void takeMatrix(long bytes) {
        if (!fits(bytes)) {
            throw refused(bytes);
        }
        used += bytes;
    }

    private NotEnoughMemoryException refused(long bytes) {
        return new NotEnoughMemoryException(
                MemoryKind.DEVICE,
                bytes,
                used + " are in use: the limit is " + limit + "; send smaller batches, or raise -D"
                        + CudaProperties.MEMORY_LIMIT);
    }

    synchronized void giveBackKeys(long bytes) {
        used -= bytes;
        keys -= bytes;
    }

    /**
     * Takes memory for a workspace.
     *
     * @throws NotEnoughMemoryException if the limit does not allow it; nothing is taken then
     */
    synchronized void takeWorkspace(long bytes) {
        if (bytes > limit - used) {
            throw refused(bytes);
        }
        used += bytes;
    }

    /** Returns the memory of a workspace or a matrix. */
    synchronized void giveBack(long bytes) {
        used -= bytes;
    }

    synchronized long used() {
        return used;
    }
}
