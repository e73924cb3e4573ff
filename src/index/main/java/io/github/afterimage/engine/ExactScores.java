package io.github.afterimage.engine;

import io.github.afterimage.binding.Native;
import io.github.afterimage.keys.Keys;
import io.github.afterimage.platform.NativeMemory;
import java.nio.DoubleBuffer;
import java.nio.LongBuffer;
import java.util.List;
import java.util.function.IntToLongFunction;
import org.bytedeco.javacpp.FloatPointer;

/** Computes scores of one query with chosen keys in double precision; for one thread. */
final class ExactScores implements AutoCloseable {
    private static final int MAX_ROWS = 1024;

    private final List<Keys> parts;
    private final FloatPointer query;
    private final Workspace workspace;
    /** The places, then the scores. */
    private final NativeMemory memory = NativeMemory.reuseScratch((long) MAX_ROWS * (Long.BYTES + Double.BYTES));

    private final LongBuffer places = memory.buffer(0, MAX_ROWS * Long.BYTES).asLongBuffer();
    private final DoubleBuffer scores =
            memory.buffer((long) MAX_ROWS * Long.BYTES, MAX_ROWS * Double.BYTES).asDoubleBuffer();
    private final int[] chosen = new int[MAX_ROWS];

    /** @param parts the rows of the snapshot */
    ExactScores(List<Keys> parts, Queries queries, int query, Workspace workspace) {
        this.parts = parts;
        this.query = queries.slice(query, 1).rows();
        this.workspace = workspace;
    }

    /** Receives the scores, and the weights of the keys, in any order. */
    interface Target {
        void accept(int i, double score, float weight);
    }

    /** Computes the score of the key in row {@code rows(i)} for every {@code i} in 0..count-1. */
    void compute(int count, IntToLongFunction rows, Target target) {
        for (int first = 0; first < count; first += MAX_ROWS) {
            int end = Math.min(count, first + MAX_ROWS);
            for (Keys part : parts) {
                if (part.readAhead() != null) {
                    part.readAhead(memory.longs(0), choose(part, first, end, rows));
                }
            }
            for (Keys part : parts) {
                compute(part, choose(part, first, end, rows), target);
            }
        }
    }

    /** Chooses the rows that belong to a part, and returns their number. */
    private int choose(Keys part, int first, int end, IntToLongFunction rows) {
        int count = 0;
        for (int i = first; i < end; i++) {
            long place = rows.applyAsLong(i) - part.firstRow();
            if (place >= 0 && place < part.count()) {
                places.put(count, place);
                chosen[count++] = i;
            }
        }
        return count;
    }

    private void compute(Keys part, int count, Target target) {
        if (count == 0) {
            return;
        }
        workspace.check(Native.afterimage_exact_scores(
                workspace.nativeKeys(part),
                query,
                memory.longs(0),
                count,
                memory.doubles((long) MAX_ROWS * Long.BYTES),
                workspace.cancelled()));
        FloatPointer weights = part.weights();
        for (int j = 0; j < count; j++) {
            float weight = weights == null ? 1 : weights.get(places.get(j));
            target.accept(chosen[j], scores.get(j), weight);
        }
    }

    @Override
    public void close() {
        memory.close();
    }
}
