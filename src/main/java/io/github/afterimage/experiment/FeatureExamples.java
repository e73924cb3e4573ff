package io.github.afterimage.experiment;

import io.github.afterimage.data.FeatureSet;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;

/** Reads features that were made elsewhere. */
final class FeatureExamples implements Examples {
    private final FeatureSet features;
    private final int[] labels;
    private final int classes;

    FeatureExamples(FeatureSet features) {
        this.features = features;
        labels = features.labels();
        classes = features.probabilityClasses()
                .orElse(1 + Arrays.stream(labels).max().orElse(0));
    }

    @Override
    public int size() {
        return labels.length;
    }

    @Override
    public int dim() {
        return features.dim();
    }

    @Override
    public int classes() {
        return classes;
    }

    @Override
    public List<String> classNames() {
        return List.of();
    }

    @Override
    public boolean hasProbabilities() {
        return features.probabilityClasses().isPresent();
    }

    @Override
    public void forEachBatch(int largestBatch, Progress progress, Consumer consumer) throws IOException {
        for (int first = 0; first < size(); first += largestBatch) {
            int count = Math.min(largestBatch, size() - first);
            FloatBuffer rows = FloatBuffer.allocate(Math.multiplyExact(count, dim()));
            features.read(first, count, rows);
            FloatBuffer probabilities = hasProbabilities() ? FloatBuffer.allocate(count * classes) : null;
            if (probabilities != null) {
                features.readProbabilities(first, count, probabilities);
            }
            consumer.accept(new Batch(
                    first,
                    rows.flip(),
                    probabilities == null ? null : probabilities.array(),
                    Arrays.copyOfRange(labels, first, first + count)));
            progress.report(first + count, size());
        }
    }
}
