package io.github.afterimage.log;

import io.github.afterimage.platform.Resources;
import io.github.afterimage.platform.Threads;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Saves an index on a thread of its own when its log has grown to its bound, and lets changes wait when the log has grown
 * to twice that, so that it is bounded even where changes come faster than a save.
 *
 * <p>A save that fails is tried again at the first change after a delay: a second, then twice the last delay, at most a minute.
 *
 * <p>Threads: thread-safe. {@link #close} waits for the save.
 */
final class LogFold implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(LogFold.class.getName());
    private static final long FIRST_DELAY = TimeUnit.SECONDS.toNanos(1);
    private static final long LONGEST_DELAY = TimeUnit.MINUTES.toNanos(1);

    private final Path index;
    private final long bound;
    private final LongSupplier bytes;
    private final Resources.Action<IOException> save;
    private final LongSupplier nanoTime;
    private @Nullable Thread thread;
    private volatile @Nullable Throwable failure;
    /** Delay of the next attempt after a failure. */
    private long delay;
    /** Time of the next attempt after a failure. */
    private long next;

    private boolean closed;

    /**
     * @param index the index file, for messages
     * @param bound bytes of the log from which on the index is saved
     * @param bytes returns the bytes of the log
     * @param nanoTime returns the time, as {@link System#nanoTime} does
     */
    LogFold(Path index, long bound, LongSupplier bytes, Resources.Action<IOException> save, LongSupplier nanoTime) {
        this.index = index;
        this.bound = bound;
        this.bytes = bytes;
        this.save = save;
        this.nanoTime = nanoTime;
    }

    /** Begins a save if the log has grown to its bound, none runs, and none has failed just now. Call it after a change. */
    public void request() {
        if (bytes.getAsLong() > bound) {
            begin();
        }
    }

    private synchronized void begin() {
        boolean due = failure == null || nanoTime.getAsLong() - next >= 0;
        if (thread != null || closed || !due || bytes.getAsLong() <= bound) {
            return;
        }
        Thread begun = Threads.daemon("afterimage-fold", this::run);
        try {
            begun.start();
            thread = begun;
        } catch (OutOfMemoryError e) { // no more threads
            failed(e);
        }
    }

    private void run() {
        Throwable problem = null;
        try {
            save.run();
        } catch (IOException | RuntimeException | Error e) {
            problem = e;
        }
        synchronized (this) {
            if (problem == null) {
                saved();
            } else {
                failed(problem);
            }
            thread = null;
            notifyAll();
        }
        if (problem != null) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    index + ": the log is longer than its bound, and saving the index failed",
                    problem);
        }
    }

    private synchronized void failed(Throwable problem) {
        delay = failure == null ? FIRST_DELAY : Math.min(LONGEST_DELAY, 2 * delay);
        next = nanoTime.getAsLong() + delay;
        failure = problem;
    }

    /** Forgets failures, because somebody has saved the index. */
    public synchronized void saved() {
        failure = null;
    }

    /** Returns what has failed the last save; null if nothing has. */
    @Nullable
    public Throwable failure() {
        return failure;
    }

    /**
     * Waits, before a change, until the log is shorter than twice its bound.
     *
     * @throws UncheckedIOException if saving the index fails, or has failed just now
     */
    void awaitRoom() {
        if (isTooLong()) {
            awaitShorter();
        }
    }

    /** Twice the greatest bound is no long. */
    private boolean isTooLong() {
        return bytes.getAsLong() - bound > bound;
    }

    private synchronized void awaitShorter() {
        while (isTooLong() && !closed) {
            begin();
            if (thread == null && failure != null) {
                throw refused();
            }
            await();
        }
    }

    private synchronized UncheckedIOException refused() {
        long seconds = Math.max(1, TimeUnit.NANOSECONDS.toSeconds(next - nanoTime.getAsLong()));
        String reason = ChangeLog.reason(failure);
        return new UncheckedIOException(
                index + ": the change is refused, because the log has " + bytes.getAsLong()
                        + " bytes, more than twice its bound of " + bound + ", and saving the index failed: " + reason
                        + "; free space on this disk, or save the index; a change in " + seconds
                        + " s or later tries again to save it",
                new IOException(reason, failure));
    }

    /** Waits for the save that runs. An interrupt does not end the waiting. */
    public synchronized void await() {
        Threads.await(() -> thread == null, this::wait);
    }

    @Override
    public synchronized void close() {
        closed = true;
        await();
    }
}
