package io.github.afterimage.model.evaluation;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Examples of one feature, from arrays.
 *
 * @param features (n)
 * @param probabilities (n, classes)
 * @param labels (n)
 * @param reads receives each feature when it is read
 */
public record ArrayExamples(float[] features, float[] probabilities, int[] labels, List<Float> reads)
        implements BatchReader {
    public ArrayExamples(float[] features, float[] probabilities, int[] labels) {
        this(features, probabilities, labels, new ArrayList<>());
    }

    @Override
    public int size() {
        return labels.length;
    }

    @Override
    public int dim() {
        return 1;
    }

    @Override
    public int classes() {
        return probabilities.length / labels.length;
    }

    @Override
    public List<String> classNames() {
        return List.of();
    }

    @Override
    public int label(int example) {
        return labels[example];
    }

    @Override
    public String name(int example) {
        return "";
    }

    @Override
    public boolean hasProbabilities() {
        return true;
    }

    @Override
    public Examples select(int[] rows) {
        float[] chosen = new float[rows.length];
        FloatBuffer chosenProbabilities = FloatBuffer.allocate(rows.length * classes());
        for (int i = 0; i < rows.length; i++) {
            chosen[i] = features[rows[i]];
            chosenProbabilities.put(probabilities, rows[i] * classes(), classes());
        }
        int[] chosenLabels = IntStream.of(rows).map(row -> labels[row]).toArray();
        return new ArrayExamples(chosen, chosenProbabilities.array(), chosenLabels, reads);
    }

    @Override
    public void read(int first, int count, FloatBuffer target, FloatBuffer targetProbabilities) {
        target.put(features, first, count);
        targetProbabilities.put(probabilities, first * classes(), count * classes());
        for (int i = first; i < first + count; i++) {
            reads.add(features[i]);
        }
    }
}
