package io.github.afterimage.engine;

import io.github.afterimage.ElementType;
import io.github.afterimage.MemoryKind;
import io.github.afterimage.Mixture;
import io.github.afterimage.NotEnoughMemoryException;
import io.github.afterimage.platform.NativeMemory;
import io.github.afterimage.store.Keys;
import io.github.afterimage.store.Snapshot;
import java.nio.DoubleBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Determines the exact class of each query by a pass over the screen of the keys: bounds of every score, then exact
 * scores of the keys that could change the answer. A query takes the plain pass if that is faster, or if memory is refused.
 *
 * <p>Guarantee: the class is the one with the greatest sum in double precision over the stored keys, the first of those whose
 * sums agree to nine digits. If the plain pass answers, this rests on the accuracy that {@link Engines} promises and tests
 * check, and on a bound of the effect of rounding this query.
 *
 * <p>Memory: a block of queries takes {@value ScreenBounds#BYTES} native bytes for each key with a large term, and at most 64
 * MiB, or as if one key in {@value #SHARE} were one for a single query. Each thread that refines a query takes
 * {@value Candidates#BYTES} bytes more for each. The Java heap holds data of the size of the classes only.
 *
 * <p>Threads: thread-safe, as {@link Scan}.
 */
public final class CertifiedScan {
    /** Maximum queries of a block; the kernel takes twice as many. */
    private static final int MAX_BLOCK = 64;

    private static final int MAX_PLAIN_BLOCK = 512;
    /** Maximum bytes of the keys with large terms of a block. */
    private static final long BLOCK_BYTES = 64L << 20;
    /** Queries that are always screened. With 8 bits, more are if keys have many bytes (`ScreenBenchmark`). */
    private static final int FEW_QUERIES = 4;

    private static final int KEY_BYTES_OF_A_QUERY = 512;
    /**
     * One key in so many may be refined for a single query. Of a batch, fewer: its plain pass reads a key once for all queries,
     * and refining reads it for each.
     */
    private static final int SHARE = 4;

    private static final int SHARE_OF_BATCH = 64;
    /** Likewise if the engine rounds queries: what the plain pass leaves open then takes the scores of all keys in double. */
    private static final int SHARE_OF_ROUNDED_BATCH = 16;

    /** Maximum error of a probability that engines promise for queries that they do not round, see {@link Engines}. */
    private static final double ENGINE_ERROR = 2e-5;
    /** The promise holds up to this theta; above it, the error grows in proportion. */
    private static final double PROMISED_THETA = 90;

    private final Workers workers;
    private final Scan scan;

    public CertifiedScan(Workers workers, Scan scan) {
        this.workers = workers;
        this.scan = scan;
    }

    /**
     * The answer for a batch.
     *
     * @param probabilities {@code (batch, classes)}
     * @param best the class of each query
     * @param tolerances maximum error of a probability, for each query
     * @param refined number of keys computed exactly, for each query
     * @param screened true for a query that the screen answered, false if the plain pass did
     */
    public record Answer(float[] probabilities, int[] best, double[] tolerances, long[] refined, boolean[] screened) {}

    /**
     * Computes p_mem of equations (1) and (2), with certainty.
     *
     * @param request its keys are all of the snapshot; its engine is for the plain pass
     * @param snapshot every part has a screen
     * @param tolerance maximum error of a probability; 1 if only the class matters
     */
    public Answer answer(Request request, Snapshot snapshot, float theta, double tolerance) {
        int batch = request.batch();
        Answer answer = new Answer(
                new float[Math.multiplyExact(batch, request.columns().count())],
                new int[batch],
                new double[batch],
                new long[batch],
                new boolean[batch]);
        Asked asked = new Asked(request, snapshot, theta, tolerance);
        if (screens(request, snapshot.range(0, 1).get(0))) {
            screen(asked, answer);
        }
        List<Integer> open = new ArrayList<>();
        for (int query = 0; query < batch; query++) {
            if (!answer.screened[query]) {
                open.add(query);
            }
        }
        QueryMemory.forEachBlock(
                open.size(),
                MAX_PLAIN_BLOCK,
                1,
                (first, count) -> plain(asked, open.subList(first, first + count), answer));
        return answer;
    }

    /** Returns false if the plain pass is faster, and certain because its engine does not round queries. */
    private static boolean screens(Request request, Keys keys) {
        long keyBytes = (long) request.dim() * keys.type().bytes();
        long few = Objects.requireNonNull(keys.screen()).bits() == 4 ? 0 : keyBytes / KEY_BYTES_OF_A_QUERY;
        return request.batch() <= Math.max(FEW_QUERIES, few) || request.engine().roundsQueriesTo(keys.type());
    }

    /** Returns the maximum number of keys to refine for a query. */
    private static int limit(Request request, Keys keys, int rows) {
        int share = request.engine().roundsQueriesTo(keys.type()) ? SHARE_OF_ROUNDED_BATCH : SHARE_OF_BATCH;
        return rows / Math.min(SHARE * request.batch(), share);
    }

    /** @param snapshot the keys of the request */
    private record Asked(Request request, Snapshot snapshot, float theta, double tolerance) {}

    private void screen(Asked asked, Answer answer) {
        Request request = asked.request;
        int rows = Math.toIntExact(asked.snapshot.rows());
        long fitting = BLOCK_BYTES / ((long) ScreenBounds.BYTES * Math.min(request.batch(), MAX_BLOCK));
        int places = (int) Math.max(rows / SHARE + 1, Math.min(rows, fitting));
        int block = (int) Math.max(1, Math.min(MAX_BLOCK, BLOCK_BYTES / ((long) ScreenBounds.BYTES * places)));
        try {
            QueryMemory.forEachBlock(request.batch(), block, 1, (first, count) -> {
                try (Queries queries = request.queries(first, count)) {
                    screen(asked, queries, first, places, answer);
                }
            });
        } catch (NotEnoughMemoryException e) {
            if (e.kind() != MemoryKind.HOST) {
                throw e;
            }
            // The plain pass takes less memory.
        }
    }

    /** @param first the number of the first of the queries in the request */
    private void screen(Asked asked, Queries queries, int first, int places, Answer answer) {
        Snapshot snapshot = asked.snapshot;
        float theta = asked.theta;
        int size = (int) snapshot.rows();
        int classes = asked.request.columns().count();
        Ranges ranges = Ranges.of(workers, size);
        Ranges shares = new Ranges(places, ranges.count());
        List<ScreenBounds> bounds = new ArrayList<>();
        try {
            for (int i = 0; i < ranges.count(); i++) {
                int share = shares.first(i + 1) - shares.first(i) + 1;
                bounds.add(new ScreenBounds(
                        queries.batch(), classes, theta, Refinement.gap(theta, asked.tolerance), share));
            }
            workers.forEach(ranges.count(), (i, workspace) -> {
                for (Keys keys : snapshot.range(ranges.first(i), ranges.first(i + 1))) {
                    bounds.get(i).add(keys, queries, workspace);
                }
            });
            List<Keys> parts = snapshot.range(0, size);
            int limit = limit(asked.request, parts.get(0), size);
            Ranges.forEachQuery(workers, queries.batch(), snapshot, queries.dim(), (from, to, workspace) -> {
                try (Candidates candidates = new Candidates()) {
                    for (int query = from; query < to; query++) {
                        Refinement refinement = new Refinement(theta, asked.tolerance, classes);
                        try (ExactScores exact = new ExactScores(parts, queries, query, workspace)) {
                            if (refinement.certain(bounds, query, limit, exact, candidates)) {
                                accept(refinement.intervals(), first + query, answer);
                                answer.screened[first + query] = true;
                            }
                        }
                        answer.refined[first + query] = refinement.refined();
                    }
                }
            });
        } finally {
            bounds.forEach(ScreenBounds::close);
        }
    }

    private static void accept(ClassIntervals intervals, int query, Answer answer) {
        int best = intervals.best();
        if (best < 0) {
            throw Partial.notFinite();
        }
        answer.best[query] = best;
        answer.tolerances[query] = intervals.probabilities(answer.probabilities, query * intervals.low.length);
    }

    private void plain(Asked asked, List<Integer> chosen, Answer answer) {
        Request request = asked.request;
        float theta = asked.theta;
        int classes = request.columns().count();
        int[] numbers = chosen.stream().mapToInt(query -> query).toArray();
        ElementType type = asked.snapshot.range(0, 1).get(0).type();
        double engineError = ENGINE_ERROR * Math.max(1, theta / PROMISED_THETA);
        boolean rounds = request.engine().roundsQueriesTo(type);
        try (Queries queries = request.only(numbers).queries(0, numbers.length);
                Partial sums = scan.sums(request, queries, new float[] {theta})) {
            for (int i = 0; i < chosen.size(); i++) {
                int query = chosen.get(i);
                DoubleBuffer classSums = sums.sums(0, i);
                double total = sums.total(0, i);
                double[] p = new double[classes];
                for (int c = 0; c < classes; c++) {
                    p[c] = classSums.get(c) / total;
                    answer.probabilities[query * classes + c] = (float) p[c];
                }
                // A score is off by at most the norm of the rounding error of the query. So a ratio of two sums
                // is off by a factor of at most exp(2 exponent), and p by at most tanh(exponent / 2).
                double exponent = rounds ? theta * queries.roundedAway(i) : 0;
                double error = engineError + Math.tanh(exponent / 2);
                if (error <= asked.tolerance && separate(p, engineError, Math.exp(2 * exponent))) {
                    answer.best[query] = Mixture.best(p);
                    answer.tolerances[query] = error;
                } else {
                    exact(asked.snapshot, queries, i, query, theta, answer);
                }
            }
        }
    }

    /** Sums every key in double precision, for a query whose first two classes the plain pass cannot tell apart. */
    private void exact(Snapshot snapshot, Queries queries, int row, int query, float theta, Answer answer) {
        int size = (int) snapshot.rows();
        ClassIntervals intervals = new ClassIntervals(answer.probabilities.length / answer.best.length);
        try (NativeMemory memory = NativeMemory.allocateScratch((long) size * Double.BYTES)) {
            Ranges.forEach(workers, size, (from, to, workspace) -> {
                DoubleBuffer scores = memory.buffer((long) from * Double.BYTES, (to - from) * Double.BYTES)
                        .asDoubleBuffer();
                try (ExactScores exact = new ExactScores(snapshot.range(0, size), queries, row, workspace)) {
                    exact.compute(to - from, i -> from + i, (i, score, weight) -> scores.put(i, score));
                }
            });
            double reference = Double.NEGATIVE_INFINITY;
            for (Keys keys : snapshot.range(0, size)) {
                for (int i = 0; i < keys.count(); i++) {
                    if (!keys.isRemoved(i)) {
                        reference = Math.max(reference, score(memory, keys.firstRow() + i));
                    }
                }
            }
            for (Keys keys : snapshot.range(0, size)) {
                for (int i = 0; i < keys.count(); i++) {
                    if (!keys.isRemoved(i)) {
                        double term =
                                keys.weight(i) * Math.exp(theta * (score(memory, keys.firstRow() + i) - reference));
                        intervals.add(keys.label(i), term, term);
                    }
                }
            }
        }
        accept(intervals, query, answer);
        answer.refined[query] = snapshot.size();
    }

    private static double score(NativeMemory scores, long row) {
        return Double.longBitsToDouble(scores.getLong(row * Double.BYTES));
    }

    private static boolean separate(double[] p, double error, double ratio) {
        int best = Mixture.best(p);
        for (int c = 0; c < p.length; c++) {
            if (c != best && !(p[best] - error > (p[c] + error) * ratio)) {
                return false;
            }
        }
        return true;
    }
}
