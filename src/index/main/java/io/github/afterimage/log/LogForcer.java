package io.github.afterimage.log;

import io.github.afterimage.platform.Resources;
import io.github.afterimage.platform.Threads;
import io.github.afterimage.settings.Durability;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;

/**
 * Writes a log and forces it to the disk some time after a change, on a thread of its own, if its durability has an interval. The
 * thread sleeps while no change is due.
 */
final class LogForcer implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(LogForcer.class.getName());

    private final Optional<Duration> interval;
    private final BooleanSupplier due;
    private final Resources.Action<IOException> force;
    /** A round is to come, or runs and asks at its end. */
    private final AtomicBoolean requested = new AtomicBoolean();

    private final ScheduledThreadPoolExecutor thread = new ScheduledThreadPoolExecutor(
            1, Threads.daemons("afterimage-log"), new ThreadPoolExecutor.DiscardPolicy());

    /** @param due tells whether a change is not on the disk yet */
    LogForcer(Durability durability, BooleanSupplier due, Resources.Action<IOException> force) {
        interval = durability.interval();
        this.due = due;
        this.force = force;
        thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        if (interval.isPresent()) {
            thread.prestartCoreThread(); // a system without threads refuses the log, not a change
        }
    }

    /** Tells that a change is due: a round follows after the interval, if none is to come. Nothing happens without an interval. */
    void request() {
        if (interval.isPresent() && requested.compareAndSet(false, true)) {
            try {
                var unused = thread.schedule(this::round, interval.get().toNanos(), TimeUnit.NANOSECONDS);
            } catch (RuntimeException | Error e) { // for example, there is no heap
                requested.set(false);
                throw e;
            }
        }
    }

    private void round() {
        try {
            if (due.getAsBoolean()) {
                force.run();
            }
        } catch (IOException | RuntimeException | Error e) {
            report(e);
        }
        requested.set(false);
        if (due.getAsBoolean()) { // a change since then, or a failure: asked after the flag, so that none is missed
            request();
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

    @Override
    public void close() {
        thread.shutdown();
        Threads.await(thread::isTerminated, () -> thread.awaitTermination(1, TimeUnit.DAYS));
    }
}
