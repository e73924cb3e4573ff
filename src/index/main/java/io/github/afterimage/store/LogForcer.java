package io.github.afterimage.store;

import io.github.afterimage.Durability;
import java.io.IOException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Forces a log to the disk some time after it was written, on a thread of its own, if its durability has an interval. */
final class LogForcer implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(LogForcer.class.getName());

    /** Waits for the disk. */
    interface Force {
        void run() throws IOException;
    }

    private final BooleanSupplier due;
    private final Force force;
    private final @Nullable Thread thread;
    private volatile boolean idle;
    private volatile boolean closed;

    /** @param due tells whether something is not forced yet */
    LogForcer(Durability durability, BooleanSupplier due, Force force) {
        this.due = due;
        this.force = force;
        thread = durability
                .interval()
                .map(interval -> new Thread(() -> run(interval.toNanos()), "afterimage-log"))
                .orElse(null);
        if (thread != null) {
            thread.setDaemon(true);
            thread.start();
        }
    }

    /** Tells the thread that something was written. */
    void wake() {
        if (idle) {
            LockSupport.unpark(thread);
        }
    }

    private void run(long interval) {
        while (!closed) {
            idle = true;
            while (!due.getAsBoolean() && !closed) {
                LockSupport.park(this);
            }
            idle = false;
            long start = System.nanoTime();
            for (long left = interval; left > 0 && !closed; left = interval - (System.nanoTime() - start)) {
                LockSupport.parkNanos(this, left);
            }
            try {
                force.run();
            } catch (IOException e) {
                LOG.log(System.Logger.Level.ERROR, "the log cannot be forced; changes are refused until a save", e);
            }
        }
    }

    @Override
    public void close() {
        closed = true;
        if (thread == null) {
            return;
        }
        LockSupport.unpark(thread);
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
