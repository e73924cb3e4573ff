package io.github.afterimage.model.evaluation;

import io.github.afterimage.Progress;
import io.github.afterimage.model.network.Network;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Examples that fill the buffers of a batch; one direct buffer of features serves all batches of a pass. */
public interface BatchReader extends Examples {
    /**
     * Reads consecutive examples.
     *
     * @param features receives {@code (count, dim)} at its position, which moves on
     * @param probabilities receives {@code (count, views, classes)}; null without probabilities
     */
    void read(int first, int count, FloatBuffer features, @Nullable FloatBuffer probabilities) throws IOException;

    @Override
    default void forEachBatch(int maxBatch, Progress progress, Consumer consumer) throws IOException {
        int rows = Math.min(maxBatch, size());
        FloatBuffer features = Network.buffer(rows, dim());
        progress.report(0, size());
        for (int first = 0; first < size(); first += maxBatch) {
            int count = Math.min(maxBatch, size() - first);
            FloatBuffer probabilities = hasProbabilities() ? FloatBuffer.allocate(count * views() * classes()) : null;
            read(first, count, features.clear(), probabilities);
            int[] labels =
                    IntStream.range(first, first + count).map(this::label).toArray();
            float[] array = probabilities == null ? null : probabilities.array();
            consumer.accept(new Batch(first, features.flip(), array, views(), labels));
            progress.report(first + count, size());
        }
    }
}
