package io.github.afterimage.engine;

import io.github.afterimage.store.Keys;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;

/** Evaluates the scores {@code (count, batch)} of a tile in plain Java. */
final class PortableScores {
    private PortableScores() {}

    static void classSums(FloatBuffer scores, Keys tile, Queries queries, Partial partial) {
        int batch = queries.batch();
        FloatBuffer maxima = partial.maxima();
        for (int query = 0; query < batch; query++) {
            float reference = queries.reference(query);
            float maximum = maxima.get(query);
            for (int t = 0; t < partial.thetas().length; t++) {
                float theta = partial.thetas()[t];
                DoubleBuffer sums = partial.sums(t, query);
                for (int row = 0; row < tile.count(); row++) {
                    if (tile.isRemoved(row)) {
                        continue;
                    }
                    float score = scores.get(row * batch + query);
                    maximum = Math.max(maximum, score);
                    int label = tile.label(row);
                    sums.put(label, sums.get(label) + tile.weight(row) * Math.exp(theta * (score - reference)));
                }
            }
            maxima.put(query, maximum);
        }
    }

    static void nearest(FloatBuffer scores, Keys tile, Nearest nearest) {
        for (int row = 0; row < tile.count(); row++) {
            if (tile.isRemoved(row)) {
                continue;
            }
            for (int query = 0; query < nearest.batch(); query++) {
                nearest.offer(query, scores.get(row * nearest.batch() + query), tile.firstRow() + row);
            }
        }
    }

    /** Replaces each score by the weight of its key in the gradient. */
    static void weigh(FloatBuffer scores, Keys tile, Queries queries, Gradient gradient) {
        int batch = queries.batch();
        for (int query = 0; query < batch; query++) {
            float reference = queries.reference(query);
            FloatBuffer coefficients = gradient.coefficients(query);
            for (int row = 0; row < tile.count(); row++) {
                int place = row * batch + query;
                double weight = tile.isRemoved(row)
                        ? 0
                        : tile.weight(row) * Math.exp(gradient.theta() * (scores.get(place) - reference));
                scores.put(place, (float) (weight * coefficients.get(tile.label(row))));
            }
        }
    }
}
