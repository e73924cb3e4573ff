package io.github.afterimage.engine;

import io.github.afterimage.platform.NativeMemory;
import io.github.afterimage.scan.KeyScan;
import io.github.afterimage.scan.QueriedKeys;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One pass of an engine over the keys of some queries, spread over workers by ranges of keys.
 *
 * @param leftOut keys that are not among the others because some of the queries leave one out; null if there are none
 */
record KeyPass(
        Workers workers,
        Engine engine,
        QueriedKeys keys,
        Queries queries,
        @Nullable LeftOut leftOut) {
    /** Below this number of products, calling is faster than handing over to another thread. */
    private static final long FEW_PRODUCTS = 1L << 21;

    /** Adding the sums of one call of the engine takes as long as so many rows for each sum; a tenth of the time is allowed. */
    private static final long ROWS_PER_SUM = 4;

    private static final int MANY_QUERIES = 16;

    /** Reads a range of the keys into a result. */
    private interface Task<T> {
        void run(KeyScan range, T result, Workspace workspace);
    }

    /** Computes the sums for each theta; the caller closes them. */
    Partial sums(float[] thetas, Columns columns) {
        long least = queries.batch() < MANY_QUERIES ? 0 : ROWS_PER_SUM * thetas.length * columns.count();
        Partial sums = run(
                () -> new Partial(thetas, queries, columns),
                (range, partial, workspace) ->
                        range.forEach(workspace.tile(), least, part -> engine.sums(part, queries, partial, workspace)),
                Partial::merge);
        return completed(sums, (left, workspace) -> left.add(sums, queries, workspace));
    }

    /**
     * Finds the {@code k} keys with the greatest scores, best first; the caller closes the result.
     *
     * @return rows; ids if there are keys left out
     */
    Nearest nearest(int k) {
        Nearest nearest = run(
                () -> new Nearest(queries.batch(), k),
                (range, best, workspace) -> {
                    range.forEach(workspace.tile(), 0, part -> engine.nearest(part, queries, best, workspace));
                    best.sort(() -> {
                        workspace.checkCancelled();
                        Workers.checkInterrupted();
                    });
                },
                Nearest::merge);
        return completed(nearest, (left, workspace) -> {
            nearest.renumber(row -> keys.key(row).id(0));
            try (Nearest others = left.nearest(k, queries, workspace)) {
                nearest.merge(others);
            }
        });
    }

    /**
     * Sums up the gradient; the caller closes it.
     *
     * @param coefficients {@code (batch, columns)} float32, see {@link Gradient}
     */
    Gradient gradient(float theta, NativeMemory coefficients, Columns columns) {
        Gradient gradient = run(
                () -> new Gradient(theta, queries, columns, coefficients),
                (range, sums, workspace) ->
                        range.forEach(workspace.tile(), 0, part -> engine.gradients(part, queries, sums, workspace)),
                Gradient::merge);
        return completed(gradient, (left, workspace) -> left.add(gradient, queries, workspace));
    }

    /** Adds the keys that are left out by some of the queries to a result, which is closed if that fails. */
    private <T extends AutoCloseable> T completed(T result, BiConsumer<LeftOut, Workspace> addition) {
        if (leftOut == null) {
            return result;
        }
        try {
            workers.runHere(workspace -> {
                addition.accept(leftOut, workspace);
                return null;
            });
            return result;
        } catch (RuntimeException | Error e) {
            Workers.closeQuietly(result);
            throw e;
        }
    }

    private <T extends AutoCloseable> T run(Supplier<T> empty, Task<T> task, BiConsumer<T, T> merge) {
        long size = keys.rows();
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
        } catch (RuntimeException | Error e) {
            Workers.closeQuietly(first);
            throw e;
        } finally {
            others.forEach(Workers::closeQuietly);
        }
    }

    private <T extends AutoCloseable> Function<Workspace, T> task(Supplier<T> empty, Task<T> task, long from, long to) {
        KeyScan range = keys.scan(from, to);
        return workspace -> {
            T result = empty.get();
            try {
                task.run(range, result, workspace);
                return result;
            } catch (RuntimeException | Error e) {
                Workers.closeQuietly(result);
                throw e;
            }
        };
    }
}
