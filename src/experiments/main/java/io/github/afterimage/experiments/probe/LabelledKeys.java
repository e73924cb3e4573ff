package io.github.afterimage.experiments.probe;

import io.github.afterimage.CacheReader;
import io.github.afterimage.Progress;
import io.github.afterimage.model.evaluation.CompatibleIndex;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.platform.NativeMemory;
import io.github.afterimage.platform.Resources;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.Arrays;
import org.bytedeco.javacpp.FloatPointer;

/**
 * Encoded rows with their labels, in native memory: examples as an index compares them with its keys.
 *
 * <p>Threads: for one thread; a fit reads it in others. Lifetime: holds native memory until closed.
 */
public final class LabelledKeys implements AutoCloseable {
    private static final int BATCH = 512;

    private final int dim;
    private final int classes;
    private final int[] labels;
    private final NativeMemory rows; // (size, dim + 1); the last value is 1, the feature of the bias
    private int size;

    /**
     * Allocates memory.
     *
     * @param capacity greatest number of rows, positive
     * @throws io.github.afterimage.failure.NotEnoughMemoryException if memory is refused
     */
    public LabelledKeys(int dim, int classes, int capacity) {
        if (dim <= 0 || classes <= 0 || capacity <= 0) {
            throw new IllegalArgumentException(
                    "dim " + dim + ", classes " + classes + ", capacity " + capacity + ": expected positive numbers");
        }
        this.dim = dim;
        this.classes = classes;
        labels = new int[capacity];
        rows = NativeMemory.allocate(offset(capacity));
    }

    /**
     * Returns examples as the index compares them with its keys. Examples whose features are reduced already skip the
     * reduction of the index.
     *
     * @throws IllegalArgumentException if the examples do not fit the index, or the index refuses one
     */
    public static LabelledKeys of(CacheReader index, Examples examples, Progress progress) throws IOException {
        CacheReader encoder = CompatibleIndex.of(index, examples);
        return Resources.filled(
                new LabelledKeys(index.format().keyDim(), index.classes(), examples.size()),
                keys -> examples.forEachBatch(
                        BATCH,
                        progress,
                        batch -> keys.add(FloatBuffer.wrap(encoder.encode(batch.features())), batch.labels())));
    }

    /**
     * Adds rows as they are.
     *
     * @param values {@code (newLabels.length, dim)}, from the buffer's position to its limit; the call changes neither
     * @throws IllegalArgumentException if a length does not fit, a value is not finite, a label is outside 0..classes - 1, or
     *     there are more rows than the capacity; nothing is added then
     */
    public void add(FloatBuffer values, int[] newLabels) {
        if (newLabels.length > labels.length - size || values.remaining() != (long) newLabels.length * dim) {
            throw new IllegalArgumentException(values.remaining() + " values and " + newLabels.length
                    + " labels: expected rows of dim " + dim + " with a label each, at most " + (labels.length - size));
        }
        float[] row = new float[dim + 1];
        row[dim] = 1;
        for (int i = 0; i < newLabels.length; i++) {
            if (newLabels[i] < 0 || newLabels[i] >= classes) {
                throw new IllegalArgumentException(
                        "label " + newLabels[i] + " of row " + (size + i) + ": expected 0.." + (classes - 1));
            }
            values.get(values.position() + i * dim, row, 0, dim);
            for (int column = 0; column < dim; column++) {
                if (!Float.isFinite(row[column])) {
                    throw new IllegalArgumentException("row " + (size + i) + " holds " + row[column] + " at column "
                            + column + ": expected finite numbers");
                }
            }
            rows.buffer(offset(size + i), width() * Float.BYTES).asFloatBuffer().put(row);
        }
        System.arraycopy(newLabels, 0, labels, size, newLabels.length);
        size += newLabels.length;
    }

    private long offset(int row) {
        return (long) row * width() * Float.BYTES;
    }

    /** Returns the number of rows so far. */
    public int size() {
        return size;
    }

    /** Returns the number of values of a row. */
    public int dim() {
        return dim;
    }

    /** Returns the number of classes. */
    public int classes() {
        return classes;
    }

    /** Returns the labels. */
    public int[] labels() {
        return Arrays.copyOf(labels, size);
    }

    int label(int row) {
        return labels[row];
    }

    /** Returns the number of values of a row with the feature of the bias. */
    int width() {
        return dim + 1;
    }

    /** Returns rows of {@link #width} values for native code. */
    FloatPointer from(int row) {
        return rows.floats(offset(row));
    }

    @Override
    public void close() {
        rows.close();
    }
}
