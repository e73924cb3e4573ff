package io.github.afterimage.experiments.trial;

import io.github.afterimage.Progress;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.evaluation.ExamplesView;
import java.io.IOException;
import java.util.Arrays;

/** Examples with the answers of a network that knows nothing: its mixture with a cache answers as the cache alone. */
final class UniformAnswers extends ExamplesView {
    UniformAnswers(Examples examples) {
        super(examples);
    }

    @Override
    public boolean hasProbabilities() {
        return true;
    }

    @Override
    public Examples select(int[] rows) {
        return new UniformAnswers(super.select(rows));
    }

    @Override
    public void forEachBatch(int maxBatch, Progress progress, Consumer consumer) throws IOException {
        super.forEachBatch(maxBatch, progress, batch -> {
            float[] equal = new float[batch.labels().length * classes()];
            Arrays.fill(equal, 1f / classes());
            consumer.accept(new Batch(batch.first(), batch.features(), equal, batch.labels()));
        });
    }
}
