package io.github.afterimage.engine;

import io.github.afterimage.binding.Native;
import io.github.afterimage.keys.Keys;
import io.github.afterimage.platform.NativeMemory;
import java.nio.DoubleBuffer;
import java.nio.LongBuffer;
import java.util.List;
import org.bytedeco.javacpp.FloatPointer;

/** Scores of one query with chosen keys, in double precision. */
final class ExactScores {
    /** Receives the score of the key in {@code rows[i]}, and its weight. */
    interface Target {
        void accept(int i, double score, float weight);
    }

    private ExactScores() {}

    /**
     * Computes scores.
     *
     * @param parts the rows of the snapshot
     * @param query one row
     * @param rows in ascending order
     */
    static void compute(List<Keys> parts, Queries query, int[] rows, Workspace workspace, Target target) {
        if (rows.length == 0) {
            return;
        }
        int bytes = Math.multiplyExact(rows.length, Long.BYTES);
        try (NativeMemory memory = NativeMemory.reuseScratch(2L * bytes)) {
            LongBuffer places = memory.buffer(0, bytes).asLongBuffer();
            DoubleBuffer scores = memory.buffer(bytes, bytes).asDoubleBuffer();
            int[] ends = new int[parts.size()];
            int end = 0;
            for (int i = 0; i < ends.length; i++) {
                Keys part = parts.get(i);
                int first = end;
                for (; end < rows.length && rows[end] < part.firstRow() + part.count(); end++) {
                    places.put(end, rows[end] - part.firstRow());
                }
                ends[i] = end;
                if (part.readAhead() != null) { // the keys of all parts are read from the disk at once
                    part.readAhead(memory.longs((long) first * Long.BYTES), end - first);
                }
            }
            int first = 0;
            for (int i = 0; i < ends.length; i++) {
                workspace.check(Native.afterimage_exact_scores(
                        workspace.nativeKeys(parts.get(i)),
                        query.rows(),
                        memory.longs((long) first * Long.BYTES),
                        ends[i] - first,
                        memory.doubles(bytes + (long) first * Double.BYTES),
                        workspace.cancelled()));
                FloatPointer weights = parts.get(i).weights();
                for (; first < ends[i]; first++) {
                    float weight = weights == null ? 1 : weights.get(places.get(first));
                    target.accept(first, scores.get(first), weight);
                }
            }
        }
    }
}
