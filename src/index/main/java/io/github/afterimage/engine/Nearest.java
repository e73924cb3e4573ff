package io.github.afterimage.engine;

import io.github.afterimage.keys.Keys;
import io.github.afterimage.platform.NativeMemory;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.List;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.LongPointer;

/**
 * The best keys of each query so far: scores and rows in the snapshot, both {@code (batch, k)}. A key is better if its score
 * is greater, or equal and its row lower. Empty places hold -infinity and -1.
 *
 * <p>While keys are offered, the places of a query are a binary heap with the worst key in place 0, so inserting a better one
 * takes O(log k). {@link #sort} puts the best key first, as {@link #merge} requires.
 */
public final class Nearest implements Result<Nearest> {
    /** Bytes of a place. */
    static final int PLACE_BYTES = Long.BYTES + Float.BYTES;

    /** Places that are sorted or merged between two checks for cancellation: less than a millisecond. */
    private static final int STEP = 1 << 12;

    private final int batch;
    private final int k;
    /** The rows, then the scores. */
    private final NativeMemory memory;

    private final long scoresOffset;
    private final FloatBuffer scores;
    private final LongBuffer rows;

    Nearest(int batch, int k) {
        this.batch = batch;
        this.k = k;
        int places = Math.multiplyExact(batch, k);
        scoresOffset = (long) places * Long.BYTES;
        memory = NativeMemory.allocateScratch((long) places * PLACE_BYTES);
        scores = memory.buffer(scoresOffset, Math.multiplyExact(places, Float.BYTES))
                .asFloatBuffer();
        rows = memory.buffer(0, Math.multiplyExact(places, Long.BYTES)).asLongBuffer();
        for (int place = 0; place < places; place++) {
            scores.put(place, Float.NEGATIVE_INFINITY);
            rows.put(place, -1);
        }
    }

    @Override
    public Nearest empty() {
        return new Nearest(batch, k);
    }

    @Override
    public void add(List<Keys> keys, KeyEngine engine, Queries queries, Workspace workspace) {
        engine.nearest(keys, queries, this, workspace);
        sort(() -> {
            workspace.checkCancelled();
            Workers.checkInterrupted();
        });
    }

    int batch() {
        return batch;
    }

    public int k() {
        return k;
    }

    FloatPointer scoresPointer() {
        return memory.floats(scoresOffset);
    }

    LongPointer rowsPointer() {
        return memory.longs(0);
    }

    /** All scores: (batch, k). */
    public FloatBuffer scores() {
        return scores.duplicate();
    }

    /** All rows: (batch, k). */
    public LongBuffer rows() {
        return rows.duplicate();
    }

    /** Inserts a key if it is among the best. */
    void offer(int query, float score, long row) {
        int first = query * k;
        if (better(score, row, scores.get(first), rows.get(first))) {
            sink(first, 0, k, score, row);
        }
    }

    /**
     * Sorts the keys of each query, best first, from any order.
     *
     * @param checkStop called repeatedly; an exception of it ends the call
     */
    void sort(Runnable checkStop) {
        for (int first = 0; first < batch * k; first += k) {
            for (int place = k / 2 - 1; place >= 0; place--) {
                sink(first, place, k, scores.get(first + place), rows.get(first + place));
            }
            for (int last = k - 1; last > 0; last--) {
                if (last % STEP == 0) {
                    checkStop.run();
                }
                float score = scores.get(first + last);
                long row = rows.get(first + last);
                scores.put(first + last, scores.get(first));
                rows.put(first + last, rows.get(first));
                sink(first, 0, last, score, row);
            }
        }
    }

    /** Puts a key into {@code place} of a heap, or below it; all others below it are in order. */
    private void sink(int first, int place, int count, float score, long row) {
        int to = place;
        for (int child = 2 * to + 1; child < count; child = 2 * to + 1) {
            if (child + 1 < count && better(first + child, first + child + 1)) {
                child++;
            }
            float childScore = scores.get(first + child);
            long childRow = rows.get(first + child);
            if (!better(score, row, childScore, childRow)) {
                break;
            }
            scores.put(first + to, childScore);
            rows.put(first + to, childRow);
            to = child;
        }
        scores.put(first + to, score);
        rows.put(first + to, row);
    }

    private boolean better(int place, int other) {
        return better(scores.get(place), rows.get(place), scores.get(other), rows.get(other));
    }

    private static boolean better(float score, long row, float otherScore, long otherRow) {
        return score != otherScore ? score > otherScore : Long.compareUnsigned(row, otherRow) < 0;
    }

    /**
     * Merges the best of other keys; both are sorted, and so is the result.
     *
     * @throws java.util.concurrent.CancellationException if the caller is interrupted
     */
    @Override
    public void merge(Nearest other) {
        float[] bestScores = new float[k];
        long[] bestRows = new long[k];
        for (int first = 0; first < batch * k; first += k) {
            int mine = first;
            int others = first;
            for (int place = 0; place < k; place++) {
                if (place % STEP == 0) {
                    Workers.checkInterrupted();
                }
                boolean takeOther =
                        better(other.scores.get(others), other.rows.get(others), scores.get(mine), rows.get(mine));
                Nearest source = takeOther ? other : this;
                int from = takeOther ? others++ : mine++;
                bestScores[place] = source.scores.get(from);
                bestRows[place] = source.rows.get(from);
            }
            scores.put(first, bestScores);
            rows.put(first, bestRows);
        }
    }

    @Override
    public void close() {
        memory.close();
    }
}
