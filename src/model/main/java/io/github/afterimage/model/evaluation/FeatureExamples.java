package io.github.afterimage.model.evaluation;

import io.github.afterimage.model.data.FeatureSet;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/** Reads features that were made elsewhere. */
final class FeatureExamples implements Examples {
    private final FeatureSet features;
    private final int[] labels; // of all
    private final int[] rows; // null for all
    private final int classes;

    FeatureExamples(FeatureSet features) {
        this(features, features.labels(), null);
    }

    private FeatureExamples(FeatureSet features, int[] labels, int[] rows) {
        this.features = features;
        this.labels = labels;
        this.rows = rows;
        classes = features.probabilityClasses()
                .orElse(1 + Arrays.stream(labels).max().orElse(0));
    }

    @Override
    public int size() {
        return rows == null ? labels.length : rows.length;
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
    public int label(int example) {
        return labels[rows == null ? Objects.checkIndex(example, size()) : rows[example]];
    }

    @Override
    public String name(int example) {
        return features.rowName(rows == null ? Objects.checkIndex(example, size()) : rows[example]);
    }

    @Override
    public boolean hasProbabilities() {
        return features.probabilityClasses().isPresent();
    }

    @Override
    public Examples select(int[] chosen) {
        int[] inFile = rows == null
                ? chosen.clone()
                : Arrays.stream(chosen).map(row -> rows[row]).toArray();
        return new FeatureExamples(features, labels, inFile);
    }

    @Override
    public void forEachBatch(int largestBatch, Progress progress, Consumer consumer) throws IOException {
        for (int first = 0; first < size(); first += largestBatch) {
            int count = Math.min(largestBatch, size() - first);
            FloatBuffer values = FloatBuffer.allocate(Math.multiplyExact(count, dim()));
            FloatBuffer probabilities = hasProbabilities() ? FloatBuffer.allocate(count * classes) : null;
            int[] batchLabels = new int[count];
            if (rows == null) {
                read(first, count, values, probabilities);
            }
            for (int i = 0; i < count; i++) {
                int row = rows == null ? first + i : rows[first + i];
                batchLabels[i] = labels[row];
                if (rows != null) {
                    read(row, 1, values, probabilities);
                }
            }
            consumer.accept(
                    new Batch(first, values.flip(), probabilities == null ? null : probabilities.array(), batchLabels));
            progress.report(first + count, size());
        }
    }

    private void read(int first, int count, FloatBuffer values, FloatBuffer probabilities) throws IOException {
        features.read(first, count, values);
        if (probabilities != null) {
            features.readProbabilities(first, count, probabilities);
        }
    }
}
