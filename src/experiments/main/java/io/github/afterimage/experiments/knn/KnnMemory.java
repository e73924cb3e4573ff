package io.github.afterimage.experiments.knn;

import io.github.afterimage.ElementType;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.model.evaluation.NearestEvaluation;

/**
 * The memory that {@code measure knn} needs, known before it reads the data.
 *
 * @param keys number of training examples
 * @param k greatest number of neighbours
 * @param points number of pairs of k and temperature
 */
record KnnMemory(long keys, int dim, ElementType type, int classes, int threads, int k, int points) {
    /** Id, label, and what removing a key would take. */
    private static final int BYTES_BESIDE_A_KEY = 2 * Long.BYTES + Integer.BYTES;

    /** A score and a row. */
    private static final int BYTES_OF_A_NEIGHBOUR = Float.BYTES + Long.BYTES;

    long keyBytes() {
        int scale = type.scaled() ? Float.BYTES : 0;
        return keys * ((long) dim * type.bytes() + BYTES_BESIDE_A_KEY + scale);
    }

    /** The features of a batch, as they are read and of unit norm, its neighbours on each thread, and its answers. */
    long batchBytes() {
        long batch = NearestEvaluation.batchSize(points, 1, classes);
        long features = 2L * dim * Float.BYTES;
        long neighbours = Math.min(k, keys) * (threads + 1L) * BYTES_OF_A_NEIGHBOUR;
        return batch * (features + neighbours + (long) points * classes * Float.BYTES);
    }

    long bytes() {
        return keyBytes() + batchBytes();
    }

    String sentence() {
        return Format.keys(keys, dim, type) + ", need " + Format.bytes(keyBytes())
                + " of memory, and a batch of queries " + Format.bytes(batchBytes());
    }
}
