package io.github.afterimage.platform;

import io.github.afterimage.binding.Native;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/**
 * A block from the system, which goes from query to query, and with it the buffers through which its bytes are read: pages from the
 * system took a tenth of a short query. Blocks that no query uses are not counted, and are at most 32 MiB.
 *
 * <p>Threads: thread-safe.
 *
 * @param views see {@link NativeMemory#buffer}
 */
record SpareMemory(long address, long bytes, ByteBuffer[] views) implements Runnable {
    private static final long MAX_BYTES = 32L << 20;
    private static final int MAX_BLOCKS = 64;
    private static final long PAGE = 4096;

    /** The block that was kept last is in front. */
    private static final Deque<SpareMemory> BLOCKS = new ArrayDeque<>();

    private static long kept;

    /** Ends the use by a query. */
    @Override
    public void run() {
        keep(this);
        MemoryLedger.releaseScratch(bytes);
    }

    /** Returns the bytes to allocate for a request, so that blocks that are kept fit requests that differ a little. */
    static long rounded(long requested) {
        if (requested > MAX_BYTES) {
            return requested;
        }
        long step = Math.max(PAGE, Long.highestOneBit(requested) / 8);
        return (requested + step - 1) / step * step;
    }

    /** Takes a block of this many {@link #rounded} bytes; returns null if there is none. */
    static synchronized @Nullable SpareMemory take(long wanted) {
        for (Iterator<SpareMemory> blocks = BLOCKS.iterator(); blocks.hasNext(); ) {
            SpareMemory block = blocks.next();
            if (block.bytes == wanted) {
                blocks.remove();
                kept -= wanted;
                return block;
            }
        }
        return null;
    }

    /** Keeps a block, or releases it; others are released if these become too many. */
    private static synchronized void keep(SpareMemory block) {
        BLOCKS.addFirst(block);
        kept += block.bytes;
        while (kept > MAX_BYTES || BLOCKS.size() > MAX_BLOCKS) {
            SpareMemory oldest = block.bytes > MAX_BYTES ? BLOCKS.removeFirst() : BLOCKS.removeLast();
            kept -= oldest.bytes;
            free(oldest.address, oldest.bytes);
        }
    }

    /** Returns memory to the system. */
    static void free(long address, long blockBytes) {
        Native.afterimage_release(address, blockBytes);
    }

    /** Releases all blocks. */
    static synchronized void release() {
        BLOCKS.forEach(block -> free(block.address, block.bytes));
        BLOCKS.clear();
        kept = 0;
    }
}
