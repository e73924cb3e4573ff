package io.github.afterimage.cuda;

import io.github.afterimage.cuda.CallerMemory.Use;
import io.github.afterimage.cuda.DeviceTables.Form;
import io.github.afterimage.engine.Partial;
import io.github.afterimage.engine.Queries;
import io.github.afterimage.keys.Keys;
import io.github.afterimage.settings.ElementType;
import java.nio.ByteBuffer;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.List;

/** Computes the class sums of one call. */
final class ClassSumsPass {
    /** Keys of a block of the fused kernel. */
    private static final int FUSED_KEYS = 256;
    /** Maximum bytes of the sums of several pieces, which take at most 32 KiB for each theta. */
    private static final long MAX_PIECE_BYTES = 32L << 20;
    /** The bits of -infinity as kernels order them, see {@code ordered} in native/cuda/device.h. */
    private static final int ORDERED_MINUS_INFINITY = Float.floatToRawIntBits(Float.NEGATIVE_INFINITY) ^ 0x7fffffff;

    private final CudaCaller caller;
    private final Partial target;
    private final int thetaCount;
    private final int classes;
    /** Pieces of a class, whose sums the GEMM method keeps apart, see {@link TilePlan}. */
    private final int pieces;

    private final DeviceQueries queries;
    private final long thetas;
    private final long sums;
    private final long maxima;

    /** Queues the copies of the queries. */
    ClassSumsPass(CudaCaller caller, Queries queries, Partial target) {
        this.caller = caller;
        this.target = target;
        thetaCount = target.thetas().length;
        classes = target.classes();
        long room = Math.max(1, MAX_PIECE_BYTES / Math.max(1, wholeBytes()));
        pieces = (int) Math.min(TilePlan.pieces(classes, queries.batch()), Long.highestOneBit(room));
        CallerMemory memory = caller.memory;
        long thetaBytes = (long) thetaCount * Float.BYTES;
        this.queries = new DeviceQueries(caller.compute, memory, queries, sumBytes() + thetaBytes, 6);
        thetas = memory.upload(Use.THETAS, target.thetasPointer(), thetaBytes, thetaBytes);
        sums = memory.device(Use.SUMS, sumBytes()).at(0);
        caller.compute.fill(sums, (byte) 0, sumBytes());
        int padded = this.queries.padded();
        maxima = memory.device(Use.MAXIMA, (long) padded * Integer.BYTES).at(0);
        caller.compute.fillInts(maxima, ORDERED_MINUS_INFINITY, padded);
    }

    /** Bytes of the sums: those of the fused kernel, {@code (thetas, batch, classes)}, and behind them those of several pieces. */
    private long sumBytes() {
        return pieceOffset() + wholeBytes() * pieces;
    }

    private long pieceOffset() {
        return pieces == 1 ? 0 : wholeBytes();
    }

    private long wholeBytes() {
        return (long) target.sums().remaining() * Double.BYTES;
    }

    /** Adds the sums of these keys, and takes the maxima with their scores. */
    void add(List<Keys> parts, Runnable checkCancelled) {
        parts.forEach(keys -> add(keys, checkCancelled));
        ByteBuffer newSums = caller.memory.download(Use.SUMS, sumBytes());
        ByteBuffer newMaxima = caller.memory.download(Use.MAXIMA, (long) queries.batch() * Integer.BYTES);
        caller.settle();
        DoubleBuffer addends = newSums.asDoubleBuffer();
        DoubleBuffer targetSums = target.sums();
        int count = targetSums.limit();
        for (int i = 0; i < count; i++) {
            double sum = targetSums.get(i) + addends.get(i);
            for (int piece = 0; pieces > 1 && piece < pieces; piece++) {
                sum += addends.get(count + i * pieces + piece);
            }
            targetSums.put(i, sum);
        }
        IntBuffer ordered = newMaxima.asIntBuffer();
        FloatBuffer targetMaxima = target.maxima();
        for (int query = 0; query < queries.batch(); query++) {
            int bits = ordered.get(query);
            float maximum = Float.intBitsToFloat(bits >= 0 ? bits : bits ^ 0x7fffffff);
            targetMaxima.put(query, Math.max(targetMaxima.get(query), maximum));
        }
    }

    private void add(Keys keys, Runnable checkCancelled) {
        CudaCaller.Part part = caller.part(keys, queries, checkCancelled);
        if (caller.method() == ClassSumsMethod.FUSED && ClassSumsMethod.fusable(keys.type()) && thetaCount > 0) {
            fused(part, checkCancelled);
        } else {
            gemm(part, checkCancelled);
        }
    }

    private void gemm(CudaCaller.Part part, Runnable checkCancelled) {
        int batch = queries.batch();
        TilePlan plan = caller.plan(batch, part.streamedRowBytes()).cut(pieces);
        DeviceTables tables = caller.tableCache.tables(part, Form.TILES, classes, plan);
        Gemm.Scores scores = Gemm.Scores.of(caller.memory, batch, plan);
        Kernel kernel = thetaCount == 1 ? Kernel.CLASS_SUMS_OF_ONE_THETA : Kernel.CLASS_SUMS_OF_THETAS;
        caller.tiles.forEach(part, plan, checkCancelled, (tile, rows, scales, count) -> {
            int runs = tables.runs(tile);
            if (runs == 0) {
                return;
            }
            caller.gemm.scores(rows, count, part.layout(), queries.rounded(), scores);
            int lanes = tables.lanes(tile, batch);
            queries.putScores(scores, scales)
                    .putLong(tables.order(tile))
                    .putLong(tables.runStarts(tile))
                    .putLong(tables.runLabels(tile))
                    .putLong(queries.references())
                    .putLong(thetas)
                    .putLong(sums + pieceOffset())
                    .putLong(maxima)
                    .putInt(runs)
                    .putInt(batch)
                    .putInt(classes * pieces)
                    .putInt(thetaCount)
                    .putInt(lanes);
            long threads = (long) batch * runs * lanes;
            caller.compute.launch(kernel, Math.toIntExact((threads + kernel.threads - 1) / kernel.threads), 1, 1);
        });
    }

    private void fused(CudaCaller.Part part, Runnable checkCancelled) {
        int slotCount = caller.tableCache.slots(part);
        RowLayout layout = part.layout();
        long keys = part.keys().count();
        int padded = queries.padded();
        TilePlan plan = caller.limited(
                TilePlan.fused(queries.batch(), thetaCount, (double) slotCount / keys, part.streamedRowBytes()));
        DeviceTables tables = caller.tableCache.tables(part, Form.SLOTS, classes, plan);
        int most = 1;
        for (int tile = 0; tile < plan.tiles(keys); tile++) {
            most = Math.max(most, tables.slots(tile));
        }
        long slotAddress = caller.memory
                .device(Use.SLOTS, Math.multiplyExact((long) most * padded, thetaCount * (long) Float.BYTES))
                .at(0);
        Kernel kernel = layout.type() == ElementType.BFLOAT16
                ? Kernel.FUSED_CLASS_SUMS_BFLOAT16
                : Kernel.FUSED_CLASS_SUMS_FLOAT16;
        caller.tiles.forEach(part, plan, checkCancelled, (tile, rows, scales, count) -> {
            int tileSlots = tables.slots(tile);
            if (tileSlots == 0) {
                return;
            }
            caller.compute
                    .arguments()
                    .putLong(rows)
                    .putLong(queries.rounded())
                    .putLong(tables.labels(tile))
                    .putLong(tables.slotStarts(tile))
                    .putLong(queries.references())
                    .putLong(thetas)
                    .putLong(slotAddress)
                    .putLong(maxima)
                    .putLong(layout.pitch())
                    .putLong(tileSlots)
                    .putInt(count)
                    .putInt(padded / TilePlan.UNIT)
                    .putInt(thetaCount);
            int keyBlocks = (count + FUSED_KEYS - 1) / FUSED_KEYS;
            caller.compute.launch(kernel, keyBlocks * (padded / TilePlan.UNIT), 1, 1);
            caller.compute
                    .arguments()
                    .putLong(slotAddress)
                    .putLong(tables.slotsByClass(tile))
                    .putLong(tables.classStarts(tile))
                    .putLong(sums)
                    .putLong(tileSlots)
                    .putLong(padded)
                    .putInt(queries.batch())
                    .putInt(classes);
            long blocks = (long) classes * (padded / TilePlan.UNIT) * thetaCount;
            caller.compute.launch(Kernel.SLOT_SUMS, Math.toIntExact(blocks), 1, 1);
        });
    }
}
