package io.github.afterimage.experiments.paper;

import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.evaluation.ExamplesView;
import io.github.afterimage.model.evaluation.Progress;
import java.io.IOException;
import java.nio.FloatBuffer;

/** Examples reduced to some columns of their features. */
final class LayerSliceExamples extends ExamplesView {
    private final LayerSlice columns;

    LayerSliceExamples(Examples examples, LayerSlice columns) {
        super(examples);
        this.columns = columns;
    }

    @Override
    public int dim() {
        return columns.length();
    }

    @Override
    public Examples select(int[] rows) {
        return new LayerSliceExamples(super.select(rows), columns);
    }

    @Override
    public void forEachBatch(int maxBatch, Progress progress, Consumer consumer) throws IOException {
        FloatBuffer room = columns.room(Math.min(maxBatch, size()));
        super.forEachBatch(maxBatch, progress, batch -> {
            FloatBuffer chosen = columns.of(batch.features(), batch.labels().length, room);
            consumer.accept(new Batch(batch.first(), chosen, batch.probabilities(), batch.labels()));
        });
    }
}
