package io.github.afterimage.engine;

import io.github.afterimage.engine.Workspace.TaskCancelled;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingDeque;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingDeque;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.IntConsumer;

/**
 * A fixed number of workspaces, each of which lets one task run: with {@code n} of them no more than {@code n} tasks run
 * at once and no more than {@code n} workspaces are kept, however many callers there are.
 */
public final class Workers implements AutoCloseable {
    private final int threads;
    /** The one that was used last is taken first: what workspaces grow to is needed for as few as run at once. */
    private final BlockingDeque<Workspace> idle;

    private final List<Workspace> all = new ArrayList<>();
    private final ExecutorService executor;

    /**
     * Makes the workspaces; threads start with the first task.
     *
     * @throws IllegalArgumentException if {@code threads} is not positive
     * @throws io.github.afterimage.store.NotEnoughMemoryException if memory is refused
     */
    public Workers(int threads) {
        if (threads <= 0) {
            throw new IllegalArgumentException("threads " + threads + ": expected a positive number");
        }
        this.threads = threads;
        idle = new LinkedBlockingDeque<>(threads);
        try {
            for (int i = 0; i < threads; i++) {
                all.add(new Workspace());
            }
        } catch (RuntimeException e) {
            all.forEach(Workspace::close);
            throw e;
        }
        idle.addAll(all);
        executor = Executors.newFixedThreadPool(threads, task -> {
            Thread thread = new Thread(task, "afterimage-worker");
            thread.setDaemon(true);
            return thread;
        });
    }

    /** How many tasks run at once. */
    public int threads() {
        return threads;
    }

    /**
     * Runs one short task on the caller's own thread, once a workspace is free.
     *
     * @throws CancellationException if the caller is interrupted while it waits; its interrupted status is set
     */
    <T> T runHere(Function<Workspace, T> task) {
        Workspace workspace;
        try {
            workspace = idle.take();
        } catch (InterruptedException e) {
            throw interrupted();
        }
        try {
            workspace.cancel(false);
            return task.apply(workspace);
        } finally {
            idle.addFirst(workspace);
        }
    }

    /**
     * Runs tasks on the workers' threads and returns their results in order. If one fails or the caller is interrupted,
     * the others are stopped, their results closed, and nothing of the call is left running.
     *
     * @throws CancellationException if the caller is interrupted; its interrupted status is set
     */
    <T extends AutoCloseable> List<T> run(List<Function<Workspace, T>> tasks) {
        AtomicBoolean stop = new AtomicBoolean();
        List<Workspace> used = new ArrayList<>();
        List<Future<T>> futures = new ArrayList<>();
        for (Function<Workspace, T> task : tasks) {
            futures.add(executor.submit(() -> run(task, stop, used)));
        }
        List<T> results = new ArrayList<>();
        RuntimeException failure = null;
        boolean interrupted = false;
        for (Future<T> future : futures) {
            boolean done = false;
            while (!done) {
                try {
                    results.add(future.get());
                    done = true;
                } catch (InterruptedException e) {
                    interrupted = true;
                    stop(stop, used);
                } catch (ExecutionException e) {
                    done = true;
                    stop(stop, used);
                    if (failure == null && !(e.getCause() instanceof TaskCancelled)) {
                        failure = e.getCause() instanceof RuntimeException cause
                                ? cause
                                : new IllegalStateException(e.getCause());
                    }
                }
            }
        }
        if (interrupted || failure != null) {
            results.forEach(Workers::closeQuietly);
            throw interrupted ? interrupted() : failure;
        }
        return results;
    }

    /**
     * Runs {@code task} with 0, 1, … {@code count - 1} on the workers' threads, or one alone on the caller's.
     *
     * @throws CancellationException if the caller is interrupted; its interrupted status is set
     */
    public void forEach(int count, IntConsumer task) {
        forEach(count, (number, workspace) -> task.accept(number));
    }

    /** A task that is one of several, with a workspace of its own. */
    interface NumberedTask {
        void run(int number, Workspace workspace);
    }

    /** The same for tasks that need a workspace. */
    void forEach(int count, NumberedTask task) {
        List<Function<Workspace, AutoCloseable>> tasks = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int number = i;
            tasks.add(workspace -> {
                task.run(number, workspace);
                return () -> {};
            });
        }
        if (count == 1) {
            runHere(tasks.get(0));
        } else {
            run(tasks);
        }
    }

    private <T> T run(Function<Workspace, T> task, AtomicBoolean stop, List<Workspace> used)
            throws InterruptedException {
        Workspace workspace = idle.take();
        try {
            synchronized (used) {
                used.add(workspace);
                workspace.cancel(stop.get());
            }
            workspace.checkCancelled();
            return task.apply(workspace);
        } finally {
            synchronized (used) {
                used.remove(workspace);
            }
            idle.addFirst(workspace);
        }
    }

    private static void stop(AtomicBoolean stop, List<Workspace> used) {
        synchronized (used) {
            stop.set(true);
            used.forEach(workspace -> workspace.cancel(true));
        }
    }

    private static CancellationException interrupted() {
        Thread.currentThread().interrupt();
        return new CancellationException("interrupted while the keys were read; the query has no result");
    }

    private static void closeQuietly(AutoCloseable result) {
        try {
            result.close();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** Stops the threads and frees the workspaces; no task may be running. */
    @Override
    public void close() {
        executor.shutdownNow();
        all.forEach(Workspace::close);
    }
}
