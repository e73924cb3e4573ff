package io.github.afterimage.engine;

import io.github.afterimage.binding.Native;
import io.github.afterimage.binding.NativeEstimates;
import io.github.afterimage.platform.NativeMemory;
import io.github.afterimage.store.Keys;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** Estimates of the scores of some keys, for some queries, from one pass over their sketch, and the sums of their terms by class. */
final class ScoreEstimates implements AutoCloseable {
    /** Bytes of a score. */
    static final int BYTES = Float.BYTES;

    private static final int STRUCT_BYTES = 64;

    private final int batch;
    private final int classes;
    private final int places;
    private final NativeMemory memory;
    private final FloatBuffer references;
    private final DoubleBuffer sums;
    private final long scoresOffset;
    private final List<Keys> added = new ArrayList<>();
    private long firstRow;

    /** @param places number of keys to add */
    ScoreEstimates(int batch, int classes, float theta, int places) {
        this.batch = batch;
        this.classes = classes;
        this.places = places;
        int sumBytes = Math.multiplyExact(batch, classes * Double.BYTES);
        long referencesOffset = STRUCT_BYTES + (long) sumBytes;
        scoresOffset = referencesOffset + (long) batch * Float.BYTES;
        memory = NativeMemory.allocateScratch(scoresOffset + (long) batch * places * BYTES);
        sums = memory.buffer(STRUCT_BYTES, sumBytes).asDoubleBuffer();
        references = memory.buffer(referencesOffset, batch * Float.BYTES).asFloatBuffer();
        for (int i = 0; i < sums.capacity(); i++) {
            sums.put(i, 0);
        }
        for (int query = 0; query < batch; query++) {
            references.put(query, Float.NEGATIVE_INFINITY);
        }
        struct().theta(theta)
                .classes(classes)
                .references(memory.floats(referencesOffset))
                .sums(memory.doubles(STRUCT_BYTES))
                .scores(memory.floats(scoresOffset))
                .places(places);
    }

    private NativeEstimates struct() {
        return new NativeEstimates(memory.at(0));
    }

    /**
     * Adds keys that follow those of earlier calls.
     *
     * @param projected the queries, mapped as the sketch maps keys
     */
    void add(Keys keys, Queries projected, Workspace workspace) {
        if (added.isEmpty()) {
            firstRow = keys.firstRow();
        }
        long bytes = Native.afterimage_screen_workspace_bytes(batch, projected.dim());
        workspace.check(Native.afterimage_screen_estimates(
                Objects.requireNonNull(keys.screen()),
                keys.screenRow(),
                workspace.nativeKeys(keys),
                keys.firstRow() - firstRow,
                workspace.nativeQueries(projected),
                workspace.scratch(bytes).at(0),
                struct(),
                workspace.cancelled()));
        added.add(keys);
    }

    /** Returns the greatest estimate; negative infinity without present keys. */
    float reference(int query) {
        return references.get(query);
    }

    /** Adds the sums of the terms relative to another reference, which is not smaller than {@link #reference}, by class. */
    void addTo(int query, float theta, float reference, double[] target) {
        if (reference(query) == Float.NEGATIVE_INFINITY) {
            return;
        }
        double factor = Math.exp(theta * ((double) reference(query) - reference));
        for (int c = 0; c < classes; c++) {
            target[c] += sums.get(query * classes + c) * factor;
        }
    }

    /** Adds these keys to a draw. */
    void addTo(int query, DrawnKeys draw, Workspace workspace) {
        for (Keys keys : added) {
            long place = (long) query * places + keys.firstRow() - firstRow;
            draw.add(keys, memory.floats(scoresOffset + place * BYTES), workspace);
        }
    }

    @Override
    public void close() {
        memory.close();
    }
}
