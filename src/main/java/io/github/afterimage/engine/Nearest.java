package io.github.afterimage.engine;

import io.github.afterimage.store.Memory;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.LongPointer;

/**
 * The best keys of each query so far: scores {@code (batch, k)} descending, equal scores by ascending row, and their
 * rows in the snapshot; places that are not taken hold -infinity and -1.
 */
final class Nearest implements AutoCloseable {
    private final int batch;
    private final int k;
    /** The rows, then the scores. */
    private final Memory memory;

    private final long scoresOffset;

    Nearest(int batch, int k) {
        this.batch = batch;
        this.k = k;
        scoresOffset = Math.multiplyExact((long) batch * k, Long.BYTES);
        memory = Memory.allocate(Math.addExact(scoresOffset, (long) batch * k * Float.BYTES));
        for (int query = 0; query < batch; query++) {
            for (int place = 0; place < k; place++) {
                scores(query).put(place, Float.NEGATIVE_INFINITY);
                rows(query).put(place, -1);
            }
        }
    }

    int batch() {
        return batch;
    }

    int k() {
        return k;
    }

    FloatPointer scoresPointer() {
        return memory.floats(scoresOffset);
    }

    LongPointer rowsPointer() {
        return memory.longs(0);
    }

    /** All scores: (batch, k). */
    FloatBuffer scores() {
        return memory.buffer(scoresOffset, batch * k * Float.BYTES).asFloatBuffer();
    }

    /** All rows: (batch, k). */
    LongBuffer rows() {
        return memory.buffer(0, batch * k * Long.BYTES).asLongBuffer();
    }

    FloatBuffer scores(int query) {
        return memory.buffer(scoresOffset + (long) query * k * Float.BYTES, k * Float.BYTES)
                .asFloatBuffer();
    }

    LongBuffer rows(int query) {
        return memory.buffer((long) query * k * Long.BYTES, k * Long.BYTES).asLongBuffer();
    }

    /** Takes a key in if it is among the best; rows come in ascending order. */
    void offer(int query, float score, long row) {
        FloatBuffer best = scores(query);
        if (!(score > best.get(k - 1))) {
            return;
        }
        LongBuffer bestRows = rows(query);
        int place = k - 1;
        for (; place > 0 && score > best.get(place - 1); place--) {
            best.put(place, best.get(place - 1));
            bestRows.put(place, bestRows.get(place - 1));
        }
        best.put(place, score);
        bestRows.put(place, row);
    }

    /** Takes in the best of later rows. */
    void merge(Nearest later) {
        for (int query = 0; query < batch; query++) {
            FloatBuffer best = later.scores(query);
            LongBuffer bestRows = later.rows(query);
            for (int place = 0; place < k && bestRows.get(place) >= 0; place++) {
                offer(query, best.get(place), bestRows.get(place));
            }
        }
    }

    @Override
    public void close() {
        memory.close();
    }
}
