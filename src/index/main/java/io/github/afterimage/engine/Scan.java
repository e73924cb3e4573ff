package io.github.afterimage.engine;

import io.github.afterimage.MemoryKind;
import io.github.afterimage.NotEnoughMemoryException;
import io.github.afterimage.store.Memory;
import io.github.afterimage.store.Snapshot;
import io.github.afterimage.store.Walk;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * Passes over the keys of a snapshot for a batch of queries, spread over workers by ranges of keys.
 *
 * <p>Threads: thread-safe. An interrupted caller gets {@link java.util.concurrent.CancellationException}.
 */
public final class Scan {
    /** Below this many products a call is done sooner than it is handed over. */
    private static final long FEW_PRODUCTS = 1L << 21;

    private static final int SMALLEST_BLOCK = 32;
    /** Bounds the sums that each worker keeps: 32 MiB. */
    private static final long BLOCK_BYTES = 32L << 20;
    /** How many times larger blocks are where each of them reads the keys from the disk. */
    private static final int WALKED_BLOCKS = 8;

    private final Workers workers;
    private final ReferenceRetry rescue = new ReferenceRetry();

    public Scan(Workers workers) {
        this.workers = workers;
    }

    /** How many queries were done again with a reference of their own. */
    public long rescues() {
        return rescue.rescued();
    }

    /**
     * p_mem of equations (1) and (2) for each theta, in one pass over the keys where memory suffices for that.
     *
     * @param snapshot at least one key
     * @param source queries {@code (batch, dim)} float32 row-major, from the buffer's position; not changed
     * @param thetas finite and not negative
     * @return for each theta, probabilities {@code (batch, classes)} row-major
     * @throws IllegalArgumentException if a query has a value that is not finite or is all zeros
     */
    public float[][] probabilities(
            Engine engine, Snapshot snapshot, int classes, FloatBuffer source, int batch, int dim, float[] thetas) {
        float[][] probabilities = new float[thetas.length][Math.multiplyExact(batch, classes)];
        int most = thetas.length;
        int from = 0;
        while (from < thetas.length) {
            int to = Math.min(thetas.length, from + most);
            try {
                probabilities(
                        engine,
                        snapshot,
                        classes,
                        source,
                        batch,
                        dim,
                        Arrays.copyOfRange(thetas, from, to),
                        Arrays.copyOfRange(probabilities, from, to));
                from = to;
            } catch (NotEnoughMemoryException e) {
                if (most == 1 || e.kind() != MemoryKind.HOST) {
                    throw e;
                }
                most /= 2;
            }
        }
        return probabilities;
    }

    private void probabilities(
            Engine engine,
            Snapshot snapshot,
            int classes,
            FloatBuffer source,
            int batch,
            int dim,
            float[] thetas,
            float[][] probabilities) {
        // Fewer thetas are asked before fewer queries are: a pass over the keys costs the same for one as for several.
        long bytesPerQuery = (long) thetas.length * classes * Double.BYTES;
        int largest = largestBlock(engine, snapshot, SMALLEST_BLOCK, bytesPerQuery);
        forEachBlock(source, batch, dim, largest, thetas.length > 1 ? QueryMemory.QUERIES : 1, (first, queries) -> {
            try (Partial sums = rescuedSums(engine, snapshot, classes, queries, thetas)) {
                for (int t = 0; t < thetas.length; t++) {
                    for (int query = 0; query < queries.batch(); query++) {
                        sums.normalize(t, query, probabilities[t], (first + query) * classes);
                    }
                }
            }
        });
    }

    /**
     * What {@link #probabilities} divides, for keys that are a part of all: to be merged with those of the others.
     *
     * @return the caller closes it
     */
    public Partial partial(
            Engine engine, Snapshot snapshot, int classes, FloatBuffer source, int batch, int dim, float[] thetas) {
        return QueryMemory.inTurn(() -> {
            try (Queries queries = Queries.of(source, 0, batch, dim)) {
                return rescuedSums(engine, snapshot, classes, queries, thetas);
            }
        });
    }

    /**
     * The {@code k} keys with the greatest scores for each query, best first, equal scores by ascending row. Each worker keeps
     * {@value Nearest#PLACE_BYTES} bytes for each place of as many queries as that is 32 MiB for, or of one.
     *
     * @param scores receives {@code (batch, k)}
     * @param ids receives the ids of these keys {@code (batch, k)}
     * @param labels receives their labels {@code (batch, k)}
     * @param names receives their names {@code (batch, k)}
     */
    public void nearest(
            Engine engine,
            Snapshot snapshot,
            FloatBuffer source,
            int batch,
            int dim,
            float[] scores,
            long[] ids,
            int[] labels,
            String[] names) {
        int k = scores.length / batch;
        int largest = largestBlock(engine, snapshot, 1, (long) k * Nearest.PLACE_BYTES);
        forEachBlock(source, batch, dim, largest, 1, (first, queries) -> {
            Function<Walk, Function<Workspace, Nearest>> task = walk -> workspace -> {
                Nearest nearest = new Nearest(queries.batch(), k);
                return closedOnFailure(nearest, () -> {
                    walk.forEach(parts -> engine.nearest(parts, queries, nearest, workspace));
                    nearest.sort(() -> {
                        workspace.checkCancelled();
                        Workers.checkInterrupted();
                    });
                });
            };
            try (Nearest nearest = run(engine, snapshot, queries, task, Nearest::merge)) {
                nearest.scores().get(scores, first * k, queries.batch() * k);
                nearest.rows().get(ids, first * k, queries.batch() * k);
            }
            for (int query = first; query < first + queries.batch(); query++) {
                Workers.checkInterrupted();
                if (ids[query * k + k - 1] < 0) { // no score of a key that is not finite is greater than another
                    throw Partial.notFinite();
                }
                snapshot.resolve(ids, labels, names, query * k, k);
            }
        });
    }

    /**
     * The gradient of {@code sum over c of cotangents[c] p_mem(c)} with respect to the normalised queries.
     *
     * @param cotangents {@code (batch, classes)} row-major
     * @return {@code (batch, dim)} row-major
     */
    public float[] gradient(
            Engine engine,
            Snapshot snapshot,
            int classes,
            FloatBuffer source,
            int batch,
            int dim,
            float theta,
            float[] cotangents) {
        float[] gradients = new float[Math.multiplyExact(batch, dim)];
        int largest = largestBlock(engine, snapshot, SMALLEST_BLOCK, (long) dim * Float.BYTES);
        forEachBlock(source, batch, dim, largest, 1, (first, queries) -> {
            int count = queries.batch();
            try (Partial sums = rescuedSums(engine, snapshot, classes, queries, new float[] {theta});
                    Queries referenced = referenced(queries, sums);
                    Memory coefficients = coefficients(sums, theta, cotangents, first)) {
                Function<Walk, Function<Workspace, Gradient>> task = walk -> workspace -> {
                    Gradient gradient = new Gradient(theta, count, classes, dim, coefficients);
                    return closedOnFailure(
                            gradient,
                            () -> walk.forEach(parts -> engine.gradient(parts, referenced, gradient, workspace)));
                };
                try (Gradient gradient = run(engine, snapshot, referenced, task, Gradient::merge)) {
                    for (int query = 0; query < count; query++) {
                        gradient.sums(query).get(gradients, (first + query) * dim, dim);
                    }
                }
            }
        });
        return gradients;
    }

    private interface Block {
        void accept(int first, Queries queries);
    }

    private static int largestBlock(Engine engine, Snapshot snapshot, int least, long bytesPerQuery) {
        int fit = (int) Math.max(least, Math.min(engine.largestBlock(), BLOCK_BYTES / bytesPerQuery));
        return snapshot.walked() ? WALKED_BLOCKS * fit : fit;
    }

    private static void forEachBlock(FloatBuffer source, int batch, int dim, int largest, int smallest, Block block) {
        QueryMemory.forEachBlock(batch, largest, smallest, (first, count) -> {
            try (Queries queries = Queries.of(source, first, count, dim)) {
                block.accept(first, queries);
            }
        });
    }

    /** The sums of every key for each of the thetas; the caller closes them. References of the queries are set. */
    Partial rescuedSums(Engine engine, Snapshot snapshot, int classes, Queries queries, float[] thetas) {
        return rescue.sums(queries, thetas, asked -> sums(engine, snapshot, classes, asked, thetas));
    }

    private Partial sums(Engine engine, Snapshot snapshot, int classes, Queries queries, float[] thetas) {
        Function<Walk, Function<Workspace, Partial>> task = walk -> workspace -> {
            Partial partial = new Partial(thetas, queries, classes);
            return closedOnFailure(
                    partial, () -> walk.forEach(parts -> engine.classSums(parts, queries, partial, workspace)));
        };
        return run(engine, snapshot, queries, task, Partial::merge);
    }

    private <T extends AutoCloseable> T run(
            Engine engine,
            Snapshot snapshot,
            Queries queries,
            Function<Walk, Function<Workspace, T>> task,
            BiConsumer<T, T> merge) {
        long size = snapshot.rows();
        if (size * queries.batch() * queries.dim() <= FEW_PRODUCTS) {
            return workers.runHere(task.apply(snapshot.walk(0, size)));
        }
        int ranges = (int) Math.min(engine.tasks(workers.threads()), size);
        List<Function<Workspace, T>> tasks = new ArrayList<>();
        for (int i = 0; i < ranges; i++) {
            tasks.add(task.apply(snapshot.walk(size * i / ranges, size * (i + 1) / ranges)));
        }
        List<T> results = workers.run(tasks);
        List<T> others = results.subList(1, results.size());
        try {
            return closedOnFailure(results.get(0), () -> others.forEach(other -> merge.accept(results.get(0), other)));
        } finally {
            others.forEach(Scan::close);
        }
    }

    /** The same queries with the references that the sums were taken relative to. */
    private static Queries referenced(Queries queries, Partial sums) {
        float[] references = new float[queries.batch()];
        for (int query = 0; query < references.length; query++) {
            references[query] = sums.reference(query);
        }
        return queries.gather(IntStream.range(0, references.length).toArray(), references);
    }

    /** theta (g_c - sum over c' of g_c' p_mem(c')) / total: (batch, classes) float32. */
    private static Memory coefficients(Partial sums, float theta, float[] cotangents, int first) {
        int classes = sums.classes();
        Memory coefficients = Memory.allocateScratch((long) sums.batch() * classes * Float.BYTES);
        return closedOnFailure(coefficients, () -> {
            for (int query = 0; query < sums.batch(); query++) {
                DoubleBuffer classSums = sums.sums(0, query);
                int row = (first + query) * classes;
                double total = Partial.total(classSums);
                double mean = 0;
                for (int c = 0; c < classes; c++) {
                    mean += cotangents[row + c] * classSums.get(c);
                }
                mean /= total;
                FloatBuffer target = coefficients
                        .buffer((long) query * classes * Float.BYTES, classes * Float.BYTES)
                        .asFloatBuffer();
                for (int c = 0; c < classes; c++) {
                    target.put((float) (theta * (cotangents[row + c] - mean) / total));
                }
            }
        });
    }

    private static <T extends AutoCloseable> T closedOnFailure(T result, Runnable work) {
        try {
            work.run();
            return result;
        } catch (RuntimeException e) {
            close(result);
            throw e;
        }
    }

    private static void close(AutoCloseable result) {
        try {
            result.close();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
