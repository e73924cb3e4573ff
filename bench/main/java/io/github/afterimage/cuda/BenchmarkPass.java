package io.github.afterimage.cuda;

import io.github.afterimage.keys.Keys;
import io.github.afterimage.platform.NativeMemory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.SplittableRandom;

/** A pass over keys: queries of unit norm, references of 1, one θ, and the memory for the answer. */
final class BenchmarkPass implements AutoCloseable {
    private final NativeMemory memory;
    private final int batch;
    private final int dim;
    private final DoubleBuffer sums;
    private final FloatBuffer maxima;

    BenchmarkPass(int batch, int dim) {
        this.batch = batch;
        this.dim = dim;
        memory = NativeMemory.allocate(((long) batch * dim + batch + 1) * Float.BYTES);
        SplittableRandom random = new SplittableRandom(2);
        for (int row = 0; row < batch; row++) {
            FloatBuffer query = memory.buffer((long) row * dim * Float.BYTES, dim * Float.BYTES)
                    .asFloatBuffer();
            double norm = 0;
            for (int i = 0; i < dim; i++) {
                float value = (float) random.nextDouble();
                query.put(i, value);
                norm += value * value;
            }
            for (int i = 0; i < dim; i++) {
                query.put(i, (float) (query.get(i) / Math.sqrt(norm)));
            }
        }
        FloatBuffer rest = memory.buffer((long) batch * dim * Float.BYTES, (batch + 1) * Float.BYTES)
                .asFloatBuffer();
        for (int i = 0; i < batch; i++) {
            rest.put(i, 1);
        }
        rest.put(batch, PassTimes.THETA);
        sums = ByteBuffer.allocateDirect(batch * PassTimes.CLASSES * Double.BYTES)
                .order(ByteOrder.nativeOrder())
                .asDoubleBuffer();
        maxima = FloatBuffer.allocate(batch);
    }

    void run(List<Keys> keys, CudaCaller caller) {
        long references = (long) batch * dim * Float.BYTES;
        caller.classSums(
                keys,
                new QueryBatch(memory.floats(0), memory.floats(references), batch, dim),
                new CudaCaller.ClassSums(
                        memory.floats(references + (long) batch * Float.BYTES), 1, PassTimes.CLASSES, sums, maxima),
                () -> {});
    }

    @Override
    public void close() {
        memory.close();
    }
}
