package io.github.afterimage.engine;

import io.github.afterimage.binding.Native;
import io.github.afterimage.binding.NativeEstimates;
import io.github.afterimage.binding.NativeListedKeys;
import io.github.afterimage.keys.Keys;
import io.github.afterimage.platform.NativeMemory;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.List;
import java.util.Objects;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Loader;
import org.jspecify.annotations.Nullable;

/** Estimated terms of the keys that count, for some queries, from one pass over a sketch of keys, and their sums by class. */
final class ScoreEstimates implements AutoCloseable {
    private static final int LISTED_KEYS = Native.AFTERIMAGE_LISTED_KEYS;
    private static final int BLOCK_BYTES = Loader.sizeof(NativeListedKeys.class);

    private static final int STRUCT_BYTES = 128;

    private final Queries projected;
    private final List<Keys> parts;
    private final int classes;
    private final NativeMemory memory;
    private final FloatBuffer references;
    private final DoubleBuffer sums;
    private final LongBuffer counts;
    private final long blocksOffset;
    /** Blocks of a query. */
    private final long places;

    /**
     * Allocates memory. The estimates are made by {@link #compute}.
     *
     * @param projected the queries, mapped as the sketch maps keys; they may leave out rows
     * @param parts rows that follow each other
     * @param cutoffs for each query; null if all keys count
     */
    ScoreEstimates(Queries projected, List<Keys> parts, int classes, float theta, @Nullable FloatPointer cutoffs) {
        this.projected = projected;
        this.parts = parts;
        this.classes = classes;
        int batch = projected.batch();
        long keys = parts.stream().mapToLong(Keys::count).sum();
        places = keys / LISTED_KEYS + parts.size();
        int sumBytes = Math.multiplyExact(batch, classes * Double.BYTES);
        long countsOffset = STRUCT_BYTES + (long) sumBytes;
        blocksOffset = countsOffset + (long) batch * Long.BYTES;
        long referencesOffset = blocksOffset + batch * places * BLOCK_BYTES;
        long leftOutOffset = referencesOffset + (long) batch * Float.BYTES;
        int[] leftOut = projected.leftOut();
        memory = NativeMemory.reuseScratch(leftOutOffset + (long) leftOut.length * Integer.BYTES);
        if (leftOut.length > 0) {
            memory.buffer(leftOutOffset, batch * Integer.BYTES).asIntBuffer().put(leftOut);
        }
        sums = memory.buffer(STRUCT_BYTES, sumBytes).asDoubleBuffer();
        counts = memory.buffer(countsOffset, batch * Long.BYTES).asLongBuffer();
        references = memory.buffer(referencesOffset, batch * Float.BYTES).asFloatBuffer();
        sums.put(0, new double[sums.capacity()]);
        for (int query = 0; query < batch; query++) {
            counts.put(query, 0);
            references.put(query, Float.NEGATIVE_INFINITY);
        }
        toNative()
                .theta(theta)
                .cutoffs(cutoffs)
                .left_out(leftOut.length > 0 ? memory.ints(leftOutOffset) : null)
                .classes(classes)
                .references(memory.floats(referencesOffset))
                .sums(memory.doubles(STRUCT_BYTES))
                .blocks(new NativeListedKeys(memory.at(blocksOffset)))
                .counts(memory.longs(countsOffset))
                .places(places);
    }

    /** Returns the bytes for one query. */
    static long bytes(long keys) {
        return (keys / LISTED_KEYS + 1) * BLOCK_BYTES;
    }

    private NativeEstimates toNative() {
        return new NativeEstimates(memory.at(0));
    }

    /** Estimates the terms of all parts; call it once, before the methods below. */
    void compute(Workspace workspace) {
        for (Keys keys : parts) {
            long bytes = Native.afterimage_sketch_estimates_bytes(projected.batch(), projected.dim());
            workspace.check(Native.afterimage_sketch_estimates(
                    Objects.requireNonNull(keys.sketch()),
                    keys.segmentRow(),
                    workspace.nativeKeys(keys),
                    keys.firstRow(),
                    workspace.nativeQueries(projected),
                    workspace.scratch(bytes).at(0),
                    toNative(),
                    workspace.cancelled()));
        }
    }

    /** Returns the number of keys that count. */
    long listed(int query) {
        long listed = 0;
        long blocks = counts.get(query);
        for (long i = 0; i < blocks; i++) {
            listed += block(query, i).count();
        }
        return listed;
    }

    private NativeListedKeys block(int query, long i) {
        return new NativeListedKeys(memory.at(blocksOffset + (query * places + i) * BLOCK_BYTES));
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
        double[] ofQuery = new double[classes];
        sums.get(query * classes, ofQuery);
        for (int c = 0; c < classes; c++) {
            target[c] += ofQuery[c] * factor;
        }
    }

    /** Adds these keys to a draw. */
    void addTo(int query, DrawnKeys draw) {
        draw.add(toNative(), query);
    }

    @Override
    public void close() {
        memory.close();
    }
}
