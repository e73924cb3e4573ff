package io.github.afterimage.engine;

import io.github.afterimage.store.Snapshot;
import java.nio.FloatBuffer;

/**
 * A batch of queries for one engine over the keys of one moment.
 *
 * @param snapshot at least one key; the caller keeps it open until the answer is there
 * @param classes number of classes that labels are of
 * @param rows queries {@code (batch, dim)} float32 row-major, from the buffer's position to its limit; not changed
 */
public record Request(Engine engine, Snapshot snapshot, int classes, FloatBuffer rows, int dim) {
    /** Bounds the result that each worker keeps: 32 MiB, and eight times as much if each block reads the keys from the disk. */
    private static final long MAX_RESULT_BYTES = 32L << 20;

    private static final int DISK_FACTOR = 8;

    /** Number of queries. */
    public int batch() {
        return rows.remaining() / dim;
    }

    /** Copies {@code count} queries to native memory and scales them to unit norm. */
    Queries queries(int first, int count) {
        return Queries.of(rows, first, count, dim);
    }

    /**
     * Maximum number of queries that share a pass over the keys.
     *
     * @param bytesPerQuery of the result that each worker keeps
     * @param least the maximum is at least this
     */
    int largestBlock(long bytesPerQuery, int least) {
        boolean fromDisk = snapshot.readsFromDisk();
        long fit = (fromDisk ? DISK_FACTOR : 1) * MAX_RESULT_BYTES / bytesPerQuery;
        return (int) Math.max(least, Math.min(engine.largestBlock(dim, fromDisk), fit));
    }
}
