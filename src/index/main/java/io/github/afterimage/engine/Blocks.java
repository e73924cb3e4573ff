package io.github.afterimage.engine;

import io.github.afterimage.failure.NotEnoughMemoryException;
import io.github.afterimage.platform.NativeMemory;
import io.github.afterimage.settings.MemoryKind;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;

/**
 * The blocks of a batch of queries, one after the other, each with its turn to allocate scratch memory: beside those of other calls.
 * A block that is {@linkplain #refused refused} memory is repeated alone: no other query of the process runs then, and all scratch memory
 * is released first. If that does not suffice, it is repeated as smaller blocks.
 *
 * <p>Threads: for one. Lifetime: closing it ends the turn.
 */
final class Blocks implements AutoCloseable {
    /** The read lock is for blocks that run beside others, the write lock for one that runs alone. */
    private static final ReadWriteLock TURNS = new ReentrantReadWriteLock();

    private final int batch;
    private int most;
    private int first;
    private int count;
    private boolean alone;
    private @Nullable Lock turn;

    /** @param largest maximum queries of a block */
    Blocks(int batch, int largest) {
        this.batch = batch;
        most = largest;
    }

    /**
     * Ends the turn of the block before and waits for that of the next one; returns false after the last.
     *
     * @throws java.util.concurrent.CancellationException if the caller is interrupted while it waits
     */
    boolean next() {
        close();
        first += count;
        count = Math.min(most, batch - first);
        if (count == 0) {
            return false;
        }
        Lock lock = alone ? TURNS.writeLock() : TURNS.readLock();
        Workers.lock(lock);
        turn = lock;
        if (alone) {
            Workers.trimAll();
            NativeMemory.releaseSpare();
        }
        return true;
    }

    /** Number of the first query of the block. */
    int first() {
        return first;
    }

    /** Number of queries of the block. */
    int count() {
        return count;
    }

    /**
     * Has {@link #next} repeat the block, whose result is worth nothing.
     *
     * @throws NotEnoughMemoryException the refusal, if the block has been alone and cannot be smaller
     */
    void refused(NotEnoughMemoryException refusal) {
        close();
        alone = !alone && count <= QueryMemory.QUERIES && refusal.kind() == MemoryKind.HOST;
        if (!alone && count == 1) {
            throw refusal;
        }
        if (!alone) {
            most = count / 2;
        }
        count = 0;
    }

    @Override
    public void close() {
        if (turn != null) {
            turn.unlock();
            turn = null;
        }
    }
}
