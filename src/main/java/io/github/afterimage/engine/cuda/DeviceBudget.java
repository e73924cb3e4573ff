package io.github.afterimage.engine.cuda;

import io.github.afterimage.store.MemoryKind;
import io.github.afterimage.store.NotEnoughMemoryException;

/**
 * How much of the device this process takes: at most a limit, and of that keys leave a share to the callers' workspaces.
 *
 * <p>Threads: thread-safe.
 */
final class DeviceBudget {
    /** What keys leave free: four callers' workspaces at the largest tiles, 256 MiB each, or an eighth of little memory. */
    private static final long WORKSPACE_BYTES = 1L << 30;

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
     * Takes room for keys if that leaves enough for workspaces; false, and nothing taken, if not.
     *
     * @param keyLimit what keys may take together
     */
    synchronized boolean tryKeys(long bytes, long keyLimit) {
        long most = limit - Math.min(WORKSPACE_BYTES, limit / 8);
        if (bytes > most - used || bytes > keyLimit - keys) {
            return false;
        }
        used += bytes;
        keys += bytes;
        return true;
    }

    synchronized void giveBackKeys(long bytes) {
        used -= bytes;
        keys -= bytes;
    }

    /**
     * Takes room for a workspace.
     *
     * @throws NotEnoughMemoryException if the limit does not allow it; nothing is taken then
     */
    synchronized void takeWorkspace(long bytes) {
        if (bytes > limit - used) {
            throw NotEnoughMemoryException.limited(MemoryKind.DEVICE, bytes, used, limit, Settings.MEMORY_LIMIT);
        }
        used += bytes;
    }

    synchronized void giveBackWorkspace(long bytes) {
        used -= bytes;
    }

    synchronized long used() {
        return used;
    }

    long limit() {
        return limit;
    }
}
