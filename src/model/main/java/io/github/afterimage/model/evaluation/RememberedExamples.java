package io.github.afterimage.model.evaluation;

import io.github.afterimage.NotEnoughMemoryException;
import io.github.afterimage.store.Memory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Examples that remember what was computed for a sample of them: a pass over all runs
 * the network over the others alone.
 *
 * <p>Threads: for one thread. Lifetime: holds native memory until closed.
 */
public final class RememberedExamples implements Examples, AutoCloseable {
    /** Twice what the usual sample of 10,000 takes with 12,288 values, the longest key of the README. */
    public static final long LARGEST_BYTES = 1L << 30;

    /** Of the memory that the library may use, an eighth leaves room for keys and for learning from the same sample. */
    public static final int PART_OF_MEMORY = 8;

    private final Examples source;
    private final long largestBytes;
    private Sample sample;

    /** @param largestBytes of features to remember; a larger sample is computed again */
    public RememberedExamples(Examples source, long largestBytes) {
        this.source = source;
        this.largestBytes = largestBytes;
    }

    /** The rows of a sample, ascending, and what is known of the first {@code known} of them. */
    private final class Sample implements AutoCloseable {
        private final int[] rows;
        private final Memory features;
        private final float[] probabilities;
        private int known;

        Sample(int[] rows) {
            this.rows = rows.clone();
            features = Memory.allocate(bytes(rows.length));
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

        FloatBuffer features(int place) {
            return features.buffer(bytes(place), dim() * Float.BYTES)
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

    /** How many examples a pass over all of them need not compute. */
    public int remembered() {
        return sample == null || !sample.isComplete() ? 0 : sample.rows.length;
    }

    @Override
    public int size() {
        return source.size();
    }

    @Override
    public int dim() {
        return source.dim();
    }

    @Override
    public int classes() {
        return source.classes();
    }

    @Override
    public List<String> classNames() {
        return source.classNames();
    }

    @Override
    public int label(int example) {
        return source.label(example);
    }

    @Override
    public String name(int example) {
        return source.name(example);
    }

    @Override
    public boolean hasProbabilities() {
        return source.hasProbabilities();
    }

    @Override
    public Examples select(int[] rows) {
        return source.select(rows);
    }

    /** Remembers what it hands over, if there is room and the numbers ascend. */
    @Override
    public void forEachBatch(int[] rows, int largestBatch, Progress progress, Consumer consumer) throws IOException {
        begin(rows);
        source.forEachBatch(rows, largestBatch, progress, batch -> {
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
        if (ascending && bytes(rows.length) <= largestBytes) {
            try {
                sample = new Sample(rows);
            } catch (NotEnoughMemoryException e) {
                // They are computed again instead.
            }
        }
    }

    @Override
    public void forEachBatch(int largestBatch, Progress progress, Consumer consumer) throws IOException {
        if (remembered() == 0) {
            source.forEachBatch(largestBatch, progress, consumer);
            return;
        }
        Merge merge = new Merge(largestBatch, progress, consumer);
        int[] others = IntStream.range(0, size())
                .filter(row -> Arrays.binarySearch(sample.rows, row) < 0)
                .toArray();
        if (others.length > 0) {
            Progress done = (count, total) -> progress.report(merge.next, size());
            source.select(others).forEachBatch(largestBatch, done, batch -> merge.add(batch, others));
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

    /** Batches of all examples in order, from those that are computed now and those that are remembered. */
    private final class Merge {
        private final Progress progress;
        private final Consumer consumer;
        private final int largestBatch;
        private final FloatBuffer features;
        private float[] probabilities;
        private int count; // in the batch
        private int next; // example
        private int place; // of the next remembered one

        Merge(int largestBatch, Progress progress, Consumer consumer) {
            this.progress = progress;
            this.consumer = consumer;
            this.largestBatch = largestBatch;
            features = ByteBuffer.allocateDirect(
                            Math.multiplyExact(largestBatch, Math.multiplyExact(dim(), Float.BYTES)))
                    .order(ByteOrder.nativeOrder())
                    .asFloatBuffer();
            begin();
        }

        private void begin() {
            count = 0;
            features.clear();
            probabilities = hasProbabilities() ? new float[largestBatch * classes()] : null;
        }

        void add(Batch batch, int[] numbers) throws IOException {
            for (int i = 0; i < batch.labels().length; i++) {
                addRemembered(numbers[batch.first() + i]);
                add(batch.features().slice(i * dim(), dim()), batch.probabilities(), i);
            }
        }

        void addRemembered(int end) throws IOException {
            while (next < end) {
                add(sample.features(place), sample.probabilities, place);
                place++;
            }
        }

        private void add(FloatBuffer row, float[] network, int index) throws IOException {
            features.put(row);
            if (network != null) {
                System.arraycopy(network, index * classes(), probabilities, count * classes(), classes());
            }
            count++;
            next++;
            if (count == largestBatch) {
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
