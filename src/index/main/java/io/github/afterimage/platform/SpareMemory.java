package io.github.afterimage.platform;

import io.github.afterimage.binding.Native;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/**
 * Memory of ended queries, kept for later ones: pages from the system took a tenth of a short query. It is not counted, and is at most 32 MiB.
 *
 * <p>Threads: thread-safe.
 */
final class SpareMemory {
    private static final long MAX_BYTES = 32L << 20;
    private static final int MAX_BLOCKS = 64;
    private static final long PAGE = 4096;

    /** The block that was kept last is in front. */
    private static final Deque<Block> BLOCKS = new ArrayDeque<>();

    private static long bytes;

    private SpareMemory() {}

    /**
     * A block from the system, which goes from query to query, and with it the buffers through which its bytes are read.
     *
     * @param views see {@link NativeMemory#buffer}
     */
    record Block(long address, long bytes, ByteBuffer[] views) implements Runnable {
        /** Ends the use by a query. */
        @Override
        public void run() {
            keep(this);
            MemoryLedger.releaseScratch(bytes);
        }
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
    static synchronized @Nullable Block take(long wanted) {
        for (Iterator<Block> blocks = BLOCKS.iterator(); blocks.hasNext(); ) {
            Block block = blocks.next();
            if (block.bytes == wanted) {
                blocks.remove();
                bytes -= wanted;
                return block;
            }
        }
        return null;
    }

    /** Keeps a block, or releases it; others are released if these become too many. */
    private static synchronized void keep(Block block) {
        BLOCKS.addFirst(block);
        bytes += block.bytes;
        while (bytes > MAX_BYTES || BLOCKS.size() > MAX_BLOCKS) {
            Block oldest = block.bytes > MAX_BYTES ? BLOCKS.removeFirst() : BLOCKS.removeLast();
            bytes -= oldest.bytes;
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
        bytes = 0;
    }
}
