package io.github.afterimage.engine;

import io.github.afterimage.binding.Native;
import io.github.afterimage.keys.Keys;
import io.github.afterimage.platform.NativeMemory;
import java.util.List;
import java.util.Objects;
import org.bytedeco.javacpp.FloatPointer;

/**
 * Estimates of some keys from all parts of an index, which show for each query below which estimate the terms of keys are
 * negligible.
 *
 * <p>Threads: {@link #add} is thread-safe.
 */
final class Survey implements AutoCloseable {
    private final Queries projected;
    private final long surveyed;
    private final long leftOutOffset;
    private final long cutoffsOffset;
    private final NativeMemory memory;

    /**
     * @param projected the queries, mapped as the sketch maps keys; they may leave out rows
     * @param rows number of rows of the snapshot
     */
    Survey(Queries projected, long rows) {
        this.projected = projected;
        int batch = projected.batch();
        int[] leftOut = projected.leftOut();
        surveyed = Native.afterimage_surveyed_keys(rows);
        cutoffsOffset = batch * surveyed * Float.BYTES;
        leftOutOffset = cutoffsOffset + (long) batch * Float.BYTES;
        memory = NativeMemory.reuseScratch(leftOutOffset + (long) leftOut.length * Integer.BYTES);
        if (leftOut.length > 0) {
            memory.buffer(leftOutOffset, batch * Integer.BYTES).asIntBuffer().put(leftOut);
        }
    }

    /** Number of estimates of all queries. */
    long estimates() {
        return projected.batch() * surveyed;
    }

    /** Surveys some rows of the snapshot. */
    void add(List<Keys> parts, Workspace workspace) {
        long bytes = Native.afterimage_sketch_estimates_bytes(projected.batch(), projected.dim());
        for (Keys keys : parts) {
            workspace.check(Native.afterimage_sketch_survey(
                    Objects.requireNonNull(keys.sketch()),
                    keys.segmentRow(),
                    workspace.nativeKeys(keys),
                    keys.firstRow(),
                    workspace.nativeQueries(projected),
                    workspace.scratch(bytes).at(0),
                    projected.leftOut().length > 0 ? memory.ints(leftOutOffset) : null,
                    surveyed,
                    memory.floats(0),
                    workspace.cancelled()));
        }
    }

    /**
     * Returns the estimate for each query below which keys do not count; call it when all rows are surveyed.
     *
     * @param negligible keys whose terms together are about this share of all terms do not count
     */
    FloatPointer cutoffs(float theta, double negligible) {
        FloatPointer cutoffs = memory.floats(cutoffsOffset);
        Native.afterimage_cutoffs(memory.floats(0), projected.batch(), surveyed, theta, (float) negligible, cutoffs);
        return cutoffs;
    }

    @Override
    public void close() {
        memory.close();
    }
}
