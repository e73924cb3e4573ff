package io.github.afterimage.engine;

import io.github.afterimage.binding.Native;
import io.github.afterimage.platform.NativeMemory;
import io.github.afterimage.store.Keys;
import io.github.afterimage.store.Snapshot;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;

/** Bounds of every score of some queries, computed from the screen: centers and radii, both {@code (batch, rows)} float32. */
final class ScoreBounds implements AutoCloseable {
    /** Bytes of a row for each query. */
    static final int ROW_BYTES = 2 * Float.BYTES;

    /** Label of a removed key, which has no effect. */
    static final int REMOVED = -1;

    private static final int CHUNK = 1024;
    /** Maximum rows of a view: their bounds fit into a buffer of 1 GiB. */
    private static final long MAX_VIEW = 1L << 28;

    private final Snapshot snapshot;
    private final int batch;
    private final long rows;
    /** The centers, then the radii. */
    private final NativeMemory memory;

    ScoreBounds(Snapshot snapshot, int batch) {
        this.snapshot = snapshot;
        this.batch = batch;
        rows = snapshot.rows();
        memory = NativeMemory.allocateScratch(Math.multiplyExact(batch * rows, ROW_BYTES));
    }

    /** Number of rows, including removed keys. */
    long rows() {
        return rows;
    }

    private long centersOffset(int query, long row) {
        return (query * rows + row) * Float.BYTES;
    }

    private long radiiOffset(int query, long row) {
        return centersOffset(batch + query, row);
    }

    /** Adds these keys; other threads may add others at the same time. */
    void add(Keys keys, Queries queries, Workspace workspace) {
        workspace.check(Native.afterimage_screen_scores(
                keys.screen(),
                keys.screenRow(),
                keys.count(),
                workspace.nativeQueries(queries),
                workspace
                        .scratch(Native.afterimage_screen_workspace_bytes(batch, queries.dim()))
                        .at(0),
                rows,
                memory.floats(centersOffset(0, keys.firstRow())),
                memory.floats(radiiOffset(0, keys.firstRow())),
                workspace.cancelled()));
    }

    /** The bounds of some consecutive rows for one query. */
    static final class Chunk {
        long firstRow;
        int count;
        /** The label of each row, or {@link #REMOVED}. */
        final int[] labels = new int[CHUNK];

        final float[] weights = new float[CHUNK];
        final float[] centers = new float[CHUNK];
        final float[] radii = new float[CHUNK];
    }

    /** Receives the rows of a query chunk by chunk. */
    interface Visitor {
        void visit(Chunk chunk);
    }

    /** Visits all rows of a query in their order; reuses the chunk. */
    void forEach(int query, Chunk chunk, Workspace workspace, Visitor visitor) {
        for (Keys part : snapshot.range(0, rows)) {
            for (long first = 0; first < part.count(); first += MAX_VIEW) {
                Keys keys = part.slice(first, Math.min(MAX_VIEW, part.count() - first));
                int count = (int) keys.count();
                IntBuffer labels = keys.labelBytes(0, count).asIntBuffer();
                FloatBuffer centers = floats(centersOffset(query, keys.firstRow()), count);
                FloatBuffer radii = floats(radiiOffset(query, keys.firstRow()), count);
                for (int row = 0; row < count; row += CHUNK) {
                    workspace.checkCancelled();
                    chunk.firstRow = keys.firstRow() + row;
                    chunk.count = Math.min(CHUNK, count - row);
                    labels.get(row, chunk.labels, 0, chunk.count);
                    for (int i = 0; i < chunk.count; i++) {
                        chunk.weights[i] = keys.weight(row + i);
                    }
                    centers.get(row, chunk.centers, 0, chunk.count);
                    radii.get(row, chunk.radii, 0, chunk.count);
                    if (keys.hasRemovals()) {
                        markRemoved(keys, row, chunk);
                    }
                    visitor.visit(chunk);
                }
            }
        }
    }

    private static void markRemoved(Keys keys, int row, Chunk chunk) {
        for (int i = 0; i < chunk.count; i++) {
            if (keys.isRemoved(row + i)) {
                chunk.labels[i] = REMOVED;
            }
        }
    }

    private FloatBuffer floats(long offset, int count) {
        return memory.buffer(offset, count * Float.BYTES).asFloatBuffer();
    }

    @Override
    public void close() {
        memory.close();
    }
}
