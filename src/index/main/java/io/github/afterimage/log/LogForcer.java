package io.github.afterimage.log;

import io.github.afterimage.Durability;
import io.github.afterimage.platform.Resources;
import io.github.afterimage.platform.Threads;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Writes a log and forces it to the disk some time after a change, on a thread of its own, if its durability has an interval. */
final class LogForcer implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(LogForcer.class.getName());

    private final ScheduledThreadPoolExecutor thread =
            new ScheduledThreadPoolExecutor(1, Threads.daemons("afterimage-log"));

    /** @param due tells whether a change is not on the disk yet */
    LogForcer(Durability durability, BooleanSupplier due, Resources.Action<IOException> force) {
        durability.interval().map(Duration::toNanos).ifPresent(interval -> {
            Runnable round = () -> run(due, force);
            var unused = thread.scheduleWithFixedDelay(round, interval, interval, TimeUnit.NANOSECONDS);
        });
    }

    private static void run(BooleanSupplier due, Resources.Action<IOException> force) {
        try {
            if (due.getAsBoolean()) {
                force.run();
            }
        } catch (IOException | RuntimeException | Error e) {
            report(e);
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
