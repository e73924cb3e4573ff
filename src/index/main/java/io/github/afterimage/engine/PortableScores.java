package io.github.afterimage.engine;

import io.github.afterimage.keys.Keys;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.util.function.IntFunction;

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

    /** Computes the term of each score for a theta, 0 for removed keys; adds their totals, and updates the maxima. */
    static void terms(FloatBuffer scores, Keys tile, Queries queries, Partial partial, int t, FloatBuffer terms) {
        int batch = queries.batch();
        double[] totals = new double[batch];
        FloatBuffer maxima = partial.maxima();
        float theta = partial.thetas()[t];
        for (int row = 0; row < tile.count(); row++) {
            boolean removed = tile.isRemoved(row);
            float weight = tile.weight(row);
            for (int query = 0; query < batch; query++) {
                float score = scores.get(row * batch + query);
                double term = removed ? 0 : weight * Math.exp(theta * (score - queries.reference(query)));
                terms.put(row * batch + query, (float) term);
                totals[query] += term;
                if (!removed && score > maxima.get(query)) {
                    maxima.put(query, score);
                }
            }
        }
        for (int query = 0; query < batch; query++) {
            DoubleBuffer sums = partial.sums(t, query);
            int last = sums.limit() - 1;
            sums.put(last, sums.get(last) + totals[query]);
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

    /** Replaces each score by the weight of its key in the gradient of probabilities. */
    static void weigh(FloatBuffer scores, Keys tile, Queries queries, Gradient gradient) {
        weigh(scores, tile, queries, gradient, query -> {
            FloatBuffer coefficients = gradient.coefficients(query);
            return row -> coefficients.get(tile.label(row));
        });
    }

    /**
     * Replaces each score by the weight of its key in the gradient of means of values.
     *
     * @param products of coefficients and values, without the last coefficient: (count, batch)
     */
    static void weigh(FloatBuffer scores, Keys tile, Queries queries, Gradient gradient, FloatBuffer products) {
        int last = gradient.columns().results();
        weigh(scores, tile, queries, gradient, query -> {
            float constant = gradient.coefficients(query).get(last);
            return row -> constant + products.get(row * queries.batch() + query);
        });
    }

    private interface Coefficient {
        float of(int row);
    }

    private static void weigh(
            FloatBuffer scores, Keys tile, Queries queries, Gradient gradient, IntFunction<Coefficient> coefficients) {
        int batch = queries.batch();
        for (int query = 0; query < batch; query++) {
            float reference = queries.reference(query);
            Coefficient coefficient = coefficients.apply(query);
            for (int row = 0; row < tile.count(); row++) {
                int place = row * batch + query;
                double weight = tile.isRemoved(row)
                        ? 0
                        : tile.weight(row) * Math.exp(gradient.theta() * (scores.get(place) - reference));
                scores.put(place, (float) (weight * coefficient.of(row)));
            }
        }
    }
}
