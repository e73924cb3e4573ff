package io.github.afterimage.engine.cuda;

import io.github.afterimage.ElementType;
import io.github.afterimage.engine.cuda.CallerMemory.Use;
import io.github.afterimage.engine.cuda.TableCache.Form;
import io.github.afterimage.store.Keys;

/**
 * The class sums of one call, queued part by part on the caller's stream.
 *
 * @param thetas device address of {@code (thetaCount)}
 * @param sums device address of {@code (thetaCount, batch, classes)} float64
 * @param maxima device address of the padded batch's maxima, ordered integers
 */
record ClassSumsPass(
        CudaCaller caller, DeviceQueries queries, long thetas, int thetaCount, int classes, long sums, long maxima) {
    /** Keys of a block of the fused kernel. */
    private static final int FUSED_KEYS = 256;

    void add(Keys keys, Runnable checkCancelled) {
        DeviceKeys segment = DeviceKeys.of(caller.cuda, keys);
        queries.round(segment.layout());
        boolean resident = segment.upload(keys, caller.compute);
        int slots = caller.tableCache.slots(keys, segment);
        if (Settings.path().choose(segment.layout().type(), thetaCount, keys.count(), slots) == Path.FUSED) {
            fused(keys, segment, resident, slots, checkCancelled);
        } else {
            gemm(keys, segment, resident, checkCancelled);
        }
    }

    private void gemm(Keys keys, DeviceKeys segment, boolean resident, Runnable checkCancelled) {
        RowLayout layout = segment.layout();
        int batch = queries.batch();
        TilePlan plan = TilePlan.of(batch, caller.cuda.l2Bytes(), resident ? 0 : layout.pitchBytes());
        DeviceTables tables = caller.tableCache.tables(keys, segment, Form.TILES, classes, plan);
        ClassOrder order = tables.host().order();
        long scores = caller.memory
                .device(Use.SCORES, Gemm.scoreBytes(batch, plan.rows()))
                .at(0);
        Kernel kernel = thetaCount == 1 ? Kernel.CLASS_SUMS_OF_ONE_THETA : Kernel.CLASS_SUMS_OF_THETAS;
        caller.tiles.forEach(keys, segment, resident, plan, checkCancelled, (tile, rows, scales, count) -> {
            int runs = order.runs(tile);
            if (runs == 0) {
                return;
            }
            caller.gemm.scores(rows, count, queries.rounded(), batch, layout, scores, plan.rows());
            int lanes = order.lanes(tile, batch);
            queries.putScores(scores, scales, plan)
                    .putLong(tables.order(tile))
                    .putLong(tables.runStarts(tile))
                    .putLong(tables.runLabels(tile))
                    .putLong(queries.references())
                    .putLong(thetas)
                    .putLong(sums)
                    .putLong(maxima)
                    .putInt(runs)
                    .putInt(batch)
                    .putInt(classes)
                    .putInt(thetaCount)
                    .putInt(lanes);
            long threads = (long) batch * runs * lanes;
            caller.compute.launch(kernel, Math.toIntExact((threads + kernel.threads - 1) / kernel.threads), 1, 1);
        });
    }

    private void fused(Keys keys, DeviceKeys segment, boolean resident, int slotCount, Runnable checkCancelled) {
        RowLayout layout = segment.layout();
        int padded = queries.padded();
        TilePlan plan = TilePlan.fused(
                queries.batch(), thetaCount, (double) slotCount / keys.count(), resident ? 0 : layout.pitchBytes());
        DeviceTables tables = caller.tableCache.tables(keys, segment, Form.SLOTS, classes, plan);
        Slots slots = tables.host().slots();
        int most = 1;
        for (int tile = 0; tile < plan.tiles(keys.count()); tile++) {
            most = Math.max(most, slots.slots(tile));
        }
        long slotAddress = caller.memory
                .device(Use.SLOTS, Math.multiplyExact((long) most * padded, thetaCount * (long) Float.BYTES))
                .at(0);
        Kernel kernel = layout.type() == ElementType.BFLOAT16
                ? Kernel.FUSED_CLASS_SUMS_BFLOAT16
                : Kernel.FUSED_CLASS_SUMS_FLOAT16;
        caller.tiles.forEach(keys, segment, resident, plan, checkCancelled, (tile, rows, scales, count) -> {
            int tileSlots = slots.slots(tile);
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
                    .putLong(tables.classStarts(tile, classes))
                    .putLong(sums)
                    .putLong(tileSlots)
                    .putLong(padded)
                    .putInt(queries.batch())
                    .putInt(classes);
            caller.compute.launch(Kernel.SLOT_SUMS, classes, padded / TilePlan.UNIT, thetaCount);
        });
    }
}
