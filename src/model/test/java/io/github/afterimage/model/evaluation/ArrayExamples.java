package io.github.afterimage.model.evaluation;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Examples from arrays.
 *
 * @param features (n, dim)
 * @param probabilities (n, classes)
 * @param labels (n)
 * @param reads receives the first feature of each example when it is read
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
    public Format format() {
        return new Format(features.length / labels.length, probabilities.length / labels.length, List.of(), 1);
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
    public Examples select(int[] rows) {
        FloatBuffer chosen = FloatBuffer.allocate(rows.length * dim());
        FloatBuffer chosenProbabilities = FloatBuffer.allocate(rows.length * classes());
        for (int i = 0; i < rows.length; i++) {
            chosen.put(features, rows[i] * dim(), dim());
            chosenProbabilities.put(probabilities, rows[i] * classes(), classes());
        }
        int[] chosenLabels = IntStream.of(rows).map(row -> labels[row]).toArray();
        return new ArrayExamples(chosen.array(), chosenProbabilities.array(), chosenLabels, reads);
    }

    @Override
    public void read(int first, int count, FloatBuffer target, FloatBuffer targetProbabilities) {
        target.put(features, first * dim(), count * dim());
        targetProbabilities.put(probabilities, first * classes(), count * classes());
        for (int i = first; i < first + count; i++) {
            reads.add(features[i * dim()]);
        }
    }
}
