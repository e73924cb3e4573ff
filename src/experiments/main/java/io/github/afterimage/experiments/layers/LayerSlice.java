package io.github.afterimage.experiments.layers;

import io.github.afterimage.Progress;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.evaluation.ExamplesView;
import io.github.afterimage.model.network.Network;
import java.io.IOException;
import java.nio.FloatBuffer;

/**
 * The consecutive columns of one layer within features that hold several.
 *
 * @param depth the position of the layer, see {@link LayerErrors}
 */
record LayerSlice(String layer, double depth, int from, int length) {

    /** Copies the slice of {@code count} rows into a buffer, and returns {@code (count, length)} values of it. */
    FloatBuffer of(FloatBuffer features, int count, FloatBuffer buffer) {
        int dim = features.remaining() / count;
        for (int row = 0; row < count; row++) {
            buffer.put(row * length, features, features.position() + row * dim + from, length);
        }
        return buffer.slice(0, count * length);
    }

    /** Examples whose features are a slice of those of other examples. */
    static final class LayerSliceExamples extends ExamplesView {
        private final LayerSlice slice;

        LayerSliceExamples(Examples examples, LayerSlice slice) {
            super(examples);
            this.slice = slice;
        }

        @Override
        public Format format() {
            return super.format().withDim(slice.length());
        }

        @Override
        public Examples select(int[] rows) {
            return new LayerSliceExamples(super.select(rows), slice);
        }

        @Override
        public void forEachBatch(int maxBatch, Progress progress, Consumer consumer) throws IOException {
            FloatBuffer buffer = Network.buffer(Math.min(maxBatch, size()), slice.length());
            super.forEachBatch(maxBatch, progress, batch -> {
                FloatBuffer features = slice.of(batch.features(), batch.labels().length, buffer);
                consumer.accept(
                        new Batch(batch.first(), features, batch.probabilities(), batch.views(), batch.labels()));
            });
        }
    }
}
