package io.github.afterimage.experiments.paper;

import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.evaluation.Progress;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.List;

/** Examples of whose features only some columns are looked at. */
record LayerSliceExamples(Examples examples, LayerSlice columns) implements Examples {

    @Override
    public int size() {
        return examples.size();
    }

    @Override
    public int dim() {
        return columns.length();
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
    public String name(int example) {
        return examples.name(example);
    }

    @Override
    public boolean hasProbabilities() {
        return examples.hasProbabilities();
    }

    @Override
    public Examples select(int[] rows) {
        return new LayerSliceExamples(examples.select(rows), columns);
    }

    @Override
    public void forEachBatch(int largestBatch, Progress progress, Consumer consumer) throws IOException {
        FloatBuffer room = columns.room(Math.min(largestBatch, size()));
        examples.forEachBatch(largestBatch, progress, batch -> {
            FloatBuffer chosen = columns.of(batch.features(), batch.labels().length, room);
            consumer.accept(new Batch(batch.first(), chosen, batch.probabilities(), batch.labels()));
        });
    }
}
