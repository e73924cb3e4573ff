package io.github.afterimage.experiments.layers;

import io.github.afterimage.Progress;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.evaluation.ExamplesView;
import java.io.IOException;
import java.nio.FloatBuffer;

/** Examples whose features are a slice of those of other examples. */
final class LayerSliceExamples extends ExamplesView {
    private final LayerSlice slice;

    LayerSliceExamples(Examples examples, LayerSlice slice) {
        super(examples);
        this.slice = slice;
    }

    @Override
    public int dim() {
        return slice.length();
    }

    @Override
    public Examples select(int[] rows) {
        return new LayerSliceExamples(super.select(rows), slice);
    }

    @Override
    public void forEachBatch(int maxBatch, Progress progress, Consumer consumer) throws IOException {
        FloatBuffer buffer = slice.buffer(Math.min(maxBatch, size()));
        super.forEachBatch(maxBatch, progress, batch -> {
            FloatBuffer features = slice.of(batch.features(), batch.labels().length, buffer);
            consumer.accept(new Batch(batch.first(), features, batch.probabilities(), batch.labels()));
        });
    }
}
