package io.github.afterimage.cuda;

import io.github.afterimage.ElementType;
import io.github.afterimage.cuda.CallerMemory.Use;
import io.github.afterimage.cuda.TableCache.Form;
import io.github.afterimage.keys.Keys;

/** Computes the class sums of one call: queues them part by part on the caller's stream. */
record ClassSumsPass(CudaCaller caller, DeviceQueries queries, Target target) {
    /**
     * The class sums of a pass on the device.
     *
     * @param thetas device address of {@code (thetaCount)}
     * @param sums device address of {@code (thetaCount, batch, classes)} float64
     * @param maxima device address of the padded batch's maxima, ordered integers
     */
    record Target(long thetas, int thetaCount, int classes, long sums, long maxima) {}

    /** Keys of a block of the fused kernel. */
    private static final int FUSED_KEYS = 256;

    void add(Keys keys, Runnable checkCancelled) {
        DeviceKeys segment = DeviceKeys.of(caller.cuda, keys);
        queries.round(segment.layout());
        boolean resident = segment.upload(keys, caller.compute, checkCancelled);
        int slots = caller.tableCache.slots(keys, segment);
        ClassSumsMethod method = caller.method()
                .choose(segment.layout().type(), target.thetaCount, keys.count(), slots, () -> caller.cuda
                        .paths()
                        .fusedIsFaster(queries.batch(), keys.dim()));
        if (method == ClassSumsMethod.FUSED) {
            fused(keys, segment, resident, slots, checkCancelled);
        } else {
            gemm(keys, segment, resident, checkCancelled);
        }
    }

    private void gemm(Keys keys, DeviceKeys segment, boolean resident, Runnable checkCancelled) {
        RowLayout layout = segment.layout();
        int batch = queries.batch();
        TilePlan plan = caller.limited(TilePlan.of(batch, caller.cuda.l2Bytes(), resident ? 0 : layout.pitchBytes()));
        DeviceTables tables = caller.tableCache.tables(keys, segment, Form.TILES, target.classes, plan);
        ClassOrder order = tables.host().classOrder();
        Gemm.Scores scores = Gemm.Scores.of(caller.memory, batch, plan);
        Kernel kernel = target.thetaCount == 1 ? Kernel.CLASS_SUMS_OF_ONE_THETA : Kernel.CLASS_SUMS_OF_THETAS;
        caller.tiles.forEach(keys, segment, resident, plan, checkCancelled, (tile, rows, scales, count) -> {
            int runs = order.runs(tile);
            if (runs == 0) {
                return;
            }
            caller.gemm.scores(rows, count, layout, queries.rounded(), scores);
            int lanes = order.lanes(tile, batch);
            queries.putScores(scores, scales)
                    .putLong(tables.order(tile))
                    .putLong(tables.runStarts(tile))
                    .putLong(tables.runLabels(tile))
                    .putLong(tables.weights(tile))
                    .putLong(queries.references())
                    .putLong(target.thetas)
                    .putLong(target.sums)
                    .putLong(target.maxima)
                    .putInt(runs)
                    .putInt(batch)
                    .putInt(target.classes)
                    .putInt(target.thetaCount)
                    .putInt(lanes);
            long threads = (long) batch * runs * lanes;
            caller.compute.launch(kernel, Math.toIntExact((threads + kernel.threads - 1) / kernel.threads), 1, 1);
        });
    }

    private void fused(Keys keys, DeviceKeys segment, boolean resident, int slotCount, Runnable checkCancelled) {
        RowLayout layout = segment.layout();
        int padded = queries.padded();
        TilePlan plan = caller.limited(TilePlan.fused(
                queries.batch(),
                target.thetaCount,
                (double) slotCount / keys.count(),
                resident ? 0 : layout.pitchBytes()));
        DeviceTables tables = caller.tableCache.tables(keys, segment, Form.SLOTS, target.classes, plan);
        Slots slots = tables.host().classSlots();
        int most = 1;
        for (int tile = 0; tile < plan.tiles(keys.count()); tile++) {
            most = Math.max(most, slots.slots(tile));
        }
        long slotAddress = caller.memory
                .device(Use.SLOTS, Math.multiplyExact((long) most * padded, target.thetaCount * (long) Float.BYTES))
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
                    .putLong(tables.weights(tile))
                    .putLong(tables.slotStarts(tile))
                    .putLong(queries.references())
                    .putLong(target.thetas)
                    .putLong(slotAddress)
                    .putLong(target.maxima)
                    .putLong(layout.pitch())
                    .putLong(tileSlots)
                    .putInt(count)
                    .putInt(padded / TilePlan.UNIT)
                    .putInt(target.thetaCount);
            int keyBlocks = (count + FUSED_KEYS - 1) / FUSED_KEYS;
            caller.compute.launch(kernel, keyBlocks * (padded / TilePlan.UNIT), 1, 1);
            caller.compute
                    .arguments()
                    .putLong(slotAddress)
                    .putLong(tables.slotsByClass(tile))
                    .putLong(tables.classStarts(tile, target.classes))
                    .putLong(target.sums)
                    .putLong(tileSlots)
                    .putLong(padded)
                    .putInt(queries.batch())
                    .putInt(target.classes);
            caller.compute.launch(Kernel.SLOT_SUMS, target.classes, padded / TilePlan.UNIT, target.thetaCount);
        });
    }
}
