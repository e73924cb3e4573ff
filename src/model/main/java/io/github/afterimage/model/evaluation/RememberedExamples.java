package io.github.afterimage.model.evaluation;

import io.github.afterimage.MemoryUse;
import io.github.afterimage.NotEnoughMemoryException;
import io.github.afterimage.Progress;
import io.github.afterimage.model.network.Network;
import io.github.afterimage.platform.NativeMemory;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Remembers the features of a sample: a later pass over all examples runs the network only over the others.
 *
 * <p>Threads: for one thread. Lifetime: holds native memory until closed.
 */
public final class RememberedExamples extends ExamplesView implements AutoCloseable {
    /** Twice the bytes of the usual sample of 10,000 examples with 12,288 values, the longest key of the README. */
    private static final long MAX_BYTES = 1L << 30;

    /** An eighth of the library's memory; the rest is for the keys and for training on the same sample. */
    private static final int MEMORY_DIVISOR = 8;

    private final Examples source;
    private final long maxBytes;
    private @Nullable Sample sample;

    /** Remembers a sample of at most 1 GiB and at most an eighth of {@link MemoryUse#limit}; recomputes a larger one. */
    public RememberedExamples(Examples source) {
        this(source, Math.min(MAX_BYTES, MemoryUse.limit() / MEMORY_DIVISOR));
    }

    /**
     * Remembers a sample of at most {@code maxBytes}.
     *
     * @param maxBytes maximum bytes of features, {@code (sample, dim)} float32; a larger sample is recomputed
     */
    public RememberedExamples(Examples source, long maxBytes) {
        super(source);
        this.source = source;
        this.maxBytes = maxBytes;
    }

    /** The ascending rows of a sample, with the features and probabilities of the first {@code known} of them. */
    private final class Sample implements AutoCloseable {
        private final int[] rows;
        private final NativeMemory features;
        private final float @Nullable [] probabilities;
        private int known;

        Sample(int[] rows) {
            this.rows = rows.clone();
            features = NativeMemory.allocate(bytes(rows.length));
            probabilities = hasProbabilities() ? new float[rows.length * classes()] : null;
        }

        void add(Batch batch) {
            int count = batch.labels().length;
            for (int i = 0; i < count; i++) {
                features(known + i).put(batch.features().slice(i * dim(), dim()));
            }
            if (probabilities != null) {
                System.arraycopy(batch.probabilities(), 0, probabilities, known * classes(), count * classes());
            }
            known += count;
        }

        FloatBuffer features(int index) {
            return features.buffer(bytes(index), dim() * Float.BYTES)
                    .order(ByteOrder.nativeOrder())
                    .asFloatBuffer();
        }

        /** Returns the place of an example in the sample; negative if it is not there. */
        int place(int row) {
            return Arrays.binarySearch(rows, row);
        }

        boolean isComplete() {
            return known == rows.length;
        }

        @Override
        public void close() {
            features.close();
        }
    }

    private long bytes(int rows) {
        return Math.multiplyExact((long) rows * Float.BYTES, dim());
    }

    /** {@return the number of examples that a pass over all of them does not recompute} */
    public int remembered() {
        return sample == null || !sample.isComplete() ? 0 : sample.rows.length;
    }

    /** Remembers the examples that it passes on, if there is memory and the numbers ascend. */
    @Override
    public void forEachBatch(int[] rows, int maxBatch, Progress progress, Consumer consumer) throws IOException {
        begin(rows);
        source.forEachBatch(rows, maxBatch, progress, batch -> {
            if (sample != null) {
                sample.add(batch);
            }
            consumer.accept(batch);
        });
    }

    private void begin(int[] rows) {
        close();
        sample = null;
        boolean ascending = IntStream.range(1, rows.length).allMatch(i -> rows[i - 1] < rows[i]);
        if (ascending && bytes(rows.length) <= maxBytes) {
            try {
                sample = new Sample(rows);
            } catch (NotEnoughMemoryException e) {
                // The examples are recomputed instead.
            }
        }
    }

    @Override
    public void forEachBatch(int maxBatch, Progress progress, Consumer consumer) throws IOException {
        Sample known = sample;
        if (known == null || !known.isComplete()) {
            source.forEachBatch(maxBatch, progress, consumer);
            return;
        }
        int room = Math.min(maxBatch, size());
        FloatBuffer features = Network.buffer(room, dim());
        for (int first = 0; first < size(); first += maxBatch) {
            int start = first;
            int[] numbers =
                    IntStream.range(first, Math.min(first + maxBatch, size())).toArray();
            float[] probabilities = hasProbabilities() ? new float[numbers.length * classes()] : null;
            for (int number : numbers) {
                int place = known.place(number);
                if (place >= 0) {
                    put(known.features(place), known.probabilities, place, number - first, features, probabilities);
                }
            }
            int[] others =
                    IntStream.of(numbers).filter(row -> known.place(row) < 0).toArray();
            if (others.length > 0) {
                source.select(others).forEachBatch(others.length, Progress.NONE, batch -> {
                    for (int i = 0; i < batch.labels().length; i++) {
                        FloatBuffer row = batch.features().slice(i * dim(), dim());
                        int target = others[batch.first() + i] - start;
                        put(row, batch.probabilities(), i, target, features, probabilities);
                    }
                });
            }
            int[] labels = IntStream.of(numbers).map(this::label).toArray();
            consumer.accept(new Batch(first, features.slice(0, numbers.length * dim()), probabilities, labels));
            progress.report(first + numbers.length, size());
        }
    }

    /** Copies an example to its place in a batch. */
    private void put(
            FloatBuffer row,
            float @Nullable [] network,
            int index,
            int target,
            FloatBuffer features,
            float @Nullable [] probabilities) {
        features.put(target * dim(), row, 0, dim());
        if (network != null && probabilities != null) {
            System.arraycopy(network, index * classes(), probabilities, target * classes(), classes());
        }
    }

    @Override
    public void close() {
        if (sample != null) {
            sample.close();
        }
    }
}
