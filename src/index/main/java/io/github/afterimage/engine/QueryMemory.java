package io.github.afterimage.engine;

import io.github.afterimage.MemoryUse;
import io.github.afterimage.binding.Native;
import io.github.afterimage.failure.NotEnoughMemoryException;
import io.github.afterimage.platform.MemoryLedger;
import io.github.afterimage.platform.NativeLibrary;
import io.github.afterimage.platform.NativeMemory;
import io.github.afterimage.settings.MemoryKind;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;

/**
 * The native memory set aside for the queries of an index, which keys cannot take, see {@link MemoryUse}. It suffices for 32
 * queries with one theta on all threads with any engine of the processor (fewer with more than 65,536 classes), or for the
 * nearest 10,000 keys of one query. 32 queries share a pass over the keys at nearly the rate of more, and take little memory.
 *
 * <p>Queries that are refused memory are repeated in smaller blocks, and finally alone: no other query of the process runs
 * then, and all scratch memory is released first.
 *
 * <p>Threads: thread-safe.
 */
public final class QueryMemory implements AutoCloseable {
    static final int QUERIES = 32;
    /** Maximum bytes of sums: with many classes, memory for fewer queries is set aside. */
    private static final long MAX_SUM_BYTES = 16L << 20;

    private static final int NEIGHBORS = 10_000;

    /** The read lock is for calls that run beside others, the write lock for one that runs alone. */
    private static final ReadWriteLock TURNS = new ReentrantReadWriteLock();

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
        // A query whose keys are all far is repeated while its first sums and the queries are still there, and each may
        // leave a key out.
        bytes = threads * worker + 3 * result + 4 * rows + queries * classes * Float.BYTES;
        MemoryLedger.setAside(bytes);
    }

    private static long kernelBytes(long queries, int dim, int classes) {
        return NativeLibrary.available() ? Native.afterimage_workspace_bytes(queries, dim, classes, 1, 1) : 0;
    }

    /** Runs a call that allocates scratch memory beside others; if memory is refused, runs it again alone. */
    public static <T> T inTurn(Supplier<T> call) {
        try {
            return Workers.holding(TURNS.readLock(), call);
        } catch (NotEnoughMemoryException e) {
            return alone(e, call);
        }
    }

    private static <T> T alone(NotEnoughMemoryException refusal, Supplier<T> call) {
        if (refusal.kind() != MemoryKind.HOST) {
            throw refusal;
        }
        return Workers.holding(TURNS.writeLock(), () -> {
            Workers.trimAll();
            NativeMemory.releaseSpare();
            return call.get();
        });
    }

    /** Answers some queries of a batch. */
    interface Block {
        void run(int first, int count);
    }

    /**
     * Runs blocks of a batch, and smaller blocks once memory is refused.
     *
     * @param largest maximum queries of a block
     * @throws NotEnoughMemoryException if memory for one query is refused
     */
    static void forEachBlock(int batch, int largest, Block block) {
        int most = largest;
        int first = 0;
        while (first < batch) {
            int from = first;
            int count = Math.min(most, batch - first);
            Supplier<Void> call = () -> {
                block.run(from, count);
                return null;
            };
            try {
                if (count > QUERIES) {
                    Workers.holding(TURNS.readLock(), call);
                } else {
                    inTurn(call);
                }
                first += count;
            } catch (NotEnoughMemoryException e) {
                if (count == 1) {
                    throw e;
                }
                most = count / 2;
            }
        }
    }

    @Override
    public void close() {
        MemoryLedger.giveBack(bytes);
        NativeMemory.releaseSpare();
    }
}
