package io.github.afterimage.engine;

import io.github.afterimage.platform.NativeMemory;
import io.github.afterimage.store.KeyScan;
import io.github.afterimage.store.Snapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Supplier;

/** One pass of an engine over the keys of a snapshot for some queries, spread over workers by ranges of keys. */
record KeyPass(Workers workers, Engine engine, Snapshot snapshot, Queries queries) {
    /** Below this number of products, calling is faster than handing over to another thread. */
    private static final long FEW_PRODUCTS = 1L << 21;

    /** Reads a range of the keys into a result. */
    private interface Task<T> {
        void run(KeyScan range, T result, Workspace workspace);
    }

    /** Computes the sums of each class for each theta; the caller closes them. */
    Partial classSums(float[] thetas, int classes) {
        return run(
                () -> new Partial(thetas, queries, classes),
                (range, partial, workspace) ->
                        range.forEach(keys -> engine.classSums(keys, queries, partial, workspace)),
                Partial::merge);
    }

    /** Finds the {@code k} keys with the greatest scores, best first; the caller closes the result. */
    Nearest nearest(int k) {
        return run(
                () -> new Nearest(queries.batch(), k),
                (range, nearest, workspace) -> {
                    range.forEach(keys -> engine.nearest(keys, queries, nearest, workspace));
                    nearest.sort(() -> {
                        workspace.checkCancelled();
                        Workers.checkInterrupted();
                    });
                },
                Nearest::merge);
    }

    /**
     * Sums up the gradient; the caller closes it.
     *
     * @param coefficients {@code (batch, classes)} float32, see {@link Gradient}
     */
    Gradient gradient(float theta, NativeMemory coefficients, int classes) {
        return run(
                () -> new Gradient(theta, queries, classes, coefficients),
                (range, gradient, workspace) ->
                        range.forEach(keys -> engine.gradient(keys, queries, gradient, workspace)),
                Gradient::merge);
    }

    private <T extends AutoCloseable> T run(Supplier<T> empty, Task<T> task, BiConsumer<T, T> merge) {
        long size = snapshot.rows();
        if (size * queries.batch() * queries.dim() <= FEW_PRODUCTS) {
            return workers.runHere(task(empty, task, 0, size));
        }
        int ranges = (int) Math.min(engine.tasks(workers.threads()), size);
        List<Function<Workspace, T>> tasks = new ArrayList<>();
        for (int i = 0; i < ranges; i++) {
            tasks.add(task(empty, task, size * i / ranges, size * (i + 1) / ranges));
        }
        List<T> results = workers.run(tasks);
        T first = results.get(0);
        List<T> others = results.subList(1, results.size());
        try {
            others.forEach(other -> merge.accept(first, other));
            return first;
        } catch (RuntimeException e) {
            Workers.closeQuietly(first);
            throw e;
        } finally {
            others.forEach(Workers::closeQuietly);
        }
    }

    private <T extends AutoCloseable> Function<Workspace, T> task(Supplier<T> empty, Task<T> task, long from, long to) {
        KeyScan range = snapshot.scan(from, to);
        return workspace -> {
            T result = empty.get();
            try {
                task.run(range, result, workspace);
                return result;
            } catch (RuntimeException e) {
                Workers.closeQuietly(result);
                throw e;
            }
        };
    }
}
