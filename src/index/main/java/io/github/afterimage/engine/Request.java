package io.github.afterimage.engine;

import io.github.afterimage.keys.ClassMeans;
import io.github.afterimage.keys.QueriedKeys;
import java.nio.FloatBuffer;

/**
 * A batch of queries for one engine over the keys of one moment.
 *
 * @param keys at least one; the caller keeps their snapshot open until the answer is there
 * @param rows queries {@code (batch, dim)} float32 row-major, from the buffer's position to its limit; not changed
 */
public record Request(KeyEngine engine, QueriedKeys keys, int classes, FloatBuffer rows, int dim) {
    /** Bounds the result that each worker keeps: 32 MiB, and eight times as much if each block reads the keys from the disk. */
    private static final long MAX_RESULT_BYTES = 32L << 20;

    private static final int DISK_FACTOR = 8;

    /** Fewer queries would not fill the vectors of a product. */
    private static final int LEAST_SHARE = 16;

    /** Number of queries. */
    public int batch() {
        return rows.remaining() / dim;
    }

    /** Copies {@code count} queries to native memory and scales them to unit norm. */
    Queries queries(int first, int count) {
        return Queries.of(rows, first, count, dim);
    }

    /** Returns the products of the queries and the directions of the classes, before they are computed. */
    ClassDirections directions(Workers workers, ClassMeans means) {
        return new ClassDirections(
                workers,
                batch(),
                classes,
                engine.multipliesWithBlas(),
                means,
                new float[Math.multiplyExact(batch(), classes)]);
    }

    /**
     * Returns whether workers share the queries, each with all keys, instead of the keys: the sums take more memory than the keys
     * as float32, and each worker would have to make all of them.
     */
    boolean sharesQueries(int thetas, int threads) {
        long sums = (long) thetas * batch() * classes * Double.BYTES;
        return threads > 1
                && engine.tasks(threads) == threads
                && batch() >= LEAST_SHARE * threads
                && sums > keys.snapshot().rows() * dim * Float.BYTES;
    }

    /**
     * Maximum number of queries that share a pass over the keys.
     *
     * @param bytesPerQuery of the result that each worker keeps
     * @param least the maximum is at least this
     */
    int largestBlock(long bytesPerQuery, int least) {
        boolean fromDisk = keys.snapshot().readsFromDisk();
        long fit = (fromDisk ? DISK_FACTOR : 1) * MAX_RESULT_BYTES / bytesPerQuery;
        return (int) Math.max(least, Math.min(engine.largestBlock(dim, fromDisk), fit));
    }
}
