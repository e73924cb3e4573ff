package io.github.afterimage.experiment.paper;

import io.github.afterimage.experiment.Examples;
import io.github.afterimage.experiment.Progress;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.List;

/** Examples of whose features only some columns are looked at. */
record ColumnExamples(Examples examples, int from, int length) implements Examples {

    /** Those columns of {@code count} rows: a copy {@code (count, size)} in native memory. */
    static FloatBuffer columns(FloatBuffer features, int count, int from, int length) {
        int dim = features.remaining() / count;
        FloatBuffer part = ByteBuffer.allocateDirect(Math.multiplyExact(count, Math.multiplyExact(length, Float.BYTES)))
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
        for (int row = 0; row < count; row++) {
            part.put(row * length, features, features.position() + row * dim + from, length);
        }
        return part;
    }

    @Override
    public int size() {
        return examples.size();
    }

    @Override
    public int dim() {
        return length;
    }

    @Override
    public int classes() {
        return examples.classes();
    }

    @Override
    public List<String> classNames() {
        return examples.classNames();
    }

    @Override
    public int label(int example) {
        return examples.label(example);
    }

    @Override
    public boolean hasProbabilities() {
        return examples.hasProbabilities();
    }

    @Override
    public Examples chosen(int[] rows) {
        return new ColumnExamples(examples.chosen(rows), from, length);
    }

    @Override
    public void forEachBatch(int largestBatch, Progress progress, Consumer consumer) throws IOException {
        examples.forEachBatch(largestBatch, progress, batch -> {
            FloatBuffer columns = columns(batch.features(), batch.labels().length, from, length);
            consumer.accept(new Batch(batch.first(), columns, batch.probabilities(), batch.labels()));
        });
    }
}
