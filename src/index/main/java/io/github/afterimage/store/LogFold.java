package io.github.afterimage.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Saves an index on a thread of its own when its log has grown to its bound, and lets changes wait when the log has grown
 * to twice that, so that it is bounded even where changes come faster than a save.
 *
 * <p>Threads: thread-safe. {@link #close} waits for the save.
 */
final class LogFold implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(LogFold.class.getName());
    /** After a save that failed, the log grows by this fraction of its bound before the next attempt. */
    private static final int RETRY_FRACTION = 8;

    /** Saves the index. */
    interface Save {
        void run() throws IOException;
    }

    private final long bound;
    private final LongSupplier bytes;
    private final Save save;
    private long next;
    private @Nullable Thread thread;
    private @Nullable Exception failure;
    private boolean closed;

    /**
     * @param bound bytes of the log from which on the index is saved
     * @param bytes returns the bytes of the log
     */
    LogFold(long bound, LongSupplier bytes, Save save) {
        this.bound = bound;
        this.bytes = bytes;
        this.save = save;
        next = bound;
    }

    /** Begins a save if the log has grown to its bound and none runs. Call it after a change. */
    void request() {
        if (bytes.getAsLong() > bound) {
            begin();
        }
    }

    private synchronized void begin() {
        if (thread == null && !closed && bytes.getAsLong() > next) {
            thread = new Thread(this::run, "afterimage-fold");
            thread.setDaemon(true);
            thread.start();
        }
    }

    private void run() {
        Exception problem = null;
        try {
            save.run();
        } catch (IOException | RuntimeException e) {
            problem = e;
            LOG.log(System.Logger.Level.WARNING, "the log is longer than its bound, and saving the index failed", e);
        }
        synchronized (this) {
            failure = problem;
            next = problem == null ? bound : bytes.getAsLong() + bound / RETRY_FRACTION;
            thread = null;
            notifyAll();
        }
    }

    /**
     * Waits, before a change, until the log is shorter than twice its bound.
     *
     * @throws UncheckedIOException if saving the index fails
     */
    void awaitRoom() {
        if (bytes.getAsLong() > 2 * bound) {
            awaitShorter();
        }
    }

    private synchronized void awaitShorter() {
        boolean interrupted = false;
        while (bytes.getAsLong() > 2 * bound && !closed) {
            begin();
            interrupted |= await();
            if (failure != null) {
                throw new UncheckedIOException(
                        "the change is refused, because the log has " + bytes.getAsLong()
                                + " bytes, more than twice its" + " bound of " + bound
                                + ", and saving the index failed: " + failure.getMessage(),
                        new IOException(failure));
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Waits for the save that runs; returns whether the thread was interrupted. */
    private synchronized boolean await() {
        boolean interrupted = false;
        while (thread != null) {
            try {
                wait();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        return interrupted;
    }

    @Override
    public synchronized void close() {
        closed = true;
        if (await()) {
            Thread.currentThread().interrupt();
        }
    }
}
