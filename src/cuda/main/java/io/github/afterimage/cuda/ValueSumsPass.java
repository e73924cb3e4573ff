package io.github.afterimage.cuda;

import io.github.afterimage.ElementType;
import io.github.afterimage.binding.Native;
import io.github.afterimage.cuda.CallerMemory.Use;
import io.github.afterimage.cuda.DeviceTables.Form;
import io.github.afterimage.engine.Partial;
import io.github.afterimage.engine.Queries;
import io.github.afterimage.keys.Keys;
import java.nio.ByteBuffer;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.util.List;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;

/**
 * Computes the sums of values of one call: for each tile its scores, their maxima, and for each theta the terms and their
 * products with the values. Values are in host memory; those of a tile are copied, as float32, while the device waits.
 */
final class ValueSumsPass {
    /** Keys of one product: cuBLAS adds the terms of a product one after another, in float32. */
    private static final int CHUNK = 4096;

    /** One number per key, for the products that add up the terms. */
    private static final RowLayout ONE = new RowLayout(ElementType.FLOAT32, 1, 1, 1);

    private final CudaCaller caller;
    private final CallerMemory memory;
    private final Queries queries;
    private final Partial target;
    private final int width;
    private final RowLayout row;
    private final DeviceQueries uploaded;
    private final long sums;
    private final long totals;
    private final long best;
    private final long bestRows;

    ValueSumsPass(CudaCaller caller, Queries queries, Partial target) {
        this.caller = caller;
        this.queries = queries;
        this.target = target;
        width = target.columns().results();
        memory = caller.memory;
        row = new RowLayout(ElementType.FLOAT32, width, width, width);
        int batch = queries.batch();
        uploaded = new DeviceQueries(caller.compute, memory, queries, sumBytes() + totalBytes(), 6);
        sums = memory.device(Use.SUMS, sumBytes() + totalBytes()).at(0);
        totals = sums + sumBytes();
        caller.compute.fill(sums, (byte) 0, sumBytes() + totalBytes());
        best = memory.device(Use.BEST_SCORES, 2L * batch * Float.BYTES).at(0);
        bestRows = memory.device(Use.BEST_ROWS, 2L * batch * Long.BYTES).at(0);
        caller.compute.fillInts(best, Float.floatToRawIntBits(Float.NEGATIVE_INFINITY), batch);
    }

    private long sumBytes() {
        return totalBytes() * width;
    }

    private long totalBytes() {
        return (long) target.thetas().length * queries.batch() * Float.BYTES;
    }

    void add(List<Keys> parts, Runnable checkCancelled) {
        parts.forEach(keys -> add(keys, checkCancelled));
        ByteBuffer newSums = memory.download(Use.SUMS, sumBytes() + totalBytes());
        ByteBuffer newMaxima = memory.download(Use.BEST_SCORES, (long) queries.batch() * Float.BYTES);
        caller.settle();
        FloatBuffer addends = newSums.asFloatBuffer();
        DoubleBuffer sumsOfTarget = target.sums();
        int rows = target.thetas().length * queries.batch();
        for (int i = 0; i < rows; i++) {
            DoubleBuffer sum = sumsOfTarget.slice(i * (width + 1), width + 1);
            for (int j = 0; j < width; j++) {
                sum.put(j, sum.get(j) + addends.get(i * width + j));
            }
            sum.put(width, sum.get(width) + addends.get(rows * width + i));
        }
        FloatBuffer maxima = newMaxima.asFloatBuffer();
        FloatBuffer maximaOfTarget = target.maxima();
        for (int query = 0; query < queries.batch(); query++) {
            maximaOfTarget.put(query, Math.max(maximaOfTarget.get(query), maxima.get(query)));
        }
    }

    private void add(Keys keys, Runnable checkCancelled) {
        int batch = queries.batch();
        CudaCaller.Part part = caller.part(keys, uploaded, checkCancelled);
        TilePlan plan = caller.plan(batch, Math.max(part.streamedRowBytes(), row.pitchBytes()));
        DeviceTables tables = caller.tableCache.tables(part, Form.LABELS, 0, plan);
        Gemm.Scores scores = Gemm.Scores.of(memory, batch, plan);
        Gemm.Scores terms = new Gemm.Scores(
                memory.device(Use.TERMS, Gemm.Scores.bytes(batch, plan.rows())).at(0), batch, plan.rows());
        long values = memory.device(Use.VALUES, row.bytes(plan.rows())).at(0);
        long ones = memory.device(Use.ONES, ONE.bytes(CHUNK)).at(0);
        caller.compute.fillInts(ones, Float.floatToRawIntBits(1), CHUNK);
        try (PinnedBuffer host = PinnedBuffer.allocate(caller.cuda, row.bytes(plan.rows()))) {
            caller.tiles.forEach(part, plan, checkCancelled, (tile, rows, scales, count) -> {
                long first = (long) tile * plan.rows();
                copyValues(keys.slice(first, count), host, values);
                caller.gemm.scores(rows, count, part.layout(), uploaded.rounded(), scores);
                takeMaxima(scores, scales, tables.labels(tile), count);
                for (int t = 0; t < target.thetas().length; t++) {
                    uploaded.weigh(scores, scales, terms, tables, tile, count, 0, 0, target.thetas()[t]);
                    addProducts(t, terms, values, ones, count);
                }
            });
            caller.settle();
        }
    }

    private void copyValues(Keys tile, PinnedBuffer host, long values) {
        caller.compute.synchronize(); // the device has read the values of the tile before
        long bytes = row.bytes(tile.count());
        Pointer loaded = host.at(0);
        if (tile.values().type() == ElementType.FLOAT32) {
            Pointer.memcpy(loaded, tile.valueRows(), bytes);
        } else {
            Native.afterimage_load(
                    tile.valueRows(),
                    null,
                    tile.count(),
                    width,
                    tile.values().type().code(),
                    new FloatPointer(loaded));
        }
        caller.compute.copyIn(values, loaded, bytes);
    }

    /** Finds the best score of each query. */
    private void takeMaxima(Gemm.Scores scores, long scales, long labels, int count) {
        uploaded.putScores(scores, scales)
                .putLong(labels)
                .putLong(0)
                .putLong(best)
                .putLong(bestRows)
                .putLong(best + (long) queries.batch() * Float.BYTES)
                .putLong(bestRows + (long) queries.batch() * Long.BYTES)
                .putInt(count)
                .putInt(1);
        caller.compute.launch(Kernel.NEAREST, queries.batch(), 1, 1);
    }

    private void addProducts(int t, Gemm.Scores terms, long values, long ones, int count) {
        long ofTheta = (long) t * queries.batch() * Float.BYTES;
        for (int first = 0; first < count; first += CHUNK) {
            int rows = Math.min(CHUNK, count - first);
            Gemm.Scores chunk = terms.after(first);
            caller.gemm.addWeighted(values + row.bytes(first), rows, row, chunk, sums + ofTheta * width);
            caller.gemm.addWeighted(ones, rows, ONE, chunk, totals + ofTheta);
        }
    }
}
