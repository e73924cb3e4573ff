package io.github.afterimage.bench;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.KeyBatch;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/**
 * Generates unit vectors with the structure of real keys ({@link ActivationModel}): the rectified sum of a part that all keys
 * share, a part that a class shares, a few directions in which images differ, and noise. Keys are sorted by class, as image
 * folders are. A row depends on its number only, so all benchmarks and the files of {@link DataFiles} hold the same rows.
 */
public final class SyntheticKeys {
    private static final int BATCH_VALUES = 1 << 22;
    private static final long KEYS = 1L << 40; // the first seed of the keys
    private static final long QUERIES = 2L << 40;

    private final int dim;
    private final int classes;
    private final ActivationModel activations;
    private final float[][] means;
    private final float[][] styles;

    public SyntheticKeys(int dim, int classes) {
        this.dim = dim;
        this.classes = classes;
        activations = ActivationModel.of(dim);
        float[] common = normals(0, Math.sqrt(activations.common));
        means = new float[classes][];
        for (int c = 0; c < classes; c++) {
            means[c] = normals(1 + c, Math.sqrt(activations.ofClass));
            for (int i = 0; i < dim; i++) {
                means[c][i] += common[i] - (float) activations.threshold;
            }
        }
        styles = new float[activations.styles][];
        for (int style = 0; style < styles.length; style++) {
            styles[style] = normals(-1L - style, Math.sqrt(activations.ofStyles / styles.length));
        }
    }

    /** Builds an index of {@code size} keys; by default of float32 for {@link Machine#THREADS} threads. */
    CacheIndex index(int size, UnaryOperator<CacheIndexBuilder> options) {
        CacheIndex index = options.apply(new CacheIndexBuilder(dim, classes)
                        .threads(Machine.THREADS)
                        .expectedKeys(size))
                .build();
        forEach(size, (rows, labels) -> index.add(KeyBatch.of(rows, labels)));
        return index;
    }

    /** Receives keys, some at a time. */
    public interface Target {
        void add(FloatBuffer rows, int[] labels) throws IOException;
    }

    /** Passes {@code size} keys to a target, in order; the buffer is reused. */
    public void forEach(int size, Target target) {
        int step = Math.min(size, Math.max(1, BATCH_VALUES / dim));
        float[] rows = new float[step * dim];
        for (int begin = 0; begin < size; begin += step) {
            int first = begin;
            int count = Math.min(step, size - first);
            int[] labels = IntStream.range(first, first + count)
                    .map(row -> label(row, size))
                    .toArray();
            IntStream.range(0, count).parallel().forEach(row -> write(KEYS + first + row, labels[row], rows, row));
            try {
                target.add(FloatBuffer.wrap(rows, 0, count * dim).slice(), labels);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** Returns the class of a key. */
    int label(int row, int size) {
        return (int) ((long) row * classes / size);
    }

    /** Makes queries {@code (batch, dim)} of each class in turn, in native memory. */
    public FloatBuffer queries(int batch) {
        float[] rows = new float[batch * dim];
        IntStream.range(0, batch).parallel().forEach(row -> write(QUERIES + row, row % classes, rows, row));
        FloatBuffer queries = ByteBuffer.allocateDirect(rows.length * Float.BYTES)
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
        return queries.put(rows).flip();
    }

    private void write(long seed, int label, float[] rows, int row) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] values = means[label].clone();
        for (float[] style : styles) {
            float weight = normal(random);
            for (int i = 0; i < dim; i++) {
                values[i] += weight * style[i];
            }
        }
        float noise = (float) Math.sqrt(1 - activations.common - activations.ofClass - activations.ofStyles);
        double squares = 0;
        for (int i = 0; i < dim; i++) {
            values[i] = Math.max(0, values[i] + noise * normal(random));
            squares += values[i] * values[i];
        }
        if (squares == 0) { // very short keys may be below the threshold in all values
            values[0] = 1;
            squares = 1;
        }
        float scale = (float) (1 / Math.sqrt(squares));
        for (int i = 0; i < dim; i++) {
            rows[row * dim + i] = values[i] * scale;
        }
    }

    private float[] normals(long seed, double deviation) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] values = new float[dim];
        for (int i = 0; i < dim; i++) {
            values[i] = (float) deviation * normal(random);
        }
        return values;
    }

    /** Draws a nearly normal number: the sum of four uniform numbers from one draw. */
    private static float normal(SplittableRandom random) {
        long bits = random.nextLong();
        long sum = (bits & 0xffff) + (bits >>> 16 & 0xffff) + (bits >>> 32 & 0xffff) + (bits >>> 48);
        return (sum - 131070f) / 37837f;
    }
}
