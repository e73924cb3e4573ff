package io.github.afterimage.engine;

import io.github.afterimage.store.ElementType;
import io.github.afterimage.store.Keys;
import io.github.afterimage.store.Snapshot;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Passes over the int8 screen of the keys that name the class exactly: bounds of every score, then exact scores of the
 * keys that could change the answer. Queries for which that would cost more than the plain pass take the plain pass.
 *
 * <p>Guarantee: the class is the one with the greatest sum in double precision over the keys as stored, the first of
 * those whose sums agree to nine digits. Where the plain pass answered, that rests on the accuracy that {@link Engines}
 * promises and tests hold, and on a bound of what rounding this very query may change.
 *
 * <p>Threads: thread-safe, as {@link Scan}.
 */
public final class CertifiedScan {
    /** Stands for the label of a key that was removed, which counts for nothing. */
    static final int REMOVED = -1;

    /** The kernel takes no more, and bounds of a block are kept in no more than this. */
    private static final int LARGEST_BLOCK = 64;

    private static final int LARGEST_PLAIN_BLOCK = 512;
    private static final long BLOCK_BYTES = 64L << 20;
    /**
     * The share of the keys that may be refined. Single queries pay for reading keys either way; in larger batches the
     * plain pass reads keys once for many queries and refining does not.
     */
    private static final int SHARE_FEW = 4;

    private static final int SHARE_MANY = 16;
    private static final int FEW_QUERIES = 4;
    /** What engines promise for a probability of queries that they do not round, see {@link Engines}. */
    private static final double ENGINE_ERROR = 2e-5;
    /** Up to this theta; in proportion above. */
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
     * @param tolerances how far a probability of each query may be off
     * @param refined how many keys were computed exactly for each query
     * @param screened whether the screen sufficed for it; false where the plain pass answered
     */
    public record Answer(float[] probabilities, int[] best, double[] tolerances, long[] refined, boolean[] screened) {}

    /**
     * p_mem of equations (1) and (2), with certainty.
     *
     * @param engine for the plain pass
     * @param snapshot at least one key; every part has a screen
     * @param source queries {@code (batch, dim)} float32 row-major, from the buffer's position; not changed
     * @param tolerance how far a probability may be off; 1 where only the class matters
     */
    public Answer answer(
            Engine engine,
            Snapshot snapshot,
            int classes,
            FloatBuffer source,
            int batch,
            int dim,
            float theta,
            double tolerance) {
        Answer answer = new Answer(
                new float[Math.multiplyExact(batch, classes)],
                new int[batch],
                new double[batch],
                new long[batch],
                new boolean[batch]);
        int size = Math.toIntExact(snapshot.rows());
        int block = (int) Math.max(1, Math.min(LARGEST_BLOCK, BLOCK_BYTES / (2L * Float.BYTES * size)));
        int[] labels = labels(snapshot, size);
        List<Integer> open = new ArrayList<>();
        for (int first = 0; first < batch; first += block) {
            int count = Math.min(block, batch - first);
            try (Queries queries = Queries.of(source, first, count, dim)) {
                screen(snapshot, queries, first, batch, labels, theta, tolerance, answer);
            }
        }
        for (int query = 0; query < batch; query++) {
            if (!answer.screened[query]) {
                open.add(query);
            }
        }
        for (int first = 0; first < open.size(); first += LARGEST_PLAIN_BLOCK) {
            List<Integer> chosen = open.subList(first, Math.min(open.size(), first + LARGEST_PLAIN_BLOCK));
            plain(engine, snapshot, source, chosen, dim, labels, theta, tolerance, answer);
        }
        return answer;
    }

    /** The label of every row, or {@link #REMOVED}. */
    private static int[] labels(Snapshot snapshot, int rows) {
        int[] labels = new int[rows];
        Arrays.fill(labels, REMOVED);
        for (Keys part : snapshot.parts()) {
            part.labels().get(labels, (int) part.firstRow(), (int) part.count());
        }
        return labels;
    }

    private void screen(
            Snapshot snapshot,
            Queries queries,
            int first,
            int batch,
            int[] labels,
            float theta,
            double tolerance,
            Answer answer) {
        int size = labels.length;
        int classes = answer.probabilities.length / batch;
        int limit = size / (batch <= FEW_QUERIES ? SHARE_FEW : SHARE_MANY);
        try (ScoreBounds bounds = new ScoreBounds(queries.batch(), size)) {
            spread(size, (from, to, workspace) -> {
                for (Keys keys : snapshot.range(from, to)) {
                    bounds.add(keys, queries, workspace);
                }
            });
            spread(queries.batch(), (from, to, workspace) -> {
                float[] centers = new float[size];
                float[] radii = new float[size];
                for (int query = from; query < to; query++) {
                    workspace.checkCancelled();
                    bounds.read(query, centers, radii);
                    Refinement refinement = new Refinement(theta, tolerance, labels, classes);
                    try (ExactScores exact = new ExactScores(snapshot, queries, query, workspace)) {
                        if (refinement.certain(centers, radii, limit, exact)) {
                            accept(refinement.intervals(), first + query, answer);
                            answer.screened[first + query] = true;
                        }
                    }
                    answer.refined[first + query] = refinement.refined();
                }
            });
        }
    }

    private static void accept(ClassIntervals intervals, int query, Answer answer) {
        answer.best[query] = intervals.best();
        answer.tolerances[query] = intervals.probabilities(answer.probabilities, query * intervals.low.length);
    }

    private void plain(
            Engine engine,
            Snapshot snapshot,
            FloatBuffer source,
            List<Integer> chosen,
            int dim,
            int[] labels,
            float theta,
            double tolerance,
            Answer answer) {
        int classes = answer.probabilities.length / answer.best.length;
        ElementType type = snapshot.range(0, 1).get(0).type();
        double engineError = ENGINE_ERROR * Math.max(1, theta / PROMISED_THETA);
        // Some kernels round queries for bfloat16 keys.
        boolean rounds = type == ElementType.BFLOAT16 || engine.roundsQueriesTo(type);
        FloatBuffer gathered = FloatBuffer.allocate(chosen.size() * dim);
        for (int query : chosen) {
            gathered.put(source.slice(source.position() + query * dim, dim));
        }
        try (Queries queries = Queries.of(gathered.flip(), 0, chosen.size(), dim);
                Partial sums = scan.rescuedSums(engine, snapshot, classes, queries, new float[] {theta})) {
            for (int i = 0; i < chosen.size(); i++) {
                int query = chosen.get(i);
                DoubleBuffer classSums = sums.sums(0, i);
                double total = 0;
                for (int c = 0; c < classes; c++) {
                    total += classSums.get(c);
                }
                double[] p = new double[classes];
                for (int c = 0; c < classes; c++) {
                    p[c] = classSums.get(c) / total;
                    answer.probabilities[query * classes + c] = (float) p[c];
                }
                // A score is off by no more than what rounding takes from the query, so a ratio of two sums by no more
                // than exp(2 exponent), and p by no more than tanh(exponent / 2).
                double exponent = rounds ? theta * queries.roundedAway(i) : 0;
                double error = engineError + Math.tanh(exponent / 2);
                if (error <= tolerance && separate(p, engineError, Math.exp(2 * exponent))) {
                    answer.best[query] = best(p);
                    answer.tolerances[query] = error;
                } else {
                    exact(snapshot, queries, i, query, labels, theta, answer);
                }
            }
        }
    }

    /** The sums in double precision over every key, where even the plain pass cannot tell the first class from the next. */
    private void exact(
            Snapshot snapshot, Queries queries, int row, int query, int[] labels, float theta, Answer answer) {
        int[] rows = IntStream.range(0, labels.length)
                .filter(i -> labels[i] != REMOVED)
                .toArray();
        double[] scores = new double[rows.length];
        spread(rows.length, (from, to, workspace) -> {
            try (ExactScores exact = new ExactScores(snapshot, queries, row, workspace)) {
                exact.compute(rows, from, to, scores);
            }
        });
        double reference = Arrays.stream(scores).max().orElseThrow();
        ClassIntervals intervals = new ClassIntervals(answer.probabilities.length / answer.best.length);
        for (int i = 0; i < rows.length; i++) {
            double weight = Math.exp(theta * (scores[i] - reference));
            intervals.add(labels[rows[i]], weight, weight);
        }
        accept(intervals, query, answer);
        answer.refined[query] = rows.length;
    }

    private static int best(double[] p) {
        int best = 0;
        for (int c = 1; c < p.length; c++) {
            best = p[c] > p[best] ? c : best;
        }
        return best;
    }

    private static boolean separate(double[] p, double error, double ratio) {
        int best = best(p);
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

    /** Runs a task on as many ranges of {@code 0..count-1} as there are threads. */
    private void spread(int count, RangeTask task) {
        int ranges = Math.min(workers.threads(), count);
        workers.forEach(
                ranges,
                (i, workspace) -> task.run(
                        (int) ((long) count * i / ranges), (int) ((long) count * (i + 1) / ranges), workspace));
    }
}
