package io.github.afterimage.engine;

import io.github.afterimage.keys.CopiedKeys;
import io.github.afterimage.keys.Keys;
import io.github.afterimage.keys.QueriedKeys;
import io.github.afterimage.platform.NativeMemory;
import io.github.afterimage.platform.Resources;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/** Passes of an engine over the keys that answer some queries of a request, spread over workers by ranges of keys. */
final class Pass implements AutoCloseable {
    /** Up to so many products and keys, calling is faster than handing over to another thread; a short key takes as long as 32 products. */
    private static final long FEW_PRODUCTS = 1L << 21;

    private static final long FEW_KEYS = 1L << 14;

    private final Workers workers;
    private final Request request;
    private final KeyEngine engine;
    private final Queries queries;
    /** The keys that no query leaves out. */
    private final QueriedKeys keys;

    private final @Nullable LeftOut leftOut;

    /** Copies {@code count} queries to native memory, and the keys that some of them leave out. */
    Pass(Workers workers, Request request, int first, int count) {
        this.workers = workers;
        this.request = request;
        engine = request.engine();
        queries = request.queries(first, count);
        long[] ids = request.leftOut(first, count);
        if (ids.length == 0) {
            keys = request.keys();
            leftOut = null;
            return;
        }
        try (Resources made = new Resources()) {
            made.add(queries);
            CopiedKeys copies = CopiedKeys.of(request.keys(), ids);
            if (copies == null) {
                keys = request.keys();
                leftOut = null;
            } else {
                leftOut = made.add(new LeftOut(copies, engine.ofFewKeys()));
                keys = request.keys().without(copies.ids());
                queries.leaveOut(LongStream.of(ids).mapToInt(copies::picture).toArray());
            }
            made.release();
        }
    }

    Queries queries() {
        return queries;
    }

    /** Reads a range of the keys into a result. */
    private interface Task<T> {
        void run(List<Keys> range, T result, Workspace workspace);
    }

    /** Computes the sums of all queries for each theta, relative to references that it sets; the caller closes them. */
    Partial sums(float[] thetas, ReferenceRetry retry) {
        return retry.sums(queries, thetas, asked -> sums(asked, thetas));
    }

    private Partial sums(Queries asked, float[] thetas) {
        int classes = request.classes();
        Partial sums = run(
                () -> new Partial(thetas, asked, classes),
                (range, partial, workspace) -> engine.classSums(range, asked, partial, workspace),
                Partial::merge);
        return completed(sums, (left, workspace) -> left.add(sums, asked, workspace));
    }

    /** Uses the sums of some queries. */
    interface SumsOfQueries {
        /** @param first number of the first of these queries in the pass; they are closed afterwards */
        void accept(int first, Partial sums);
    }

    /**
     * Computes the sums of equal shares of the queries, each over all keys on one of the workers' threads, where the target
     * uses them too. No query leaves a key out.
     */
    void sumsOfShares(float[] thetas, ReferenceRetry retry, SumsOfQueries target) {
        int batch = queries.batch();
        int shares = Math.min(batch, workers.threads());
        List<Keys> all = keys.range(0, keys.snapshot().rows());
        workers.forEach(shares, (i, workspace) -> {
            int first = (int) ((long) batch * i / shares);
            int last = (int) ((long) batch * (i + 1) / shares);
            Function<Queries, Partial> sums = asked -> Resources.filled(
                    new Partial(thetas, asked, request.classes()),
                    partial -> engine.classSums(all, asked, partial, workspace));
            try (Partial share = retry.sums(queries.slice(first, last - first), thetas, sums)) {
                target.accept(first, share);
            }
        });
    }

    /** Finds the rows of the {@code k} keys with the greatest scores, best first; the caller closes the result. */
    Nearest nearest(int k) {
        Nearest nearest = run(
                () -> new Nearest(queries.batch(), k),
                (range, best, workspace) -> {
                    engine.nearest(range, queries, best, workspace);
                    best.sort(() -> {
                        workspace.checkCancelled();
                        Workers.checkInterrupted();
                    });
                },
                Nearest::merge);
        return completed(nearest, (left, workspace) -> {
            try (Nearest others = left.nearest(k, queries, workspace)) {
                nearest.merge(others);
            }
        });
    }

    /**
     * Sums up the gradient; the caller closes it.
     *
     * @param sums of all queries for one theta; the gradient is relative to their references
     * @param coefficients {@code (batch, classes)} float32, see {@link Gradient}
     */
    Gradient gradient(Partial sums, NativeMemory coefficients) {
        for (int query = 0; query < queries.batch(); query++) {
            queries.reference(query, sums.reference(query));
        }
        float theta = sums.thetas()[0];
        Gradient gradient = run(
                () -> new Gradient(theta, queries, request.classes(), coefficients),
                (range, part, workspace) -> engine.gradient(range, queries, part, workspace),
                Gradient::merge);
        return completed(gradient, (left, workspace) -> left.add(gradient, queries, workspace));
    }

    /** Adds the keys that are left out by some of the queries to a result, which is closed if that fails. */
    private <T extends AutoCloseable> T completed(T result, BiConsumer<LeftOut, Workspace> addition) {
        if (leftOut == null) {
            return result;
        }
        return Resources.guarded(
                result,
                () -> workers.runHere(workspace -> {
                    addition.accept(leftOut, workspace);
                    return result;
                }));
    }

    private <T extends AutoCloseable> T run(Supplier<T> empty, Task<T> task, BiConsumer<T, T> merge) {
        long size = keys.snapshot().rows();
        if (size <= FEW_KEYS && size * queries.batch() * queries.dim() <= FEW_PRODUCTS) {
            return workers.runHere(task(empty, task, 0, size));
        }
        int ranges = (int) Math.min(engine.tasks(workers.threads()), size);
        List<Function<Workspace, T>> tasks = new ArrayList<>();
        for (int i = 0; i < ranges; i++) {
            tasks.add(task(empty, task, size * i / ranges, size * (i + 1) / ranges));
        }
        List<T> results = workers.run(tasks);
        List<T> others = results.subList(1, results.size());
        try {
            return Resources.filled(results.get(0), first -> others.forEach(other -> merge.accept(first, other)));
        } finally {
            Resources.closeAll(others);
        }
    }

    private <T extends AutoCloseable> Function<Workspace, T> task(Supplier<T> empty, Task<T> task, long from, long to) {
        List<Keys> range = keys.range(from, to);
        return workspace -> Resources.filled(empty.get(), result -> task.run(range, result, workspace));
    }

    @Override
    public void close() {
        Resources.closeAll(queries, leftOut);
    }
}
