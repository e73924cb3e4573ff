package io.github.afterimage.engine;

import io.github.afterimage.keys.Keys;
import io.github.afterimage.keys.QueriedKeys;
import io.github.afterimage.platform.NativeMemory;
import io.github.afterimage.platform.Resources;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Passes of an engine over the keys that answer some queries of a request, spread over workers by ranges of keys.
 *
 * <p>A pass for sums chooses r in exp(θ(s − r)). A fixed r suffices for nearly every query; a query whose sums underflow or overflow is
 * repeated with its best score as r.
 */
final class Pass implements AutoCloseable {
    /** Below this number of products, calling is faster than handing over to another thread. */
    private static final long FEW_PRODUCTS = 1L << 21;

    /**
     * Minimum exponent of the best key; below it the query is repeated. Kernels drop sums of a group of keys below 2^-100;
     * relative to exp(-40) > 2^-58, a million such groups sum to less than 1e-6.
     */
    private static final double MIN_EXPONENT = -40;
    /** Maximum exponent of a score of 1: sums of a group of keys stay far below the overflow of float32 at exp(88). */
    private static final double MAX_EXPONENT = 60;
    /** Rounded scores may exceed 1, and theta amplifies the excess; above this exponent the query is repeated too. */
    private static final double OVERFLOWING_EXPONENT = 80;

    private static final int[] NONE = {};

    private final Workers workers;
    private final KeyEngine engine;
    private final QueriedKeys keys;
    private final int classes;
    private final Queries queries;
    private final LongAdder repeated;

    /**
     * Copies {@code count} queries to native memory.
     *
     * @param repeated counts the queries that are repeated
     */
    Pass(Workers workers, Request request, int first, int count, LongAdder repeated) {
        this.workers = workers;
        this.repeated = repeated;
        engine = request.engine();
        keys = request.keys();
        classes = request.classes();
        queries = request.queries(first, count);
    }

    /** Computes the sums of all queries for each theta, relative to references that it sets; the caller closes them. */
    Partial sums(float[] thetas) {
        return sums(queries, thetas, null);
    }

    /**
     * Divides the sums of equal shares of the queries, each over all keys on one of the workers' threads.
     *
     * @param results of each theta; rows from {@code first} on are those of the queries
     */
    void normalizeShares(float[] thetas, List<NormalizedSums> results, int first) {
        int batch = queries.batch();
        int shares = Math.min(batch, workers.threads());
        workers.forEach(shares, (i, workspace) -> {
            int from = (int) ((long) batch * i / shares);
            int to = (int) ((long) batch * (i + 1) / shares);
            try (Partial share = sums(queries.slice(from, to - from), thetas, workspace)) {
                share.normalize(results, first + from);
            }
        });
    }

    /**
     * Computes sums relative to references that neither underflow nor overflow.
     *
     * @param own for a pass over all keys on this thread; null for one that the workers share
     */
    private Partial sums(Queries asked, float[] thetas, @Nullable Workspace own) {
        asked.references(firstReference(greatest(thetas)));
        Partial sums = sumsOnce(asked, thetas, own);
        try {
            repeat(asked, sums, own);
        } catch (RuntimeException | Error e) {
            sums.close();
            throw e;
        }
        return sums;
    }

    private Partial sumsOnce(Queries asked, float[] thetas, @Nullable Workspace own) {
        Partial sums = new Partial(thetas, asked, classes);
        return own == null
                ? ofKeys(sums, asked)
                : added(sums, keys.range(0, keys.snapshot().rows()), asked, own);
    }

    /**
     * Returns the reference for queries whose best key is not known yet: the exponent of a score up to 1 is at most the
     * maximum, and up to theta = 100 the exponent of a best score of 0 or more is at least the minimum, so no retry follows.
     */
    private static float firstReference(float theta) {
        return (float) Math.min(1, Math.max(-MIN_EXPONENT / theta, 1 - MAX_EXPONENT / theta));
    }

    private static float greatest(float[] thetas) {
        float greatest = 0;
        for (float theta : thetas) {
            greatest = Math.max(greatest, theta);
        }
        return greatest;
    }

    /** Repeats the queries whose best key is too far from the first reference, relative to that key. */
    private void repeat(Queries asked, Partial sums, @Nullable Workspace own) {
        int[] far = far(asked, sums);
        if (far.length == 0) {
            return;
        }
        repeated.add(far.length);
        float[] maxima = new float[far.length];
        for (int i = 0; i < far.length; i++) {
            maxima[i] = sums.maximum(far[i]);
        }
        try (Queries again = asked.gather(far, maxima)) {
            try (Partial better = sumsOnce(again, sums.thetas(), own)) {
                if (far(again, better).length == 0) {
                    sums.replace(far, better);
                    return;
                }
                // A smaller batch uses another kernel; at theta = 1e8 even its rounding of a score is too far.
                for (int i = 0; i < far.length; i++) {
                    again.reference(i, better.maximum(i));
                }
            }
            try (Partial better = sumsOnce(again, sums.thetas(), own)) {
                sums.replace(far, better);
            }
        }
    }

    /** Returns the queries whose sums may underflow or overflow relative to their references. */
    private static int[] far(Queries queries, Partial sums) {
        float theta = greatest(sums.thetas());
        int[] far = NONE;
        int count = 0;
        for (int query = 0; query < queries.batch(); query++) {
            double exponent = theta * ((double) sums.maximum(query) - queries.reference(query));
            if (exponent < MIN_EXPONENT || exponent > OVERFLOWING_EXPONENT) {
                far = count == 0 ? new int[queries.batch()] : far;
                far[count++] = query;
            }
        }
        return count == 0 ? far : Arrays.copyOf(far, count);
    }

    /** Finds the rows of the {@code k} keys with the greatest scores, best first; the caller closes the result. */
    Nearest nearest(int k) {
        return ofKeys(new Nearest(queries.batch(), k), queries);
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
        return ofKeys(new Gradient(sums.thetas()[0], queries, classes, coefficients), queries);
    }

    /** Adds all keys to an empty result, which is closed if that fails. */
    private <T extends Result<T>> T ofKeys(T result, Queries asked) {
        long rows = keys.snapshot().rows();
        if (rows * asked.batch() * asked.dim() > FEW_PRODUCTS) {
            return ofRanges(result, asked, rows);
        }
        Workspace workspace;
        try {
            workspace = workers.take();
        } catch (RuntimeException | Error e) {
            result.close();
            throw e;
        }
        try {
            return added(result, keys.range(0, rows), asked, workspace);
        } finally {
            workers.giveBack(workspace);
        }
    }

    /** Has each of the workers add a range of the rows: the first one to this result, and the others to results of their own. */
    private <T extends Result<T>> T ofRanges(T result, Queries asked, long rows) {
        int ranges = (int) Math.min(engine.tasks(workers.threads()), rows);
        List<Function<Workspace, T>> tasks = new ArrayList<>();
        for (int i = 0; i < ranges; i++) {
            boolean first = i == 0;
            List<Keys> range = keys.range(rows * i / ranges, rows * (i + 1) / ranges);
            tasks.add(workspace -> added(first ? result : result.empty(), range, asked, workspace));
        }
        List<T> others = List.of();
        boolean merged = false;
        try {
            List<T> results = workers.run(tasks);
            others = results.subList(1, ranges);
            for (T other : others) {
                result.merge(other);
            }
            merged = true;
            return result;
        } finally {
            Resources.closeAll(others);
            if (!merged) {
                result.close();
            }
        }
    }

    /** Adds keys to a result, which is closed if that fails. */
    private <T extends Result<T>> T added(T result, List<Keys> range, Queries asked, Workspace workspace) {
        try {
            result.add(range, engine, asked, workspace);
            return result;
        } catch (RuntimeException | Error e) {
            result.close();
            throw e;
        }
    }

    @Override
    public void close() {
        queries.close();
    }
}
