package io.github.afterimage.store;

import io.github.afterimage.platform.NativeMemory;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Reads mapped keys ahead of the walks over them, and says how many bytes of them may be in memory.
 *
 * <p>Threads: thread-safe. Lifetime: its threads end with {@link #close}, when no walk is left.
 */
final class ReadAhead implements AutoCloseable {
    /** Slices that a walk has in memory: one that is read, and those that the disk is asked for meanwhile. */
    static final int SLICES = 3;

    private static final long LARGEST_SLICE = 16 * NativeMemory.HUGE_PAGE;

    /** Rows are handed over, and given back, in pieces of about so many bytes. */
    final long sliceBytes;
    /** The share of the mapped bytes that stays in memory from one walk to the next. */
    final double kept;

    private final ExecutorService executor;

    /**
     * @param mappedBytes of all keys
     * @param residentBytes how many of them may be in memory
     * @param walks how many there are at the most at once
     * @throws IllegalArgumentException if that is too little to read on while keys are compared
     */
    ReadAhead(long mappedBytes, long residentBytes, int walks) {
        long least =
                (long) walks * SLICES * 2 * NativeMemory.HUGE_PAGE; // the ends of a slice share huge pages with others
        if (residentBytes < least) {
            throw new IllegalArgumentException("resident keys of " + residentBytes + " bytes: expected at least "
                    + least + " for " + walks + " threads");
        }
        sliceBytes = Math.min(LARGEST_SLICE, residentBytes / 2 / walks / SLICES);
        long windows = (long) walks * SLICES * (sliceBytes + NativeMemory.HUGE_PAGE);
        kept = Math.max(0, residentBytes - windows) / (double) mappedBytes;
        executor = Executors.newFixedThreadPool(walks, task -> {
            Thread thread = new Thread(task, "afterimage-read-ahead");
            thread.setDaemon(true);
            return thread;
        });
    }

    /** Begins to bring rows into memory. */
    CompletableFuture<Void> fetch(Keys keys) {
        return CompletableFuture.runAsync(keys::fetch, executor);
    }

    @Override
    public void close() {
        executor.shutdown();
    }
}
