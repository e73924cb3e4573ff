package io.github.afterimage.cuda;

import io.github.afterimage.keys.Keys;
import io.github.afterimage.keys.Snapshot;
import io.github.afterimage.platform.NativeMemory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** A pass of class sums whose time counts, not its answer: random queries, one θ. */
final class TimedPass implements AutoCloseable {
    private static final float THETA = 90;

    private final List<Keys> keys;
    private final NativeMemory memory;
    private final QueryBatch queries;
    private final CudaCaller.ClassSums target;

    TimedPass(Snapshot snapshot, MeasuredPaths.Shape shape, int classes) {
        keys = snapshot.range(0, snapshot.rows());
        int batch = shape.batch();
        int dim = shape.dim();
        // The queries, the references, the theta.
        long references = (long) batch * dim * Float.BYTES;
        long theta = references + (long) batch * Float.BYTES;
        memory = NativeMemory.allocate(theta + Float.BYTES);
        SplittableRandom random = new SplittableRandom(2);
        float length = (float) Math.sqrt(dim / 3.0);
        for (int row = 0; row < batch; row++) {
            FloatBuffer values = memory.buffer((long) row * dim * Float.BYTES, dim * Float.BYTES)
                    .asFloatBuffer();
            while (values.hasRemaining()) {
                values.put((random.nextInt() >>> 8) * 0x1p-24f / length);
            }
        }
        FloatBuffer rest = memory.buffer(references, (batch + 1) * Float.BYTES).asFloatBuffer();
        for (int i = 0; i < batch; i++) {
            rest.put(1);
        }
        rest.put(THETA);
        queries = new QueryBatch(memory.floats(0), memory.floats(references), batch, dim);
        DoubleBuffer sums = ByteBuffer.allocateDirect(Math.multiplyExact(batch * Double.BYTES, classes))
                .order(ByteOrder.nativeOrder())
                .asDoubleBuffer();
        target = new CudaCaller.ClassSums(memory.floats(theta), 1, classes, sums, FloatBuffer.allocate(batch));
    }

    /** Returns the median of the device's milliseconds for the pass, after one that does not count. */
    double millis(CudaCaller caller, int repeats) {
        caller.classSums(keys, queries, target, () -> {});
        double[] millis = new double[repeats];
        for (int i = 0; i < repeats; i++) {
            caller.classSums(keys, queries, target, () -> {});
            millis[i] = caller.lastMillis();
        }
        Arrays.sort(millis);
        return millis[repeats / 2];
    }

    @Override
    public void close() {
        memory.close();
    }
}
