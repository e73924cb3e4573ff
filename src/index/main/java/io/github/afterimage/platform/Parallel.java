package io.github.afterimage.platform;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntConsumer;

/** Runs numbered tasks on threads that end with the call. */
public final class Parallel {
    private Parallel() {}

    /**
     * Runs {@code task} with 0, 1, … {@code tasks - 1}, each once, in any order, on at most {@code threads} threads.
     *
     * @throws CancellationException if the caller is interrupted; its interrupted status remains set, and no task remains
     *     running
     */
    public static void run(int threads, int tasks, IntConsumer task) {
        int used = Math.max(1, Math.min(threads, tasks));
        AtomicLong next = new AtomicLong();
        ExecutorService pool = Executors.newFixedThreadPool(used, Threads.daemons("afterimage-parallel"));
        try {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < used; i++) {
                running.add(pool.submit(() -> {
                    try {
                        for (long number; (number = next.getAndIncrement()) < tasks; ) {
                            task.accept((int) number);
                        }
                    } finally {
                        next.set(tasks); // a failure stops the others
                    }
                }));
            }
            for (Future<?> each : running) {
                each.get();
            }
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("interrupted before all threads had done their share; there is no result");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw (RuntimeException) e.getCause();
        } finally {
            next.set(tasks);
            pool.shutdown();
            Threads.await(pool::isTerminated, () -> pool.awaitTermination(1, TimeUnit.MINUTES));
        }
    }
}
