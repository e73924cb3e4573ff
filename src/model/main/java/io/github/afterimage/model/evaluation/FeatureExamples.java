package io.github.afterimage.model.evaluation;

import io.github.afterimage.ElementType;
import io.github.afterimage.model.data.FeatureSet;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads features that another program computed. */
final class FeatureExamples implements BatchReader {
    private final FeatureSet features;
    private final int[] labels; // of all rows of the file
    private final int @Nullable [] rows; // null for all
    private final int spareClasses; // whose probabilities, which the file does not have, are 0
    private final int classes;

    FeatureExamples(FeatureSet features, int spareClasses) {
        this(features, spareClasses, features.labels(), null);
    }

    private FeatureExamples(FeatureSet features, int spareClasses, int[] labels, int @Nullable [] rows) {
        this.features = features;
        this.spareClasses = spareClasses;
        this.labels = labels;
        this.rows = rows;
        int largest = Arrays.stream(labels).max().orElse(0);
        classes = features.probabilityClasses().isPresent()
                ? features.probabilityClasses().getAsInt() + spareClasses
                : 1 + largest;
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
    public Optional<String> reduction() {
        return features.reduction();
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
    public boolean hasLabels() {
        return features.hasLabels();
    }

    @Override
    public int label(int example) {
        return labels[row(example)];
    }

    @Override
    public String name(int example) {
        return features.rowName(row(example));
    }

    @Override
    public float weight(int example) {
        return features.weight(row(example));
    }

    @Override
    public int valueWidth() {
        return features.valueWidth();
    }

    @Override
    public ElementType valueType() {
        return features.valueType();
    }

    @Override
    public void readValues(int first, int count, FloatBuffer target) throws IOException {
        int step = rows == null ? count : 1;
        for (int i = 0; i < count; i += step) {
            features.readValues(row(first + i), step, target);
        }
    }

    @Override
    public boolean hasProbabilities() {
        return features.probabilityClasses().isPresent();
    }

    @Override
    public Examples select(int[] chosen) {
        return new FeatureExamples(
                features,
                spareClasses,
                labels,
                Arrays.stream(chosen).map(this::row).toArray());
    }

    private int row(int example) {
        return rows == null ? Objects.checkIndex(example, size()) : rows[example];
    }

    @Override
    public void read(int first, int count, FloatBuffer values, @Nullable FloatBuffer probabilities) throws IOException {
        int step = rows == null && spareClasses == 0 ? count : 1;
        for (int i = 0; i < count; i += step) {
            features.read(row(first + i), step, values);
            if (probabilities != null) {
                features.readProbabilities(row(first + i), step, probabilities);
                probabilities.put(new float[spareClasses]);
            }
        }
    }
}
