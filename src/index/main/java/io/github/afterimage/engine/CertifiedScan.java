package io.github.afterimage.engine;

import io.github.afterimage.ElementType;
import io.github.afterimage.MemoryKind;
import io.github.afterimage.Mixture;
import io.github.afterimage.NotEnoughMemoryException;
import io.github.afterimage.platform.NativeMemory;
import io.github.afterimage.store.Keys;
import io.github.afterimage.store.Snapshot;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Determines the exact class of each query by a pass over the screen of the keys: bounds of every score, then exact
 * scores of the keys that could change the answer. A query takes the plain pass if refining would cost more than that, or if
 * memory is refused.
 *
 * <p>Guarantee: the class is the one with the greatest sum in double precision over the stored keys, the first of those whose
 * sums agree to nine digits. If the plain pass answers, this rests on the accuracy that {@link Engines} promises and tests
 * check, and on a bound of the effect of rounding this query.
 *
 * <p>Memory: bounds take {@value ScoreBounds#ROW_BYTES} native bytes for each key and query, for as many queries at once as
 * fit into 64 MiB, or for one. Each thread that refines a query takes {@value Candidates#BYTES} native bytes for each key that
 * could change the answer. The Java heap holds data of the size of the classes only.
 *
 * <p>Threads: thread-safe, as {@link Scan}.
 */
public final class CertifiedScan {
    /** Maximum queries of a block, a limit of the kernel. */
    private static final int MAX_BLOCK = 64;

    private static final int MAX_PLAIN_BLOCK = 512;
    /** Maximum rows of a task: their scores, 8 bytes each, fit into one buffer. */
    private static final int MAX_RANGE = 1 << 26;
    /** Maximum bytes of the bounds of a block. */
    private static final long BLOCK_BYTES = 64L << 20;
    /**
     * One key in so many may be refined for a query of a small batch. Larger batches refine fewer, because their plain pass
     * reads a key once for many queries, and refining reads it for each query.
     */
    private static final int SHARE_FEW = 4;

    private static final int SHARE_MANY = 16;
    private static final int FEW_QUERIES = 4;
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
        long rows = Math.toIntExact(snapshot.rows());
        int block = (int) Math.max(1, Math.min(MAX_BLOCK, BLOCK_BYTES / (ScoreBounds.ROW_BYTES * rows)));
        try {
            QueryMemory.forEachBlock(batch, block, 1, (first, count) -> {
                try (Queries queries = request.queries(first, count)) {
                    screen(request, snapshot, queries, first, theta, tolerance, answer);
                }
            });
        } catch (NotEnoughMemoryException e) {
            if (e.kind() != MemoryKind.HOST) {
                throw e;
            }
            // The plain pass below takes less memory.
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
                (first, count) ->
                        plain(request, snapshot, open.subList(first, first + count), theta, tolerance, answer));
        return answer;
    }

    private void screen(
            Request request,
            Snapshot snapshot,
            Queries queries,
            int first,
            float theta,
            double tolerance,
            Answer answer) {
        int size = (int) snapshot.rows();
        int limit = size / (request.batch() <= FEW_QUERIES ? SHARE_FEW : SHARE_MANY);
        try (ScoreBounds bounds = new ScoreBounds(snapshot, queries.batch())) {
            spread(size, (from, to, workspace) -> {
                for (Keys keys : snapshot.range(from, to)) {
                    bounds.add(keys, queries, workspace);
                }
            });
            spread(queries.batch(), (from, to, workspace) -> {
                ScoreBounds.Chunk chunk = new ScoreBounds.Chunk();
                try (Candidates candidates = new Candidates()) {
                    for (int i = from; i < to; i++) {
                        int query = i;
                        Refinement refinement = new Refinement(
                                theta, tolerance, request.columns().count());
                        Refinement.Bounds rows = visitor -> bounds.forEach(query, chunk, workspace, visitor);
                        try (ExactScores exact = new ExactScores(snapshot, queries, query, workspace)) {
                            if (refinement.certain(rows, size, limit, exact, candidates)) {
                                accept(refinement.intervals(), first + query, answer);
                                answer.screened[first + query] = true;
                            }
                        }
                        answer.refined[first + query] = refinement.refined();
                    }
                }
            });
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

    private void plain(
            Request request, Snapshot snapshot, List<Integer> chosen, float theta, double tolerance, Answer answer) {
        int classes = request.columns().count();
        int dim = request.dim();
        FloatBuffer rows = request.rows();
        ElementType type = snapshot.range(0, 1).get(0).type();
        double engineError = ENGINE_ERROR * Math.max(1, theta / PROMISED_THETA);
        // Some kernels round queries for bfloat16 keys.
        boolean rounds = type == ElementType.BFLOAT16 || request.engine().roundsQueriesTo(type);
        FloatBuffer gathered = FloatBuffer.allocate(chosen.size() * dim);
        for (int query : chosen) {
            gathered.put(rows.slice(rows.position() + query * dim, dim));
        }
        try (Queries queries = Queries.of(gathered.flip(), 0, chosen.size(), dim);
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
                // The error of a score is at most the norm of the rounding error of the query. So a ratio of two sums
                // is off
                // by a factor of at most exp(2 exponent), and p by at most tanh(exponent / 2).
                double exponent = rounds ? theta * queries.roundedAway(i) : 0;
                double error = engineError + Math.tanh(exponent / 2);
                if (error <= tolerance && separate(p, engineError, Math.exp(2 * exponent))) {
                    answer.best[query] = Mixture.best(p);
                    answer.tolerances[query] = error;
                } else {
                    exact(snapshot, queries, i, query, theta, answer);
                }
            }
        }
    }

    /** Sums every key in double precision, for a query whose first two classes the plain pass cannot tell apart. */
    private void exact(Snapshot snapshot, Queries queries, int row, int query, float theta, Answer answer) {
        int size = (int) snapshot.rows();
        ClassIntervals intervals = new ClassIntervals(answer.probabilities.length / answer.best.length);
        try (NativeMemory memory = NativeMemory.allocateScratch((long) size * Double.BYTES)) {
            spread(size, (from, to, workspace) -> {
                DoubleBuffer scores = memory.buffer((long) from * Double.BYTES, (to - from) * Double.BYTES)
                        .asDoubleBuffer();
                try (ExactScores exact = new ExactScores(snapshot, queries, row, workspace)) {
                    exact.compute(to - from, i -> from + i, scores::put);
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

    private interface RangeTask {
        void run(int from, int to, Workspace workspace);
    }

    /** Splits {@code 0..count-1} into one range for each thread, or more if they are large, and runs the task on them. */
    private void spread(int count, RangeTask task) {
        int ranges = Math.min(count, Math.max(workers.threads(), count / MAX_RANGE));
        workers.forEach(
                ranges,
                (i, workspace) -> task.run(
                        (int) ((long) count * i / ranges), (int) ((long) count * (i + 1) / ranges), workspace));
    }
}
