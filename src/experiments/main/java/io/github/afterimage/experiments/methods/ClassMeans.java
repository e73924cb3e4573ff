package io.github.afterimage.experiments.methods;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Progress;
import io.github.afterimage.model.evaluation.Evaluation;
import io.github.afterimage.model.evaluation.Examples;
import java.io.IOException;
import java.util.Arrays;

/** The mean of the keys of each class, as one key with that class: an index of these classifies by the nearest class mean. */
final class ClassMeans {
    private final double[][] sums;
    private final int[] counts;

    /** @param index encodes the examples as its keys are encoded */
    ClassMeans(CacheIndex index, Examples keys, Progress progress) throws IOException {
        int dim = index.format().keyDim();
        sums = new double[index.classes()][dim];
        counts = new int[index.classes()];
        keys.forEachBatch(Evaluation.BATCH, progress, batch -> {
            float[] rows = index.encode(batch.features());
            for (int row = 0; row < batch.labels().length; row++) {
                int label = batch.labels()[row];
                counts[label]++;
                for (int i = 0; i < dim; i++) {
                    sums[label][i] += rows[row * dim + i];
                }
            }
        });
    }

    /** Adds one key for each class that has a mean; classes whose keys cancel out have none. */
    void addTo(CacheIndex index) {
        for (int label = 0; label < sums.length; label++) {
            float[] mean = new float[sums[label].length];
            for (int i = 0; i < mean.length; i++) {
                mean[i] = (float) (sums[label][i] / Math.max(1, counts[label]));
            }
            if (!Arrays.equals(mean, new float[mean.length])) {
                index.add(mean, new int[] {label});
            }
        }
    }
}
