package io.github.afterimage.experiments.layers;

import io.github.afterimage.Progress;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.evaluation.ExamplesView;
import io.github.afterimage.model.network.KeyLayers;
import io.github.afterimage.model.network.Network;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;

/** The columns and weights of the layers that make one key, within features that hold several layers. */
record LayerSlice(List<Range> ranges) {

    /** The consecutive columns of one layer, and its weight. */
    record Range(int from, int length, float weight) {}

    /** Makes a slice of one unweighted layer. */
    static LayerSlice of(int from, int length) {
        return new LayerSlice(List.of(new Range(from, length, 1)));
    }

    /**
     * Makes the slice of a key.
     *
     * @param all the layers of the features, in order
     * @param sizes the number of values of each layer
     */
    static LayerSlice of(KeyLayers key, List<String> all, List<Integer> sizes) {
        List<Range> ranges = new ArrayList<>();
        for (int i = 0; i < key.names().size(); i++) {
            int place = all.indexOf(key.names().get(i));
            int from =
                    sizes.subList(0, place).stream().mapToInt(Integer::intValue).sum();
            ranges.add(new Range(from, sizes.get(place), key.weights().get(i).floatValue()));
        }
        return new LayerSlice(ranges);
    }

    /** Returns the number of values of the key. */
    int length() {
        return ranges.stream().mapToInt(Range::length).sum();
    }

    /** Copies the slice of {@code count} rows into a buffer, and returns {@code (count, length)} values of it. */
    FloatBuffer of(FloatBuffer features, int count, FloatBuffer buffer) {
        int dim = features.remaining() / count;
        int to = 0;
        for (int row = 0; row < count; row++) {
            int start = features.position() + row * dim;
            for (Range range : ranges) {
                buffer.put(to, features, start + range.from, range.length);
                for (int i = to; i < to + range.length && range.weight != 1; i++) {
                    buffer.put(i, buffer.get(i) * range.weight);
                }
                to += range.length;
            }
        }
        return buffer.slice(0, to);
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
                consumer.accept(new Batch(batch.first(), features, batch.probabilities(), batch.labels()));
            });
        }
    }
}
