package io.github.afterimage.engine;

import io.github.afterimage.MemoryUse;
import io.github.afterimage.binding.Native;
import io.github.afterimage.failure.NotEnoughMemoryException;
import io.github.afterimage.platform.MemoryLedger;
import io.github.afterimage.platform.NativeLibrary;
import io.github.afterimage.platform.NativeMemory;
import java.util.function.Supplier;

/**
 * The native memory set aside for the queries of an index, which keys cannot take, see {@link MemoryUse}. It suffices for 32
 * queries with one theta on all threads with any engine of the processor (fewer with more than 65,536 classes), or for the
 * nearest 10,000 keys of one query. 32 queries share a pass over the keys at nearly the rate of more, and take little memory.
 *
 * <p>Threads: thread-safe.
 */
public final class QueryMemory implements AutoCloseable {
    static final int QUERIES = 32;
    /** Maximum bytes of sums: with many classes, memory for fewer queries is set aside. */
    private static final long MAX_SUM_BYTES = 16L << 20;

    private static final int NEIGHBORS = 10_000;

    private final long bytes;

    /**
     * Sets the memory aside.
     *
     * @param dim values of a key
     * @param reductionBytes bytes for reducing queries, on each thread
     * @throws NotEnoughMemoryException if the limit refuses it
     */
    public QueryMemory(int dim, int classes, int threads, long reductionBytes) {
        long queries = Math.max(1, Math.min(QUERIES, MAX_SUM_BYTES / ((long) classes * Double.BYTES)));
        long kernels = kernelBytes(queries, dim, classes);
        long rows = NativeMemory.reusedBytes(queries * (dim + 1) * Float.BYTES);
        long sums = NativeMemory.reusedBytes(queries * ((long) classes * Double.BYTES + Float.BYTES) + Float.BYTES);
        long result = Math.max(Math.max(sums, rows), (long) NEIGHBORS * Nearest.PLACE_BYTES);
        long worker =
                kernels + ScoreTiles.tileBytes((int) queries, dim) + Workspace.MASK_BYTES + result + reductionBytes;
        // A query whose keys are all far is repeated while its first sums and the queries are still there.
        bytes = threads * worker + 3 * result + 4 * rows + queries * classes * Float.BYTES;
        MemoryLedger.setAside(bytes);
    }

    private static long kernelBytes(long queries, int dim, int classes) {
        return NativeLibrary.available() ? Native.afterimage_workspace_bytes(queries, dim, classes, 1, 1) : 0;
    }

    /** Runs a call that allocates scratch memory beside others; if memory is refused, runs it again alone. */
    public static <T> T inTurn(Supplier<T> call) {
        try (Blocks blocks = new Blocks(1, 1)) {
            while (blocks.next()) {
                try {
                    return call.get();
                } catch (NotEnoughMemoryException e) {
                    blocks.refused(e);
                }
            }
            throw new AssertionError("a block is answered or refused");
        }
    }

    @Override
    public void close() {
        MemoryLedger.giveBack(bytes);
        NativeMemory.releaseSpare();
    }
}
