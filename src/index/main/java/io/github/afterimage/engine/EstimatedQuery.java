package io.github.afterimage.engine;

import io.github.afterimage.binding.Native;
import io.github.afterimage.keys.Keys;
import io.github.afterimage.platform.NativeMemory;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.FloatPointer;
import org.jspecify.annotations.Nullable;

/** One query of a batch, for which passes over the sketch draw keys until they suffice for its answer. For one thread at a time. */
final class EstimatedQuery {
    static final int FIRST_SAMPLE = 256;
    /** Size of a draw, as a multiple of the sample that is wanted. */
    private static final double NEXT_DRAW = 4;
    /** A draw has at most so many standard deviations more keys than its size. */
    private static final int DEVIATIONS = 8;

    private static final double LEAST_GROWTH = 1.25;
    private static final double GREATEST_GROWTH = 4;
    /** All keys with a term are in a sample of this size. */
    private static final double GREATEST_SIZE = 1e12;

    private final Queries query;
    final int number;
    private final int most;
    final int seed;
    float cutoff = Float.NEGATIVE_INFINITY;
    Draw draw;
    /** The result of the last pass. */
    DrawnKeys drawn;

    private double size = FIRST_SAMPLE;
    private int read;
    private boolean finished;

    /**
     * @param number of the query in the batch
     * @param most maximum number of keys to draw
     */
    EstimatedQuery(Queries all, int number, int classes, int most) {
        query = all.slice(number, 1);
        this.number = number;
        this.most = most;
        float[] row = new float[query.dim()];
        query.row(0).get(row);
        seed = Arrays.hashCode(row); // equal queries have equal seeds
        draw = new Draw(new float[classes], 0, 0, false);
        drawn = new DrawnKeys(0, new double[classes], 0, false, 0);
    }

    /**
     * A draw of keys by a pass: those whose random numbers are below the rate of their class times their term.
     *
     * @param rates by class: those of a sample of the size 1, from which this makes those of the draw
     * @param reference the score that terms are relative to
     * @param size of a sample that is drawn, about
     * @param sure true if the rates come from sums over all keys, and not from a survey
     */
    record Draw(float[] rates, float reference, double size, boolean sure) {
        Draw {
            rates = rates.clone();
            for (int c = 0; c < rates.length; c++) {
                rates[c] = (float) (size * rates[c]);
            }
        }

        /** Returns the size of the greatest sample that is drawn as a whole. */
        double complete(DrawnKeys drawn, float[] rates, float theta) {
            double least = GREATEST_SIZE;
            for (int c = 0; c < rates.length; c++) {
                least = drawn.sums()[c] > 0 ? Math.min(least, this.rates[c] / (double) rates[c]) : least;
            }
            double complete = least * Math.exp(theta * ((double) drawn.reference() - reference));
            return drawn.complete() ? Math.min(GREATEST_SIZE, complete) : 0;
        }
    }

    /** Returns the number of keys that the draw has at most; a survey may be wrong by a factor. */
    int places() {
        double keys = Math.min(most, draw.sure ? draw.size : 2 * draw.size);
        return (int) (keys + DEVIATIONS * Math.sqrt(keys));
    }

    /** Returns the queries that need another pass. */
    static List<EstimatedQuery> open(List<EstimatedQuery> queries) {
        return queries.stream().filter(query -> !query.finished).toList();
    }

    /**
     * Takes the result of a survey.
     *
     * @param sums about those of the terms relative to the greatest surveyed score; zeros if nothing is known
     */
    void survey(float surveyedCutoff, float greatest, double[] sums, double drawSize) {
        cutoff = surveyedCutoff;
        draw = new Draw(SampledSums.rates(sums), greatest, Math.min(most, drawSize), false);
    }

    /** Reads drawn keys until the half width is within the tolerance; without success, the next pass draws more keys. */
    void estimate(
            Accuracy accuracy,
            List<Keys> parts,
            BiConsumer<Long, Workers.RangeTask> threads,
            EstimatedAnswer answer,
            int place) {
        float theta = accuracy.theta();
        SampledSums sums = new SampledSums(drawn, accuracy.spread());
        double complete = draw.complete(drawn, sums.rates, theta);
        // Keys that are not finite make it NaN; the plain pass names them.
        boolean stuck = draw.sure && drawn.complete() && !(complete >= size);
        double[] terms = new double[drawn.rows().length];
        Arrays.fill(terms, Double.NaN);
        while (size <= complete) {
            int[] sample = sums.sample(size);
            int[] unread =
                    IntStream.of(sample).filter(i -> Double.isNaN(terms[i])).toArray();
            float[] weights = new float[unread.length];
            double[] scores = scores(parts, unread, threads, weights);
            for (int i = 0; i < unread.length; i++) {
                terms[unread[i]] = weights[i] * Math.exp(theta * (scores[i] - drawn.reference()));
            }
            read += unread.length;
            SampledSums.Estimate estimate = sums.estimate(sample, terms, size);
            double halfWidth = accuracy.halfWidth(estimate.halfWidth());
            if (halfWidth <= accuracy.tolerance()) {
                double logMass = Math.log(estimate.total()) + theta * (drawn.reference() - 1.0);
                answer.put(place, estimate.probabilities(), logMass, halfWidth);
                finished = true;
                break;
            }
            // NaN if terms overflow
            double ratio = (halfWidth - accuracy.omitted()) / (accuracy.tolerance() - accuracy.omitted());
            size = halfWidth > 0
                    ? size * Math.min(GREATEST_GROWTH, Math.max(LEAST_GROWTH, ratio * ratio))
                    : Double.POSITIVE_INFINITY;
        }
        boolean tooMany = !drawn.complete() && draw.sure;
        if (stuck || size >= GREATEST_SIZE || tooMany && draw.size < 2 * size) {
            finished = true;
        }
        draw = new Draw(sums.rates, drawn.reference(), (tooMany ? 1.5 : NEXT_DRAW) * size, true);
        answer.work(place, read, drawn.counted());
    }

    /**
     * Keys near a query.
     *
     * @param estimates of their scores
     * @param differences score − estimate
     */
    record NearKeys(double[] estimates, double[] differences) {}

    /** The next pass draws keys by their terms alone. */
    void drawNearKeys(double sizeOfDraw) {
        size = sizeOfDraw;
        float[] rates = new float[drawn.sums().length];
        Arrays.fill(rates, (float) (1 / DoubleStream.of(drawn.sums()).sum()));
        draw = new Draw(rates, drawn.reference(), size, true);
    }

    /**
     * Returns the drawn keys without copies of the query: their difference is nearly that of the query itself, and test images have
     * none; null if the draw has too few places, which ends the query.
     *
     * @param wanted number of keys; a greater draw is needed for them, unless the query is finished
     * @param copy least difference of a copy
     */
    @Nullable
    NearKeys nearKeys(float theta, int wanted, double copy, List<Keys> parts, Workspace workspace) {
        if (!drawn.complete()) {
            finished = true;
            return null;
        }
        int[] all = IntStream.range(0, drawn.rows().length).toArray();
        float[] weights = new float[all.length];
        double[] differences = scores(parts, all, workspace::run, weights);
        double[] near = new double[all.length];
        for (int i = 0; i < all.length; i++) {
            near[i] = drawn.reference() + Math.log(drawn.terms()[i] / weights[i]) / theta;
            differences[i] -= near[i];
        }
        int[] others = IntStream.of(all).filter(i -> differences[i] <= copy).toArray();
        finished = others.length >= wanted || size >= GREATEST_SIZE;
        return new NearKeys(
                IntStream.of(others).mapToDouble(i -> near[i]).toArray(),
                IntStream.of(others).mapToDouble(i -> differences[i]).toArray());
    }

    /**
     * Returns the exact scores of drawn keys.
     *
     * @param chosen their places, ascending
     * @param threads runs a task for ranges of keys, in this thread or several
     * @param weights receives those of the keys
     */
    private double[] scores(
            List<Keys> parts, int[] chosen, BiConsumer<Long, Workers.RangeTask> threads, float[] weights) {
        int[] rows = IntStream.of(chosen).map(i -> drawn.rows()[i]).toArray();
        int bytes = Math.multiplyExact(rows.length + 1, Long.BYTES);
        try (NativeMemory memory = NativeMemory.reuseScratch(2L * bytes)) {
            LongBuffer places = memory.buffer(0, bytes).asLongBuffer();
            int[] ends = new int[parts.size()];
            int end = 0;
            for (int i = 0; i < ends.length; i++) {
                Keys part = parts.get(i);
                FloatPointer ofPart = part.weights();
                int first = end;
                for (; end < rows.length && rows[end] < part.firstRow() + part.count(); end++) {
                    places.put(end, rows[end] - part.firstRow());
                    weights[end] = ofPart == null ? 1 : ofPart.get(places.get(end));
                }
                ends[i] = end;
                if (part.readAhead() != null) { // the keys of all parts are read from the disk at once
                    part.readAhead(memory.longs((long) first * Long.BYTES), end - first);
                }
            }
            threads.accept((long) rows.length, (from, to, workspace) -> {
                long row = from;
                for (int i = 0; row < to; i++) {
                    long count = Math.min(to, ends[i]) - row;
                    if (count > 0) {
                        workspace.check(Native.afterimage_exact_scores(
                                workspace.nativeKeys(parts.get(i)),
                                query.rows(),
                                memory.longs(row * Long.BYTES),
                                count,
                                memory.doubles(bytes + row * Double.BYTES),
                                workspace.cancelled()));
                        row += count;
                    }
                }
            });
            double[] scores = new double[rows.length];
            memory.buffer(bytes, bytes).asDoubleBuffer().get(scores);
            return scores;
        }
    }

    /** Returns the part of the squared norm of a query that its components do not keep. */
    static double lost(Queries projected, int number) {
        FloatBuffer kept = projected.row(number);
        double squares = 0;
        for (int i = 0; i < kept.capacity(); i++) {
            squares += (double) kept.get(i) * kept.get(i);
        }
        return Math.max(0, 1 - squares);
    }
}
