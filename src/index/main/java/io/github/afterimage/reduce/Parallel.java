package io.github.afterimage.reduce;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntConsumer;

/** Runs numbered tasks on the caller's thread and on helper threads that end with the call. */
final class Parallel {
    private Parallel() {}

    /**
     * Runs {@code task} with 0, 1, … {@code tasks - 1}, each once, in any order, on at most {@code threads} threads.
     *
     * @throws CancellationException if the caller is interrupted; its interrupted status remains set, and no task remains
     *     running
     */
    static void run(int threads, int tasks, IntConsumer task) {
        AtomicInteger next = new AtomicInteger();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Runnable work = () -> {
            for (int i = next.getAndIncrement(); i < tasks && failure.get() == null; i = next.getAndIncrement()) {
                try {
                    task.accept(i);
                } catch (RuntimeException | Error e) {
                    failure.compareAndSet(null, e);
                }
                if (Thread.currentThread().isInterrupted()) {
                    failure.compareAndSet(null, interruption());
                }
            }
        };
        List<Thread> helpers = new ArrayList<>();
        for (int i = 1; i < Math.min(threads, tasks); i++) {
            Thread helper = new Thread(work, "afterimage-reduce");
            helper.setDaemon(true);
            try {
                helper.start();
            } catch (OutOfMemoryError e) { // no more threads; the running ones are joined below
                failure.compareAndSet(null, e);
                break;
            }
            helpers.add(helper);
        }
        work.run();
        boolean interrupted = false;
        for (Thread helper : helpers) {
            interrupted |= joinWhateverHappens(helper, failure);
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        if (Thread.currentThread().isInterrupted()) { // helpers may have done every task
            failure.compareAndSet(null, interruption());
        }
        if (failure.get() instanceof Error error) {
            throw error;
        }
        if (failure.get() instanceof RuntimeException exception) {
            throw exception;
        }
    }

    private static CancellationException interruption() {
        return new CancellationException("interrupted while a reducer was computed; there is no result");
    }

    /** Returns true if the caller was interrupted while it waited. The remaining tasks then do not start. */
    private static boolean joinWhateverHappens(Thread helper, AtomicReference<Throwable> failure) {
        boolean interrupted = false;
        while (true) {
            try {
                helper.join();
                return interrupted;
            } catch (InterruptedException e) {
                interrupted = true;
                failure.compareAndSet(null, interruption());
            }
        }
    }
}
