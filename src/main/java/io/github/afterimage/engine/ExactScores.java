package io.github.afterimage.engine;

import io.github.afterimage.binding.Native;
import io.github.afterimage.store.Keys;
import io.github.afterimage.store.Memory;
import io.github.afterimage.store.Snapshot;
import java.util.List;
import org.bytedeco.javacpp.FloatPointer;

/** Scores of one query with chosen keys in double precision. Of one thread. */
final class ExactScores implements AutoCloseable {
    private static final int MOST_ROWS = 4096;

    private final List<Keys> parts;
    private final FloatPointer query;
    private final Workspace workspace;
    private final Memory places = Memory.allocate((long) MOST_ROWS * Long.BYTES);
    private final Memory scores = Memory.allocate((long) MOST_ROWS * Double.BYTES);

    ExactScores(Snapshot snapshot, Queries queries, int query, Workspace workspace) {
        this.parts = snapshot.range(0, snapshot.rows());
        this.query = queries.slice(query, 1).rows();
        this.workspace = workspace;
    }

    /** Writes the score of the key in row {@code rows[i]} to {@code target[i]} for every {@code i} in from..to-1. */
    void compute(int[] rows, int from, int to, double[] target) {
        for (Keys part : parts) {
            long end = part.firstRow() + part.count();
            int i = from;
            while (i < to) {
                int[] chosen = new int[Math.min(MOST_ROWS, to - i)];
                int count = 0;
                for (; i < to && count < chosen.length; i++) {
                    if (rows[i] >= part.firstRow() && rows[i] < end) {
                        places.longs(0).put(count, rows[i] - part.firstRow());
                        chosen[count++] = i;
                    }
                }
                workspace.check(Native.afterimage_exact_scores(
                        workspace.nativeKeys(part),
                        query,
                        places.longs(0),
                        count,
                        scores.doubles(0),
                        workspace.cancelled()));
                for (int j = 0; j < count; j++) {
                    target[chosen[j]] = scores.doubles(0).get(j);
                }
            }
        }
    }

    @Override
    public void close() {
        places.close();
        scores.close();
    }
}
