package io.github.afterimage.keys;

import io.github.afterimage.platform.NativeMemory;
import io.github.afterimage.platform.Threads;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Reads mapped keys ahead of the scans over them and limits their bytes in memory.
 *
 * <p>Threads: thread-safe. Lifetime: until {@link #close}, which ends its threads; the owner calls it after the last
 * scan.
 */
public final class ReadAhead implements AutoCloseable {
    /** Slices in memory per scan: one that is read and two that the disk delivers meanwhile. */
    public static final int SLICES = 3;

    private static final long LARGEST_SLICE = 16 * NativeMemory.HUGE_PAGE;

    /** Approximate bytes of a slice, the unit of reading and of giving memory back. */
    public final long sliceBytes;
    /** Share of the mapped bytes that stays in memory between scans. */
    public final double kept;

    private final ExecutorService executor;

    /**
     * @param mappedBytes total bytes of the mapped keys
     * @param residentBytes maximum bytes of them in memory
     * @param scans maximum number of scans at the same time
     * @throws IllegalArgumentException if {@code residentBytes} is too small to read ahead while keys are compared
     */
    ReadAhead(long mappedBytes, long residentBytes, int scans) {
        long least =
                (long) scans * SLICES * 2 * NativeMemory.HUGE_PAGE; // the ends of a slice share huge pages with others
        if (residentBytes < least) {
            throw new IllegalArgumentException("bytes of keys in memory (option --memory) " + residentBytes
                    + ": expected at least "
                    + (mappedBytes <= least
                            ? mappedBytes + ", which all keys take"
                            : least + " for " + scans + (scans == 1 ? " thread" : " threads, or fewer threads")));
        }
        sliceBytes = Math.min(LARGEST_SLICE, residentBytes / 2 / scans / SLICES);
        long windows = (long) scans * SLICES * (sliceBytes + NativeMemory.HUGE_PAGE);
        kept = Math.max(0, residentBytes - windows) / (double) mappedBytes;
        executor = Executors.newFixedThreadPool(scans, Threads.daemons("afterimage-read-ahead"));
    }

    /** Starts reading rows into memory. */
    public CompletableFuture<Void> fetch(Keys keys) {
        return CompletableFuture.runAsync(keys::fetch, executor);
    }

    @Override
    public void close() {
        executor.shutdown();
    }
}
