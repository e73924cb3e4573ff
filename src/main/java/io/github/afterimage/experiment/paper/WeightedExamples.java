package io.github.afterimage.experiment.paper;

import io.github.afterimage.experiment.Examples;
import io.github.afterimage.experiment.Progress;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.List;

/** Examples whose features are multiplied by a weight for each value. */
record WeightedExamples(Examples examples, float[] weights) implements Examples {

    /** The same examples where all weights are 1. */
    static Examples of(Examples examples, KeyLayers layers, List<Integer> sizes) {
        return layers.weighted() ? new WeightedExamples(examples, layers.perValue(sizes)) : examples;
    }

    @Override
    public int size() {
        return examples.size();
    }

    @Override
    public int dim() {
        return examples.dim();
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
        return new WeightedExamples(examples.chosen(rows), weights);
    }

    @Override
    public void forEachBatch(int largestBatch, Progress progress, Consumer consumer) throws IOException {
        examples.forEachBatch(largestBatch, progress, batch -> {
            FloatBuffer from = batch.features();
            FloatBuffer weighted = ByteBuffer.allocateDirect(Math.multiplyExact(from.remaining(), Float.BYTES))
                    .order(ByteOrder.nativeOrder())
                    .asFloatBuffer();
            for (int i = 0; i < weighted.limit(); i++) {
                weighted.put(i, from.get(from.position() + i) * weights[i % weights.length]);
            }
            consumer.accept(new Batch(batch.first(), weighted, batch.probabilities(), batch.labels()));
        });
    }
}
