package io.github.afterimage.engine;

import io.github.afterimage.ElementType;
import io.github.afterimage.NotEnoughMemoryException;
import io.github.afterimage.SketchAudit;
import io.github.afterimage.keys.Keys;
import io.github.afterimage.keys.Snapshot;
import io.github.afterimage.scan.QueriedKeys;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * Estimates the class probabilities of queries: a pass over the sketch of the keys estimates every term, then keys are drawn at
 * random, by their estimated terms, and read until the probabilities are known within a tolerance. A query takes the plain pass
 * if {@link SketchCost} says that it is faster, if too many keys would be read, or if memory is refused.
 *
 * <p>Guarantee: all probabilities of a query lie within the half width of the estimates for at least 99 of 100 queries that are
 * like the keys, with a confidence of 99 %; see {@link io.github.afterimage.Answer.Row#halfWidth} for what breaks this. Equal
 * queries draw alike from the same keys.
 *
 * <p>Memory: 16 native bytes for each key that may be drawn, query of a block, and range of rows, at most 64 MiB, or more if one
 * query needs it.
 *
 * <p>Threads: thread-safe, as {@link Scan}.
 */
public final class EstimatedScan {
    private static final System.Logger LOG = System.getLogger(EstimatedScan.class.getName());

    private static final int MAX_BLOCK = 64;
    /** Greatest size of what the queries of a block take. */
    static final long BLOCK_BYTES = 64L << 20;
    /** A smaller tolerance would take nearly all keys. */
    private static final double MIN_TOLERANCE = 1e-4;
    /** Fewer keys are read as fast as they are estimated. */
    private static final int FEW_KEYS = 4096;
    /** Maximum rows that the caller's thread may estimate: some milliseconds. */
    private static final long MAX_OF_CALLER = 1L << 21;
    /** Rows of the ranges that threads share, if they are not more than {@link #MAX_RANGES}. */
    private static final long RANGE = 1 << 15;

    private static final int MAX_RANGES = 32;
    /** Size of the first draw of a query, before the samples of other queries are known. */
    private static final double FIRST_DRAW = 4096;

    private static final double LEAST_DRAW = 1024;
    private static final double GREATEST_DRAW = 1 << 15;
    private static final double DRAWN_FOR_ONE_READ = 3;
    /** The plain pass is faster if more than one key in so many is read. */
    private static final int KEYS_FOR_ONE_READ = 4;

    /**
     * Greatest standard deviation of θ (score − estimate): above it, a few keys of great terms decide, and draws may miss them.
     */
    private static final double MAX_SPREAD = 3;
    /** Maximum factor of half widths; the plain pass is faster beyond it. */
    private static final double MAX_FACTOR = 3;
    /** Keys that are asked as queries, to measure the errors of estimates. The greatest of 459 errors would do, see SketchErrors. */
    private static final int CALIBRATION_QUERIES = 512;
    /** Of the errors of twice as many keys, the three greatest do not decide. */
    private static final int OUTLIERS = 3;
    /** Greatest error of a probability of a pass that does not round queries. */
    private static final double ROUNDING = 2e-5;

    private final Workers workers;
    private final Scan scan;
    private final double auditedShare;
    private final LongAdder estimated = new LongAdder();
    private final LongAdder audited = new LongAdder();
    private final LongAdder missed = new LongAdder();

    /** @param auditedShare share of the estimated answers that are also computed exactly */
    public EstimatedScan(Workers workers, Scan scan, double auditedShare) {
        this.workers = workers;
        this.scan = scan;
        this.auditedShare = auditedShare;
    }

    /**
     * Computes p_mem of equations (1) and (2) approximately.
     *
     * @param request for all keys of a snapshot, every part of which has a sketch; its engine is for the plain pass
     * @param tolerance maximum half width
     */
    public EstimatedAnswer answer(Request request, float theta, double tolerance) {
        EstimatedAnswer answer = EstimatedAnswer.open(request.batch(), request.columns());
        Snapshot snapshot = request.keys().snapshot();
        if (snapshot.size() >= FEW_KEYS && tolerance >= MIN_TOLERANCE) {
            try {
                estimateIfItPays(request, theta, tolerance, answer);
            } catch (NotEnoughMemoryException e) { // the plain pass takes less
                LOG.log(System.Logger.Level.DEBUG, () -> "memory for estimates is refused: " + e.getMessage());
            }
        }
        int[] open = answer.unanswered();
        if (open.length > 0) {
            Request left = open.length == request.batch() ? request : request.only(open);
            answer.put(open, plain(left, theta), snapshot.size());
        }
        return answer;
    }

    /** Returns the counts of estimated and audited answers. */
    public SketchAudit audits() {
        long beyond = missed.sum(); // in this order, so that missed <= audited <= estimated
        long compared = audited.sum();
        return new SketchAudit(estimated.sum(), compared, beyond);
    }

    private void estimateIfItPays(Request request, float theta, double tolerance, EstimatedAnswer answer) {
        Snapshot snapshot = request.keys().snapshot();
        Sketch sketch = Sketch.of(snapshot);
        ElementType type = snapshot.key(0).type();
        SketchCost cost = new SketchCost(
                snapshot.rows(),
                sketch.count() / 4.0 + Short.BYTES,
                request.dim(),
                type.bytes(),
                workers.threads(),
                request.engine().roundsQueriesTo(type));
        int batch = request.batch();
        if (!cost.pays(batch, 0, EstimatedQuery.FIRST_SAMPLE)) {
            return;
        }
        SketchErrors errors = sketch.errors(snapshot, theta, tolerance, () -> calibrate(request, theta, tolerance));
        if (!(theta * errors.spread <= MAX_SPREAD)) {
            return;
        }
        double factor = errors.factor();
        double read = factor * factor * errors.read();
        // Nearly all queries find their samples in the keys that the first pass draws.
        double draw = Math.max(LEAST_DRAW, Math.min(GREATEST_DRAW, DRAWN_FOR_ONE_READ * read));
        Accuracy accuracy = new Accuracy(theta, tolerance, errors, Math.min(factor, MAX_FACTOR), draw);
        if (factor <= MAX_FACTOR && cost.pays(batch, errors.listed(), read)) {
            estimate(request, accuracy, answer);
            errors.addWork(answer, accuracy.factor(), snapshot.size());
            audit(request, accuracy, answer);
        } else { // estimates may be better or take less work by now
            int[] chosen = audited(IntStream.range(0, batch).toArray());
            if (chosen.length > 0) {
                measure(request.only(chosen), accuracy);
            }
        }
    }

    /** Measures errors on some keys, and on more if a few errors would rule out estimates. */
    private SketchErrors calibrate(Request request, float theta, double tolerance) {
        Snapshot snapshot = request.keys().snapshot();
        double spread =
                SketchSpread.measure(workers, snapshot, request.columns().count(), theta);
        SketchErrors errors = new SketchErrors(snapshot.size(), snapshot.lastId(), snapshot.version(), spread);
        if (!(theta * spread <= MAX_SPREAD)) {
            return errors;
        }
        Accuracy unscaled = new Accuracy(theta, tolerance, errors, 1, FIRST_DRAW);
        long[] asked = PresentRows.of(snapshot, CALIBRATION_QUERIES, 0);
        measure(request, unscaled, asked);
        if (errors.factor() > MAX_FACTOR && errors.above(MAX_FACTOR) <= OUTLIERS) {
            long[] more = LongStream.of(PresentRows.of(snapshot, CALIBRATION_QUERIES, 1))
                    .filter(row -> Arrays.binarySearch(asked, row) < 0)
                    .toArray();
            measure(request, unscaled, more);
        }
        return errors;
    }

    /** Estimates the answers for keys, which do not answer themselves, and compares them with exact ones. */
    private void measure(Request request, Accuracy accuracy, long[] rows) {
        Snapshot snapshot = request.keys().snapshot();
        // Each answer has a number for every class, of which there may be millions.
        int largest = (int) Math.max(1, BLOCK_BYTES / ((long) request.columns().count() * Float.BYTES));
        for (int first = 0; first < rows.length; first += largest) {
            long[] block = Arrays.copyOfRange(rows, first, Math.min(rows.length, first + largest));
            long[] ids =
                    LongStream.of(block).map(row -> snapshot.key(row).id(0)).toArray();
            FloatBuffer floats = PresentRows.floats(snapshot, block, request.dim());
            measure(
                    new Request(
                            request.engine(), QueriedKeys.all(snapshot), ids, request.columns(), floats, request.dim()),
                    accuracy);
        }
    }

    /** Estimates answers and compares them with exact ones. */
    private void measure(Request request, Accuracy accuracy) {
        EstimatedAnswer answer = EstimatedAnswer.open(request.batch(), request.columns());
        estimate(request, accuracy, answer);
        accuracy.errors().addWork(answer, accuracy.factor(), request.keys().size());
        addErrors(request, answer, IntStream.range(0, request.batch()).toArray(), accuracy);
    }

    /**
     * Compares chosen answers with exact ones, and adds their errors to the others.
     *
     * @param request for the chosen queries only
     * @return the number of answers beyond their half width
     */
    private long addErrors(Request request, EstimatedAnswer answer, int[] chosen, Accuracy accuracy) {
        NormalizedSums exact = plain(request.precise(), accuracy.theta());
        double[] needed = new double[chosen.length];
        int count = 0;
        long beyond = 0;
        for (int i = 0; i < chosen.length; i++) {
            if (!answer.isOpen(chosen[i])) { // the plain pass answers those, without an error
                double error = Math.max(0, answer.error(chosen[i], exact, i) - ROUNDING);
                double halfWidth = answer.halfWidths()[chosen[i]];
                beyond += error > halfWidth ? 1 : 0;
                needed[count++] = accuracy.neededFactor(error, halfWidth);
            }
        }
        accuracy.errors().add(Arrays.copyOf(needed, count));
        return beyond;
    }

    private int[] audited(int[] queries) {
        return IntStream.of(queries)
                .filter(query -> ThreadLocalRandom.current().nextDouble() < auditedShare)
                .toArray();
    }

    /** Also computes some of the estimated answers exactly. */
    private void audit(Request request, Accuracy accuracy, EstimatedAnswer answer) {
        estimated.add(answer.answered().length);
        int[] chosen = audited(answer.answered());
        if (chosen.length == 0) {
            return;
        }
        double before = accuracy.errors().factor();
        long beyond = addErrors(request.only(chosen), answer, chosen, accuracy);
        audited.add(chosen.length);
        missed.add(beyond);
        double after = accuracy.errors().factor();
        if (after > before) {
            LOG.log(
                    System.Logger.Level.INFO,
                    () -> "an audited estimate at theta " + accuracy.theta() + " and tolerance "
                            + accuracy.tolerance() + " was less exact than its interval says: "
                            + (after > MAX_FACTOR
                                    ? "the plain pass answers for now"
                                    : "intervals become wider by the factor " + (float) (after / before)));
        }
    }

    private void estimate(Request request, Accuracy accuracy, EstimatedAnswer answer) {
        Snapshot snapshot = request.keys().snapshot();
        long rows = snapshot.rows();
        int most = (int) (snapshot.size() / KEYS_FOR_ONE_READ);
        // The caller's thread helps with a single query, unless the keys are many or on a disk.
        boolean few = request.batch() == 1 && !snapshot.readsFromDisk() && rows <= MAX_OF_CALLER;
        List<Keys> parts = snapshot.range(0, rows);
        SketchPass pass = new SketchPass(
                workers, ranges(snapshot), rows, request.columns().count(), accuracy.theta(), few);
        int largest = (int) Math.max(1, Math.min(MAX_BLOCK, BLOCK_BYTES / pass.bytes((int) (2 * accuracy.draw()))));
        QueryMemory.forEachBlock(request.batch(), largest, 1, (first, count) -> {
            try (Queries queries = request.queries(first, count);
                    Queries projected = queries.project(Sketch.of(snapshot))) {
                projected.leaveOut(LongStream.of(request.leftOut(first, count))
                        .mapToInt(id -> (int) snapshot.row(id))
                        .toArray());
                List<EstimatedQuery> open = IntStream.range(0, count)
                        .mapToObj(i -> new EstimatedQuery(queries, i, pass.classes(), most))
                        .toList();
                pass.survey(projected, open, accuracy.negligible(), accuracy.draw());
                while (!open.isEmpty()) {
                    List<EstimatedQuery> asked = open;
                    pass.run(projected, asked);
                    if (few) {
                        asked.get(0).estimate(accuracy, parts, workers::share, answer, first);
                    } else {
                        workers.forEach(asked.size(), (i, workspace) -> {
                            EstimatedQuery query = asked.get(i);
                            query.estimate(accuracy, parts, workspace::run, answer, first + query.number);
                        });
                    }
                    open = EstimatedQuery.open(asked);
                }
            }
        });
    }

    /** The ranges do not depend on the number of threads, so the estimates do not either. */
    private static List<List<Keys>> ranges(Snapshot snapshot) {
        long rows = snapshot.rows();
        long count = Math.min(MAX_RANGES, (rows + RANGE - 1) / RANGE);
        return LongStream.range(0, count)
                .mapToObj(i -> snapshot.range(rows * i / count, rows * (i + 1) / count))
                .toList();
    }

    private NormalizedSums plain(Request request, float theta) {
        return scan.normalizedSums(request, new float[] {theta}).get(0);
    }
}
