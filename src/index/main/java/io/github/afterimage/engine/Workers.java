package io.github.afterimage.engine;

import io.github.afterimage.engine.Workspace.TaskCancelled;
import io.github.afterimage.platform.Resources;
import io.github.afterimage.platform.Threads;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingDeque;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingDeque;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import java.util.function.Function;
import java.util.function.IntConsumer;

/**
 * A pool of {@code n} threads and {@code n} workspaces. At most {@code n} tasks run at once, for any number of callers, each
 * with a workspace of its own.
 */
public final class Workers implements AutoCloseable {
    /** All pools that are not closed. */
    private static final Set<Workers> OPEN = ConcurrentHashMap.newKeySet();

    private final int threads;
    /** Used as a stack, so that only as many workspaces grow as tasks run at once. */
    private final BlockingDeque<Workspace> idle;

    private final List<Workspace> all = new ArrayList<>();
    private final ThreadPoolExecutor executor;

    /**
     * Makes the workspaces; threads start with the first task.
     *
     * @throws IllegalArgumentException if {@code threads} is not positive
     * @throws io.github.afterimage.failure.NotEnoughMemoryException if memory is refused
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
        } catch (RuntimeException | Error e) {
            Resources.closeAll(all);
            throw e;
        }
        idle.addAll(all);
        OPEN.add(this);
        executor = new ThreadPoolExecutor(
                threads,
                threads,
                0,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                Threads.daemons("afterimage-worker"));
    }

    /** Frees the scratch memory of all idle workspaces of the process. */
    static void trimAll() {
        OPEN.forEach(Workers::trim);
    }

    /** Has the lock of {@link #close}, because its owner may close an index while another one's query needs memory. */
    private synchronized void trim() {
        List<Workspace> free = new ArrayList<>();
        idle.drainTo(free);
        free.forEach(Workspace::trim);
        idle.addAll(free);
    }

    /** Maximum number of tasks that run at once. */
    public int threads() {
        return threads;
    }

    /**
     * Takes a workspace for a short task on the caller's own thread, once one is free, until {@link #giveBack}.
     *
     * @throws CancellationException if the caller is interrupted while it waits; its interrupted status is set
     */
    Workspace take() {
        try {
            Workspace workspace = idle.take();
            workspace.cancel(false);
            return workspace;
        } catch (InterruptedException e) {
            throw interrupted();
        }
    }

    void giveBack(Workspace workspace) {
        idle.addFirst(workspace);
    }

    /**
     * Runs tasks on the workers' threads and returns their results in order. If one fails or the caller is interrupted,
     * running tasks are cancelled, the others never begin, results are closed, and no task of the call is left running.
     *
     * @throws CancellationException if the caller is interrupted; its interrupted status is set
     */
    <T extends AutoCloseable> List<T> run(List<Function<Workspace, T>> tasks) {
        RunningTasks running = new RunningTasks();
        return results(running, begin(tasks, running));
    }

    /** Begins tasks. If one cannot begin, because no thread starts, none is left running. */
    private <T extends AutoCloseable> List<FutureTask<T>> begin(
            List<Function<Workspace, T>> tasks, RunningTasks running) {
        List<FutureTask<T>> begun = new ArrayList<>();
        AutoCloseable undo = () -> {
            stop(running, begun);
            Resources.closeAll(results(running, begun));
        };
        return Resources.guarded(undo, () -> {
            for (Function<Workspace, T> task : tasks) {
                FutureTask<T> future = new FutureTask<>(() -> run(task, running));
                executor.execute(future);
                begun.add(future);
            }
            return begun;
        });
    }

    /** Waits for the results of tasks. */
    private <T extends AutoCloseable> List<T> results(RunningTasks running, List<FutureTask<T>> futures) {
        List<T> results = new ArrayList<>();
        Throwable failure = null;
        boolean interrupted = false;
        for (FutureTask<T> future : futures) {
            boolean done = false;
            while (!done) {
                try {
                    results.add(future.get());
                    done = true;
                } catch (InterruptedException e) {
                    interrupted = true;
                    stop(running, futures);
                } catch (CancellationException e) {
                    done = true; // it was stopped before it began
                } catch (ExecutionException e) {
                    done = true;
                    stop(running, futures);
                    if (failure == null && !(e.getCause() instanceof TaskCancelled)) {
                        failure = e.getCause();
                    }
                }
            }
        }
        if (interrupted || failure != null) {
            Resources.closeAll(results);
            if (interrupted) {
                throw interrupted();
            }
            if (failure instanceof Error error) {
                throw error;
            }
            throw failure instanceof RuntimeException cause ? cause : new IllegalStateException(failure);
        }
        return results;
    }

    /**
     * Runs {@code task} with 0, 1, … {@code count - 1} on the workers' threads; a single task runs on the caller's thread.
     *
     * @throws CancellationException if the caller is interrupted; its interrupted status is set
     */
    public void forEach(int count, IntConsumer task) {
        if (count == 1) {
            Workspace workspace = take();
            try {
                task.accept(0);
            } finally {
                giveBack(workspace);
            }
        } else {
            forEach(count, (number, workspace) -> task.accept(number));
        }
    }

    /** A numbered task with a workspace of its own. */
    interface NumberedTask {
        void run(int number, Workspace workspace);
    }

    /** Runs tasks that need a workspace and check for cancellation, all on the workers' threads. */
    void forEach(int count, NumberedTask task) {
        List<Function<Workspace, AutoCloseable>> tasks = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int number = i;
            tasks.add(workspace -> {
                task.run(number, workspace);
                return () -> {};
            });
        }
        run(tasks);
    }

    /** A task for the items from {@code from} to {@code to - 1}. */
    interface RangeTask {
        void run(long from, long to, Workspace workspace);
    }

    /**
     * Runs a task for equal ranges of {@code count} items on the workers' threads.
     *
     * @param few true runs it once for all items, on the caller's thread, which cannot be interrupted meanwhile
     */
    void forRanges(long count, boolean few, RangeTask task) {
        if (few) {
            Workspace workspace = take();
            try {
                task.run(0, count, workspace);
            } finally {
                giveBack(workspace);
            }
        } else {
            int ranges = (int) Math.min(count, threads);
            forEach(ranges, (i, workspace) -> task.run(count * i / ranges, count * (i + 1) / ranges, workspace));
        }
    }

    private <T> T run(Function<Workspace, T> task, RunningTasks running) throws InterruptedException {
        Workspace workspace = idle.take();
        try {
            running.begin(workspace);
            workspace.checkCancelled();
            return task.apply(workspace);
        } finally {
            running.end(workspace);
            idle.addFirst(workspace);
        }
    }

    private void stop(RunningTasks running, List<? extends FutureTask<?>> tasks) {
        running.stop();
        for (FutureTask<?> task : tasks) {
            // Removes tasks that wait behind those of other callers.
            if (executor.remove(task)) {
                task.cancel(false);
            }
        }
    }

    /** The running tasks of one call. */
    private static final class RunningTasks {
        private final Map<Workspace, Thread> tasks = new IdentityHashMap<>();
        private boolean stopped;

        synchronized void begin(Workspace workspace) {
            tasks.put(workspace, Thread.currentThread());
            workspace.cancel(stopped);
        }

        synchronized void end(Workspace workspace) {
            tasks.remove(workspace);
            Thread.interrupted(); // clears an interrupt that was meant for this task
        }

        synchronized void stop() {
            stopped = true;
            tasks.forEach((workspace, thread) -> {
                workspace.cancel(true);
                thread.interrupt(); // ends a reducer that makes its matrix
            });
        }
    }

    /** @throws CancellationException if the current thread is interrupted; its status stays set */
    public static void checkInterrupted() {
        if (Thread.currentThread().isInterrupted()) {
            throw interrupted();
        }
    }

    /**
     * Waits for a lock, which the caller unlocks.
     *
     * @throws CancellationException if the caller is interrupted while it waits
     */
    static void lock(Lock lock) {
        try {
            lock.lockInterruptibly();
        } catch (InterruptedException e) {
            throw interrupted();
        }
    }

    /** Makes the exception and sets the interrupted status of the current thread. */
    static CancellationException interrupted() {
        Thread.currentThread().interrupt();
        return new CancellationException("interrupted while the keys were read; the query has no result");
    }

    @Override
    public synchronized void close() {
        OPEN.remove(this);
        executor.shutdownNow();
        Resources.closeAll(all);
    }
}
