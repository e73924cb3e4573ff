package io.github.afterimage.bench;

import io.github.afterimage.CacheIndex;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.SplittableRandom;

/**
 * Keys with the structure of real ones: activations after a rectifier, so not negative, each the mean of its class plus
 * noise of its own, sorted by class as image folders are. Scores of a query with keys of its class are about 0.9, with
 * others about 0.6.
 */
final class SyntheticKeys {
    private static final int BATCH_VALUES = 1 << 22;

    private final int dim;
    private final int classes;
    private final float[][] means;

    SyntheticKeys(int dim, int classes) {
        this.dim = dim;
        this.classes = classes;
        SplittableRandom random = new SplittableRandom(1);
        means = new float[classes][dim];
        for (float[] mean : means) {
            for (int i = 0; i < dim; i++) {
                mean[i] = Math.max(0, normal(random));
            }
        }
    }

    /** Adds {@code size} keys, the same to every index in the list. */
    void fill(int size, CacheIndex... indexes) {
        SplittableRandom random = new SplittableRandom(2);
        int step = Math.max(1, BATCH_VALUES / dim);
        for (int first = 0; first < size; first += step) {
            int count = Math.min(step, size - first);
            FloatBuffer rows = FloatBuffer.allocate(count * dim);
            int[] labels = new int[count];
            for (int row = 0; row < count; row++) {
                labels[row] = (int) ((long) (first + row) * classes / size);
                write(random, labels[row], rows);
            }
            rows.flip();
            for (CacheIndex index : indexes) {
                index.add(rows, labels);
            }
        }
    }

    /** Queries {@code (batch, dim)} of classes in turn, in native memory. */
    FloatBuffer queries(int batch) {
        SplittableRandom random = new SplittableRandom(3);
        FloatBuffer rows = ByteBuffer.allocateDirect(batch * dim * Float.BYTES)
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
        for (int row = 0; row < batch; row++) {
            write(random, row % classes, rows);
        }
        return rows.flip();
    }

    private void write(SplittableRandom random, int label, FloatBuffer rows) {
        for (int i = 0; i < dim; i++) {
            rows.put(Math.max(0, means[label][i] + 0.4f * normal(random)));
        }
    }

    /** Nearly normal: the sum of four uniform numbers out of one draw. */
    private static float normal(SplittableRandom random) {
        long bits = random.nextLong();
        long sum = (bits & 0xffff) + (bits >>> 16 & 0xffff) + (bits >>> 32 & 0xffff) + (bits >>> 48);
        return (sum - 131070f) / 37837f;
    }
}
