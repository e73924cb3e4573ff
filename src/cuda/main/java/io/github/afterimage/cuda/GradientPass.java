package io.github.afterimage.cuda;

import io.github.afterimage.cuda.CallerMemory.Use;
import io.github.afterimage.cuda.DeviceTables.Form;
import io.github.afterimage.engine.Gradient;
import io.github.afterimage.engine.Queries;
import io.github.afterimage.keys.Keys;
import io.github.afterimage.settings.ElementType;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.List;

/**
 * Computes the gradient of one call: for each tile its scores, weights in their place, and the product of weights and keys. The
 * scores are those of the class sums that the coefficients were divided by: of queries rounded to the type of the keys.
 */
record GradientPass(CudaCaller caller, Queries queries, Gradient target) {
    void add(List<Keys> parts, Runnable checkCancelled) {
        CallerMemory memory = caller.memory;
        int batch = queries.batch();
        RowLayout wide = RowLayout.of(ElementType.FLOAT32, queries.dim());
        long coefficientBytes = (long) batch * target.classes() * Float.BYTES;
        long gradientBytes = (long) batch * queries.dim() * Float.BYTES;
        DeviceQueries uploaded =
                new DeviceQueries(caller.compute, memory, queries, coefficientBytes + gradientBytes, 5);
        long coefficientAddress =
                memory.upload(Use.COEFFICIENTS, target.coefficientsPointer(), coefficientBytes, coefficientBytes);
        long sums = memory.device(Use.GRADIENT, gradientBytes).at(0);
        caller.compute.fill(sums, (byte) 0, gradientBytes);
        for (Keys keys : parts) {
            add(keys, uploaded, wide, coefficientAddress, sums, checkCancelled);
        }
        ByteBuffer terms = memory.download(Use.GRADIENT, gradientBytes);
        caller.settle();
        FloatBuffer addends = terms.asFloatBuffer();
        FloatBuffer sumsOfTarget = target.sums();
        for (int i = 0; i < addends.limit(); i++) {
            sumsOfTarget.put(i, sumsOfTarget.get(i) + addends.get(i));
        }
    }

    private void add(
            Keys keys,
            DeviceQueries uploaded,
            RowLayout wide,
            long coefficientAddress,
            long sums,
            Runnable checkCancelled) {
        int batch = queries.batch();
        CudaCaller.Part part = caller.part(keys, uploaded, checkCancelled);
        RowLayout layout = part.layout();
        boolean widened = layout.type() != ElementType.FLOAT32;
        TilePlan plan = caller.plan(batch, widened ? wide.pitchBytes() : part.streamedRowBytes());
        DeviceTables tables = caller.tableCache.tables(part, Form.LABELS, 0, plan);
        Gemm.Scores weights = Gemm.Scores.of(caller.memory, batch, plan);
        long floats = widened
                ? caller.memory.device(Use.WIDENED, wide.bytes(plan.rows())).at(0)
                : 0;
        caller.tiles.forEach(part, plan, checkCancelled, (tile, rows, scales, count) -> {
            caller.gemm.scores(rows, count, layout, uploaded.rounded(), weights);
            uploaded.weigh(weights, scales, tables, tile, count, coefficientAddress, target.classes(), target.theta());
            if (widened) {
                widen(rows, scales, count, layout, floats, wide);
            }
            caller.gemm.addWeighted(widened ? floats : rows, count, wide, weights, sums);
        });
    }

    private void widen(long rows, long scales, int count, RowLayout layout, long floats, RowLayout wide) {
        caller.compute
                .arguments()
                .putLong(rows)
                .putLong(scales)
                .putLong(floats)
                .putLong(layout.pitch())
                .putLong(wide.pitch())
                .putInt(layout.dim())
                .putInt(layout.type().code());
        caller.compute.launch(Kernel.WIDEN_ROWS, count, 1, 1);
    }
}
