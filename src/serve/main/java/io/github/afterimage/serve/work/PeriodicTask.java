package io.github.afterimage.serve.work;

import io.github.afterimage.platform.Threads;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * Repeats a task on a thread of its own. A run that fails is logged, and is not the last.
 *
 * <p>Threads: thread-safe. Lifetime: until {@link #close}.
 */
public final class PeriodicTask implements AutoCloseable {
    private final ScheduledExecutorService clock;

    /**
     * Begins to repeat the task.
     *
     * @param name of the thread
     * @param interval before each run
     */
    public PeriodicTask(String name, Duration interval, Runnable task) {
        clock = Executors.newSingleThreadScheduledExecutor(Threads.daemons(name));
        ScheduledFuture<?> unused = clock.scheduleWithFixedDelay(
                () -> run(name, task), interval.toMillis(), interval.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Runs a task, and logs its failure. */
    public static void run(String name, Runnable task) {
        try {
            task.run();
        } catch (RuntimeException | Error e) { // which the clock would take as the end
            try {
                System.getLogger(PeriodicTask.class.getName())
                        .log(System.Logger.Level.ERROR, "a run of " + name + " failed", e);
            } catch (RuntimeException | Error unlogged) {
                // as where the heap is full
            }
        }
    }

    /** Begins no other run. */
    @Override
    public void close() {
        clock.shutdown();
    }
}
