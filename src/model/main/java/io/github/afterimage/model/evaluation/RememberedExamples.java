package io.github.afterimage.model.evaluation;

import io.github.afterimage.MemoryUse;
import io.github.afterimage.Progress;
import io.github.afterimage.failure.NotEnoughMemoryException;
import io.github.afterimage.platform.NativeMemory;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Remembers the features of a sample: a later pass over all examples runs the network only over the others.
 *
 * <p>Threads: for one thread. Lifetime: holds native memory until closed.
 */
public final class RememberedExamples extends ExamplesView implements BatchReader, AutoCloseable {
    /** Twice the bytes of the usual sample of 10,000 examples with 12,288 values, the longest key of the README. */
    private static final long MAX_BYTES = 1L << 30;

    /** An eighth of the library's memory; the rest is for the keys and for training on the same sample. */
    private static final int MEMORY_DIVISOR = 8;

    private final Examples source;
    private final long maxBytes;
    private int[] rows = {}; // of the sample
    private @Nullable NativeMemory values; // features and probabilities of each row; null if they are not remembered
    private int known; // values of the first rows

    /** Remembers a sample of at most 1 GiB and at most an eighth of {@link MemoryUse#limit}; recomputes a larger one. */
    public RememberedExamples(Examples source) {
        this(source, Math.min(MAX_BYTES, MemoryUse.limit() / MEMORY_DIVISOR));
    }

    /**
     * Remembers a sample of at most {@code maxBytes}.
     *
     * @param maxBytes maximum bytes of features and probabilities, float32; a larger sample is recomputed
     */
    public RememberedExamples(Examples source, long maxBytes) {
        super(source);
        this.source = source;
        this.maxBytes = maxBytes;
    }

    private long bytes(int count) {
        return Math.multiplyExact((long) count * Float.BYTES, dim() + values());
    }

    /** Returns the number of probabilities of an example. */
    private int values() {
        return views() * classes();
    }

    /** Returns the remembered values of a row of the sample. */
    private FloatBuffer values(int place) {
        return Objects.requireNonNull(values)
                .buffer(bytes(place), (int) bytes(1))
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
    }

    /** {@return the number of examples that a pass over all of them does not recompute} */
    public int remembered() {
        return values == null || known < rows.length ? 0 : known;
    }

    /** Remembers the examples that it passes on, if there is memory and the numbers ascend. */
    @Override
    public void forEachBatch(int[] sample, int maxBatch, Progress progress, Consumer consumer) throws IOException {
        begin(sample);
        source.forEachBatch(sample, maxBatch, progress, batch -> {
            float[] probabilities = batch.probabilities();
            for (int i = 0; values != null && i < batch.labels().length; i++) {
                FloatBuffer row = values(known++).put(batch.features().slice(i * dim(), dim()));
                if (probabilities != null) {
                    row.put(probabilities, i * values(), values());
                }
            }
            consumer.accept(batch);
        });
    }

    private void begin(int[] sample) {
        close();
        known = 0;
        rows = sample.clone();
        boolean ascending = IntStream.range(1, rows.length).allMatch(i -> rows[i - 1] < rows[i]);
        if (ascending && rows.length > 0 && bytes(rows.length) <= maxBytes) {
            try {
                values = NativeMemory.allocate(bytes(rows.length));
            } catch (NotEnoughMemoryException e) {
                // The examples are recomputed instead.
            }
        }
    }

    @Override
    public void forEachBatch(int maxBatch, Progress progress, Consumer consumer) throws IOException {
        if (remembered() > 0) {
            BatchReader.super.forEachBatch(maxBatch, progress, consumer);
        } else {
            source.forEachBatch(maxBatch, progress, consumer);
        }
    }

    @Override
    public void read(int first, int count, FloatBuffer features, @Nullable FloatBuffer probabilities)
            throws IOException {
        FloatBuffer all = features.slice();
        for (int row = first; row < first + count; row++) {
            int place = Arrays.binarySearch(rows, row);
            if (place >= 0) {
                FloatBuffer found = values(place);
                all.put((row - first) * dim(), found, 0, dim());
                if (probabilities != null) {
                    probabilities.put((row - first) * values(), found, dim(), values());
                }
            }
        }
        int[] others = IntStream.range(first, first + count)
                .filter(row -> Arrays.binarySearch(rows, row) < 0)
                .toArray();
        if (others.length > 0) {
            source.forEachBatch(others, count, Progress.NONE, batch -> {
                for (int i = 0; i < batch.labels().length; i++) {
                    int target = others[batch.first() + i] - first;
                    all.put(target * dim(), batch.features(), i * dim(), dim());
                    if (probabilities != null) {
                        probabilities.put(
                                target * values(),
                                Objects.requireNonNull(batch.probabilities()),
                                i * values(),
                                values());
                    }
                }
            });
        }
        features.position(features.position() + count * dim());
    }

    @Override
    public void close() {
        if (values != null) {
            values.close();
            values = null;
        }
    }
}
