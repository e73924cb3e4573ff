package io.github.afterimage.engine;

import io.github.afterimage.MemoryKind;
import io.github.afterimage.Mixture;
import io.github.afterimage.NotEnoughMemoryException;
import io.github.afterimage.engine.SketchCalibration.Measurement;
import io.github.afterimage.store.Components;
import io.github.afterimage.store.Keys;
import io.github.afterimage.store.Snapshot;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * Estimates the class probabilities of queries: a pass over the sketch of the keys estimates every term, then keys are drawn at
 * random, by their estimated terms, and read until the probabilities are known within a tolerance. A query takes the plain pass if
 * {@link SketchCost} says that it is faster, if too many keys would be read, or if memory is refused.
 *
 * <p>Guarantee: a probability is off by more than the half width of its query in about 1 % of queries at most. The draws depend on
 * the query alone, so equal queries of the same keys have equal answers.
 *
 * <p>Memory: up to 14 native bytes for each key and query of a block, at most 64 MiB or one query.
 *
 * <p>Threads: thread-safe, as {@link Scan}.
 */
public final class EstimatedScan {
    private static final int MAX_BLOCK = 64;
    private static final long BLOCK_BYTES = 64L << 20;
    /** Fewer keys are read as fast as they are estimated. */
    private static final int FEW_KEYS = 4096;
    /** The plain pass is faster if more than one key in so many is read. */
    private static final int SHARE = 4;

    /**
     * Greatest standard deviation of θ (score − estimate): above it, a few keys of great terms decide, and draws may miss them.
     */
    private static final double MAX_SPREAD = 3;
    /** The plain pass is faster if half widths must be greater by more. */
    private static final double MAX_FACTOR = 3;
    /** Greatest error of a probability of the plain pass. */
    private static final double ROUNDING = 2e-5;
    /** Maximum rows whose draws are so short that the caller's thread makes them: it cannot be interrupted meanwhile. */
    private static final int SHORT_TASK = 1 << 20;

    /** The half width of a query without an answer yet. */
    private static final double OPEN = -1;

    private final Workers workers;
    private final Scan scan;
    private final SketchSpread spread;
    private final SketchCalibration calibration;

    public EstimatedScan(Workers workers, Scan scan) {
        this.workers = workers;
        this.scan = scan;
        spread = new SketchSpread(workers);
        calibration = new SketchCalibration();
    }

    /**
     * The answer for a batch.
     *
     * @param probabilities {@code (batch, classes)}
     * @param best the class of each query
     * @param halfWidths that of an interval of 99 % around each probability, for each query; 0 if the plain pass answered
     * @param read number of keys read, for each query; all keys if the plain pass answered
     * @param listed number of keys whose estimated terms are not negligible, for each query
     */
    public record Answer(float[] probabilities, int[] best, double[] halfWidths, long[] read, long[] listed) {
        private static Answer open(int batch, int classes) {
            double[] halfWidths = new double[batch];
            Arrays.fill(halfWidths, OPEN);
            return new Answer(
                    new float[Math.multiplyExact(batch, classes)],
                    new int[batch],
                    halfWidths,
                    new long[batch],
                    new long[batch]);
        }

        private boolean open(int query) {
            return halfWidths[query] == OPEN;
        }

        /** Returns the greatest difference of a probability of a query from another answer, beyond rounding. */
        private double error(int query, float[] expected) {
            int classes = expected.length / best.length;
            double error = 0;
            for (int i = query * classes; i < (query + 1) * classes; i++) {
                error = Math.max(error, Math.abs((double) probabilities[i] - expected[i]));
            }
            return Math.max(0, error - ROUNDING);
        }
    }

    /**
     * Computes p_mem of equations (1) and (2) approximately.
     *
     * @param request its keys are all of the snapshot; its engine is for the plain pass
     * @param snapshot every part has a sketch
     * @param tolerance maximum half width
     */
    public Answer answer(Request request, Snapshot snapshot, Components components, float theta, double tolerance) {
        int batch = request.batch();
        Answer answer = Answer.open(batch, request.columns().count());
        if (snapshot.size() >= FEW_KEYS) {
            try {
                Accuracy accuracy = accuracy(request, snapshot, components, theta, tolerance);
                if (accuracy != null) {
                    estimate(request, snapshot, components, accuracy, answer);
                }
            } catch (NotEnoughMemoryException e) {
                if (e.kind() != MemoryKind.HOST) {
                    throw e;
                }
                // The plain pass takes less memory.
            }
        }
        plain(request, IntStream.range(0, batch).filter(answer::open).toArray(), theta, answer);
        return answer;
    }

    /** Returns null if the plain pass is faster. */
    private @Nullable Accuracy accuracy(
            Request request, Snapshot snapshot, Components components, float theta, double tolerance) {
        int numberBytes = snapshot.key(0).type().bytes();
        double codeBytes = components.count() / 2.0 + Short.BYTES;
        SketchCost cost = new SketchCost(snapshot.rows(), codeBytes, request.dim(), numberBytes, workers.threads());
        int batch = request.batch();
        if (cost.estimated(batch, 0, EstimatedQuery.FIRST_SAMPLE) > cost.plain(batch)) {
            return null;
        }
        double deviation = theta * spread.of(snapshot, request.columns().count(), components, theta);
        if (!(deviation <= MAX_SPREAD)) {
            return null;
        }
        Accuracy unscaled = new Accuracy(theta, tolerance, deviation, 1);
        Measurement measured =
                calibration.of(snapshot, unscaled, rows -> measure(request, snapshot, components, unscaled, rows));
        double factor = measured.factor();
        double read = factor * factor * measured.read();
        boolean pays = factor <= MAX_FACTOR && cost.estimated(batch, measured.listed(), read) <= cost.plain(batch);
        return pays ? new Accuracy(theta, tolerance, deviation, factor) : null;
    }

    /** Estimates the answers for keys, which do not answer themselves, and compares them with exact ones. */
    private Measurement measure(
            Request request, Snapshot snapshot, Components components, Accuracy accuracy, long[] rows) {
        long[] ids = LongStream.of(rows).map(row -> snapshot.key(row).id(0)).toArray();
        FloatBuffer floats = PresentRows.floats(snapshot, rows, request.dim());
        Request asked = new Request(request.engine(), snapshot, ids, request.columns(), floats, request.dim());
        float[] exact = scan.normalizedSums(asked, new float[] {accuracy.theta()})
                .get(0)
                .values();
        Answer estimated = Answer.open(ids.length, request.columns().count());
        estimate(asked, snapshot, components, accuracy, estimated);
        double[] ratios = IntStream.range(0, ids.length)
                .filter(query -> !estimated.open(query))
                .mapToDouble(query -> estimated.error(query, exact) / estimated.halfWidths[query])
                .toArray();
        return new Measurement(
                ratios,
                LongStream.of(estimated.listed).average().orElse(0),
                LongStream.of(estimated.read).average().orElse(0));
    }

    private void estimate(Request request, Snapshot snapshot, Components components, Accuracy accuracy, Answer answer) {
        int classes = request.columns().count();
        int rows = Math.toIntExact(snapshot.rows());
        int most = (int) (snapshot.size() / SHARE);
        List<Keys> parts = snapshot.range(0, rows);
        int largest = (int) Math.max(1, Math.min(MAX_BLOCK, BLOCK_BYTES / ScoreEstimates.bytes(rows)));
        QueryMemory.forEachBlock(request.batch(), largest, 1, (first, count) -> {
            List<ScoreEstimates> estimates = List.of();
            try (Queries queries = request.queries(first, count);
                    Queries projected = queries.project(components)) {
                projected.leaveOut(LongStream.of(request.leftOut(first, count))
                        .mapToInt(id -> (int) snapshot.row(id))
                        .toArray());
                estimates = estimates(snapshot, projected, classes, accuracy);
                List<ScoreEstimates> known = estimates;
                Ranges.Task task = (from, to, workspace) -> {
                    for (int i = from; i < to; i++) {
                        EstimatedQuery query = new EstimatedQuery(queries, projected, i);
                        accept(query.estimate(parts, known, classes, accuracy, most, workspace), first + i, answer);
                    }
                };
                if (count == 1 && rows <= SHORT_TASK) {
                    workers.runHere(workspace -> {
                        task.run(0, 1, workspace);
                        return null;
                    });
                } else {
                    Ranges.forEach(workers, count, task);
                }
            } finally {
                estimates.forEach(ScoreEstimates::close);
            }
        });
    }

    private List<ScoreEstimates> estimates(Snapshot snapshot, Queries projected, int classes, Accuracy accuracy) {
        Ranges ranges = Ranges.of(workers, Math.toIntExact(snapshot.rows()));
        List<ScoreEstimates> estimates = new ArrayList<>();
        try {
            for (int i = 0; i < ranges.count(); i++) {
                List<Keys> parts = snapshot.range(ranges.first(i), ranges.first(i + 1));
                estimates.add(new ScoreEstimates(projected, parts, classes, accuracy.theta(), accuracy.negligible()));
            }
            workers.forEach(ranges.count(), (i, workspace) -> estimates.get(i).compute(workspace));
            return estimates;
        } catch (RuntimeException | Error e) {
            estimates.forEach(ScoreEstimates::close);
            throw e;
        }
    }

    private static void accept(EstimatedQuery.Estimate estimate, int query, Answer answer) {
        answer.listed[query] = estimate.listed();
        answer.read[query] = estimate.read();
        if (estimate.halfWidth() == Double.POSITIVE_INFINITY) {
            return;
        }
        double[] p = estimate.probabilities();
        for (int c = 0; c < p.length; c++) {
            answer.probabilities[query * p.length + c] = (float) p[c];
        }
        answer.best[query] = Mixture.best(p);
        answer.halfWidths[query] = estimate.halfWidth();
    }

    private void plain(Request request, int[] chosen, float theta, Answer answer) {
        if (chosen.length == 0) {
            return;
        }
        int dim = request.dim();
        int classes = request.columns().count();
        FloatBuffer rows = request.rows();
        FloatBuffer gathered = FloatBuffer.allocate(chosen.length * dim);
        for (int query : chosen) {
            gathered.put(rows.slice(rows.position() + query * dim, dim));
        }
        Request asked =
                new Request(request.engine(), request.keys(), new long[0], request.columns(), gathered.flip(), dim);
        float[] values = scan.normalizedSums(asked, new float[] {theta}).get(0).values();
        for (int i = 0; i < chosen.length; i++) {
            float[] p = Arrays.copyOfRange(values, i * classes, (i + 1) * classes);
            System.arraycopy(p, 0, answer.probabilities, chosen[i] * classes, classes);
            answer.best[chosen[i]] = Mixture.best(p);
            answer.halfWidths[chosen[i]] = 0;
            answer.read[chosen[i]] = request.keys().size();
        }
    }
}
