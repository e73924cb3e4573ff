package io.github.afterimage.log;

import io.github.afterimage.Durability;
import io.github.afterimage.platform.Threads;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
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
    private final Duration interval;
    private final @Nullable ScheduledThreadPoolExecutor executor;
    private final AtomicBoolean scheduled = new AtomicBoolean();

    /** @param due tells whether a change is not on the disk yet */
    LogForcer(Durability durability, BooleanSupplier due, Force force) {
        this.due = due;
        this.force = force;
        interval = durability.interval().orElse(Duration.ZERO);
        if (interval.isZero()) {
            executor = null;
            return;
        }
        executor = new ScheduledThreadPoolExecutor(
                1, Threads.daemons("afterimage-log"), new ThreadPoolExecutor.DiscardPolicy());
        executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        executor.prestartCoreThread(); // a change is too late to find that there are no more threads
    }

    /** Tells the thread that there is a change. */
    void wake() {
        if (executor != null && !scheduled.get() && !scheduled.getAndSet(true)) {
            executor.schedule(this::run, interval.toNanos(), TimeUnit.NANOSECONDS);
        }
    }

    private void run() {
        scheduled.set(false); // before the log is written, so that a later change wakes the thread again
        try {
            if (due.getAsBoolean()) {
                force.run();
            }
        } catch (IOException | RuntimeException | Error e) {
            report(e);
        }
    }

    private static void report(Throwable failure) {
        try {
            LOG.log(System.Logger.Level.ERROR, "the log cannot be written; changes are refused until a save", failure);
        } catch (RuntimeException | Error e) {
            // For example, there is no heap for the message.
        }
    }

    /** Ends the thread. Changes that are still due are left to the caller. An interrupt does not end the waiting. */
    @Override
    public void close() {
        if (executor != null) {
            executor.shutdown();
            Threads.await(executor::isTerminated, () -> executor.awaitTermination(1, TimeUnit.MINUTES));
        }
    }
}
