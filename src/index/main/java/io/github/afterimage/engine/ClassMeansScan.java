package io.github.afterimage.engine;

import io.github.afterimage.keys.ClassMeans;
import io.github.afterimage.keys.ClassSums;
import io.github.afterimage.keys.KeyStore;
import io.github.afterimage.keys.Keys;
import io.github.afterimage.keys.QueriedKeys;
import io.github.afterimage.keys.Snapshot;
import io.github.afterimage.platform.NativeMemory;
import java.util.List;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongFunction;

/**
 * Finds the means of the classes of the keys that answer a query. The first query that needs them sums up all keys of its snapshot,
 * in one pass; changes of the keys continue them.
 *
 * <p>Threads: thread-safe. One caller sums up keys; others that need the same means wait. An interrupted caller gets {@link
 * java.util.concurrent.CancellationException}.
 */
public final class ClassMeansScan {
    /** Below this number of elements, calling is faster than handing over to other threads. */
    private static final long FEW_ELEMENTS = 1L << 18;

    private final Workers workers;
    private final KeyStore store;
    private final Lock lock = new ReentrantLock();

    public ClassMeansScan(Workers workers, KeyStore store) {
        this.workers = workers;
        this.store = store;
    }

    /**
     * Returns the means of the classes of these keys; the caller closes them.
     *
     * <p>Cost for some of the keys of a snapshot: their labels, and a few operations for each element of the classes that have some, and
     * of the other keys of these classes, or of the chosen keys if these are fewer.
     *
     * @throws io.github.afterimage.failure.NotEnoughMemoryException if memory is refused
     */
    public ClassMeans of(QueriedKeys keys) {
        if (keys.isAll()) {
            return ofAll(keys.snapshot()).share();
        }
        List<Keys> hidden = keys.hiddenBeside();
        if (hidden == null) {
            return QueryMemory.inTurn(() -> sum(keys, NativeMemory::allocateScratch));
        }
        ClassMeans all = ofAll(keys.snapshot());
        return QueryMemory.inTurn(() -> all.without(hidden, keys.labels()));
    }

    private ClassMeans ofAll(Snapshot snapshot) {
        ClassMeans known = snapshot.means();
        if (known != null) {
            return known;
        }
        Workers.lock(lock);
        try {
            ClassMeans means = snapshot.means();
            if (means == null) {
                means = sum(QueriedKeys.all(snapshot), NativeMemory::allocate);
                snapshot.means(means);
                store.carryMeans(snapshot);
            }
            return means;
        } finally {
            lock.unlock();
        }
    }

    private ClassMeans sum(QueriedKeys keys, LongFunction<NativeMemory> allocate) {
        try (ClassSums sums = ClassSums.of(store.dim(), keys.labels(), allocate)) {
            long rows = keys.snapshot().rows();
            workers.forRanges(
                    rows,
                    rows * store.dim() <= FEW_ELEMENTS,
                    (from, to, workspace) -> add(keys, from, to, sums, workspace));
            return ClassMeans.of(sums);
        }
    }

    private static void add(QueriedKeys keys, long from, long to, ClassSums sums, Workspace workspace) {
        for (Keys part : keys.range(from, to)) {
            sums.add(part, () -> {
                workspace.checkCancelled();
                Workers.checkInterrupted();
            });
        }
    }
}
