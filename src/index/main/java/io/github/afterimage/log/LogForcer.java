package io.github.afterimage.log;

import io.github.afterimage.Durability;
import io.github.afterimage.platform.Threads;
import java.io.IOException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Writes a log and forces it to the disk some time after a change, on a thread of its own, if its durability has an interval. */
final class LogForcer implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(LogForcer.class.getName());

    /** Writes and forces the log. */
    interface Force {
        void run() throws IOException;
    }

    private final BooleanSupplier due;
    private final Force force;
    private final @Nullable Thread thread;
    private volatile boolean idle;
    private volatile boolean closed;

    /** @param due tells whether a change is not on the disk yet */
    LogForcer(Durability durability, BooleanSupplier due, Force force) {
        this.due = due;
        this.force = force;
        thread = durability
                .interval()
                .map(interval -> Threads.daemon("afterimage-log", () -> run(interval.toNanos())))
                .orElse(null);
        if (thread != null) {
            thread.start();
        }
    }

    /** Tells the thread that there is a change. */
    void wake() {
        if (idle) {
            LockSupport.unpark(thread);
        }
    }

    private void run(long interval) {
        long began = System.nanoTime();
        while (!closed) {
            // Changes that are due already came after the last round began.
            long since = due.getAsBoolean() ? began : awaitChange();
            long left;
            while (!closed && (left = interval - (System.nanoTime() - since)) > 0) {
                LockSupport.parkNanos(this, left);
            }
            began = System.nanoTime();
            try {
                force.run();
            } catch (IOException | RuntimeException | Error e) {
                report(e);
            }
        }
    }

    /** Logs a failure, which the log itself remembers. Nothing ends the thread but closing. */
    private static void report(Throwable failure) {
        try {
            LOG.log(System.Logger.Level.ERROR, "the log cannot be written; changes are refused until a save", failure);
        } catch (RuntimeException | Error e) {
            // For example, there is no heap for the message.
        }
    }

    /** Returns the time of the first change. */
    private long awaitChange() {
        idle = true;
        while (!due.getAsBoolean() && !closed) {
            LockSupport.park(this);
        }
        idle = false;
        return System.nanoTime();
    }

    @Override
    public void close() {
        closed = true;
        if (thread == null) {
            return;
        }
        LockSupport.unpark(thread);
        Threads.join(thread);
    }
}
