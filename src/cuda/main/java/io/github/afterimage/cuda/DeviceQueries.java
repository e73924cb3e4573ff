package io.github.afterimage.cuda;

import io.github.afterimage.cuda.CallerMemory.Use;
import io.github.afterimage.engine.Queries;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Queries on the device, for one pass: in float32, and rounded to the type of keys. */
final class DeviceQueries {
    private final CudaStream stream;
    private final CallerMemory memory;
    private final int batch;
    private final int dim;
    private final long rows;
    private final long references;
    private @Nullable RowLayout layout;
    private long rounded;
    private long scales;

    /**
     * Begins a pass: queues the copies of the queries.
     *
     * @param otherBytes bytes of the other blocks that the pass stages
     * @param blocks number of all blocks that the pass stages
     */
    DeviceQueries(CudaStream stream, CallerMemory memory, Queries queries, long otherBytes, int blocks) {
        this.stream = stream;
        this.memory = memory;
        batch = queries.batch();
        dim = queries.dim();
        long rowBytes = (long) batch * dim * Float.BYTES;
        long referenceBytes = (long) batch * Float.BYTES;
        // Maxima are as large as references; at most two more such blocks follow.
        memory.beginStaging(rowBytes + 3 * referenceBytes + otherBytes, blocks);
        rows = memory.upload(Use.QUERIES, queries.rows(), rowBytes, rowBytes);
        references = memory.upload(Use.REFERENCES, queries.references(), referenceBytes, (long) padded() * Float.BYTES);
    }

    /** Rounds the queries to the type of keys, with rows of zeros up to {@link #padded}, unless that was done already. */
    void round(RowLayout keys) {
        if (keys.equals(layout)) {
            return;
        }
        layout = keys;
        rounded = memory.device(Use.ROUNDED_QUERIES, keys.bytes(padded())).at(0);
        scales = keys.type().scaled()
                ? memory.device(Use.QUERY_SCALES, (long) padded() * Float.BYTES).at(0)
                : 0;
        stream.arguments()
                .putLong(rows)
                .putLong(rounded)
                .putLong(scales)
                .putLong(keys.pitch())
                .putInt(batch)
                .putInt(dim)
                .putInt(keys.type().code());
        stream.launch(Kernel.ROUND_ROWS, padded(), 1, 1);
    }

    int batch() {
        return batch;
    }

    /** The batch in whole blocks of the fused kernel. */
    int padded() {
        return TilePlan.rounded(batch);
    }

    /** Device address of the rounded rows. */
    long rounded() {
        return rounded;
    }

    /** Device address of {@code (padded)} references; those behind the batch are 0. */
    long references() {
        return references;
    }

    /**
     * Queues the kernel that turns the scores of a tile into weights.
     *
     * @param coefficients device address of {@code (batch, classes)}
     */
    void weigh(
            Gemm.Scores scores,
            long keyScales,
            DeviceTables tables,
            int tile,
            int count,
            long coefficients,
            int classes,
            float theta) {
        Kernel kernel = Kernel.GRADIENT_WEIGHTS;
        putScores(scores, keyScales)
                .putLong(scores.address())
                .putLong(tables.labels(tile))
                .putLong(references)
                .putLong(coefficients)
                .putInt(count)
                .putInt(classes)
                .putFloat(theta);
        stream.launch(kernel, (count + kernel.threads - 1) / kernel.threads, batch, 1);
    }

    /** Begins a launch's arguments with the struct Scores, as three kernels do. */
    ByteBuffer putScores(Gemm.Scores scores, long keyScales) {
        return stream.arguments()
                .putLong(scores.address())
                .putLong(keyScales)
                .putLong(scales)
                .putLong(scores.stride());
    }
}
