package io.github.afterimage.engine;

import io.github.afterimage.binding.Native;
import io.github.afterimage.binding.NativeBounds;
import io.github.afterimage.binding.NativeScreen;
import io.github.afterimage.platform.NativeMemory;
import io.github.afterimage.store.Keys;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.util.Objects;

/**
 * Bounds of the terms weight · exp(θ (score − reference)) of some keys, for some queries, from one pass over the screen: one by
 * one for candidates, whose terms may be large, and summed by class for all others.
 */
final class ScreenBounds implements AutoCloseable {
    /** Bytes of a candidate: its row, label, weight and two bounds. */
    static final int BYTES = 2 * Integer.BYTES + 3 * Float.BYTES;

    private static final int STRUCT_BYTES = 128;
    /** Maximum error of a sum for each key, and relative to the sum; see {@code native/include/afterimage.h}. */
    private static final double KEY_ERROR = 1e-30;

    private static final double ERROR = 2e-5;
    private static final double ERROR_OF_THETA = 2e-7;

    private final int batch;
    private final int classes;
    private final int places;
    private final double error;
    private final NativeMemory memory;
    private final LongBuffer counts;
    private final FloatBuffer references;
    /** {@code (batch, classes, 2)}: of lower and upper bounds. */
    private final DoubleBuffer sums;

    private final IntBuffer rows;
    private final IntBuffer labels;
    private final FloatBuffer weights;
    /** Bounds of terms after {@link #addTo}. */
    private final FloatBuffer least;

    private final FloatBuffer greatest;
    private long keys;

    /**
     * @param gap keys are candidates if their score may be greater than the best one minus this
     * @param places maximum number of candidates for each query; further ones are summed
     */
    ScreenBounds(int batch, int classes, float theta, float gap, int places) {
        this.batch = batch;
        this.classes = classes;
        this.places = places;
        error = ERROR + ERROR_OF_THETA * theta;
        int sumBytes = Math.multiplyExact(2 * batch, classes * Double.BYTES);
        int listBytes = Math.multiplyExact(batch, places * Integer.BYTES);
        long countsOffset = STRUCT_BYTES + (long) sumBytes;
        long referencesOffset = countsOffset + (long) batch * Long.BYTES;
        long rowsOffset = referencesOffset + (long) batch * Float.BYTES;
        memory = NativeMemory.reuseScratch(rowsOffset + 5L * listBytes);
        sums = memory.buffer(STRUCT_BYTES, sumBytes).asDoubleBuffer();
        counts = memory.buffer(countsOffset, batch * Long.BYTES).asLongBuffer();
        references = memory.buffer(referencesOffset, batch * Float.BYTES).asFloatBuffer();
        rows = memory.buffer(rowsOffset, listBytes).asIntBuffer();
        labels = memory.buffer(rowsOffset + listBytes, listBytes).asIntBuffer();
        weights = memory.buffer(rowsOffset + 2L * listBytes, listBytes).asFloatBuffer();
        least = memory.buffer(rowsOffset + 3L * listBytes, listBytes).asFloatBuffer();
        greatest = memory.buffer(rowsOffset + 4L * listBytes, listBytes).asFloatBuffer();
        for (int i = 0; i < sums.capacity(); i++) {
            sums.put(i, 0);
        }
        for (int query = 0; query < batch; query++) {
            counts.put(query, 0);
            references.put(query, Float.NEGATIVE_INFINITY);
        }
        struct().theta(theta)
                .gap(gap)
                .classes(classes)
                .references(memory.floats(referencesOffset))
                .sums(memory.doubles(STRUCT_BYTES))
                .counts(memory.longs(countsOffset))
                .rows(memory.ints(rowsOffset))
                .labels(memory.ints(rowsOffset + listBytes))
                .weights(memory.floats(rowsOffset + 2L * listBytes))
                .centers(memory.floats(rowsOffset + 3L * listBytes))
                .radii(memory.floats(rowsOffset + 4L * listBytes))
                .places(places);
    }

    private NativeBounds struct() {
        return new NativeBounds(memory.at(0));
    }

    /** Adds keys that follow those of earlier calls. */
    void add(Keys added, Queries queries, Workspace workspace) {
        NativeScreen screen = Objects.requireNonNull(added.screen());
        long bytes = Native.afterimage_screen_bounds_bytes(batch, queries.dim(), screen.bits());
        workspace.check(Native.afterimage_screen_bounds(
                screen,
                added.codeRow(),
                workspace.nativeKeys(added),
                added.firstRow(),
                workspace.nativeQueries(queries),
                workspace.scratch(bytes).at(0),
                struct(),
                workspace.cancelled()));
        keys += added.count();
    }

    /** Returns the greatest lower bound of a score; negative infinity without present keys. */
    float reference(int query) {
        return references.get(query);
    }

    /** Returns the number of candidates. */
    int count(int query) {
        return (int) counts.get(query);
    }

    /**
     * Adds the bounds of all terms relative to another reference, at most once for each query.
     *
     * @param reference not smaller than {@link #reference}
     * @param others receives the sums of all keys but the candidates
     * @param candidates receives the candidates
     */
    void addTo(int query, float theta, float reference, ClassIntervals others, Candidates candidates) {
        if (reference(query) == Float.NEGATIVE_INFINITY) {
            return;
        }
        double factor = Math.exp(theta * ((double) reference(query) - reference));
        for (int c = 0; c < classes; c++) {
            int place = 2 * (query * classes + c);
            others.add(
                    c,
                    lower(sums.get(place), keys * KEY_ERROR) * factor,
                    upper(sums.get(place + 1), keys * KEY_ERROR) * factor);
        }
        Native.afterimage_candidate_terms(struct(), query, reference);
        int end = query * places + count(query);
        for (int place = query * places; place < end; place++) {
            candidates.add(
                    rows.get(place),
                    labels.get(place),
                    weights.get(place),
                    lower(least.get(place), KEY_ERROR),
                    upper(greatest.get(place), KEY_ERROR));
        }
    }

    private double lower(double computed, double missing) {
        return Math.max(0, computed * (1 - error) - missing);
    }

    private double upper(double computed, double missing) {
        return computed * (1 + error) + missing;
    }

    @Override
    public void close() {
        memory.close();
    }
}
