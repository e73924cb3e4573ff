package io.github.afterimage.model.evaluation;

import io.github.afterimage.MemoryUse;
import io.github.afterimage.NotEnoughMemoryException;
import io.github.afterimage.Progress;
import io.github.afterimage.platform.NativeMemory;
import java.io.IOException;
import java.nio.ByteBuffer;
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
        if (sample == null || !sample.isComplete()) {
            source.forEachBatch(maxBatch, progress, consumer);
            return;
        }
        int[] known = sample.rows;
        Merge merge = new Merge(sample, maxBatch, progress, consumer);
        int[] others = IntStream.range(0, size())
                .filter(row -> Arrays.binarySearch(known, row) < 0)
                .toArray();
        if (others.length > 0) {
            Progress done = (count, total) -> progress.report(merge.next, size());
            source.select(others).forEachBatch(maxBatch, done, batch -> merge.add(batch, others));
        }
        merge.addRemembered(size());
        merge.flush();
    }

    @Override
    public void close() {
        if (sample != null) {
            sample.close();
        }
    }

    /** Joins computed and remembered examples into batches of all examples in order. */
    private final class Merge {
        private final Sample remembered;
        private final Progress progress;
        private final Consumer consumer;
        private final int maxBatch;
        private final FloatBuffer features;
        private float @Nullable [] probabilities;
        private int count; // in the batch
        private int next; // example
        private int place; // of the next remembered one

        Merge(Sample remembered, int maxBatch, Progress progress, Consumer consumer) {
            this.remembered = remembered;
            this.progress = progress;
            this.consumer = consumer;
            this.maxBatch = maxBatch;
            features = ByteBuffer.allocateDirect(Math.multiplyExact(maxBatch, Math.multiplyExact(dim(), Float.BYTES)))
                    .order(ByteOrder.nativeOrder())
                    .asFloatBuffer();
            begin();
        }

        private void begin() {
            count = 0;
            features.clear();
            probabilities = hasProbabilities() ? new float[maxBatch * classes()] : null;
        }

        void add(Batch batch, int[] numbers) throws IOException {
            for (int i = 0; i < batch.labels().length; i++) {
                addRemembered(numbers[batch.first() + i]);
                add(batch.features().slice(i * dim(), dim()), batch.probabilities(), i);
            }
        }

        void addRemembered(int end) throws IOException {
            while (next < end) {
                add(remembered.features(place), remembered.probabilities, place);
                place++;
            }
        }

        private void add(FloatBuffer row, float @Nullable [] network, int index) throws IOException {
            features.put(row);
            if (network != null) {
                System.arraycopy(network, index * classes(), probabilities, count * classes(), classes());
            }
            count++;
            next++;
            if (count == maxBatch) {
                flush();
            }
        }

        void flush() throws IOException {
            if (count == 0) {
                return;
            }
            int first = next - count;
            int[] labels = IntStream.range(first, next).map(source::label).toArray();
            float[] network = probabilities == null ? null : Arrays.copyOf(probabilities, count * classes());
            consumer.accept(new Batch(first, features.flip(), network, labels));
            begin();
            progress.report(next, size());
        }
    }
}
