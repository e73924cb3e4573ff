package io.github.afterimage.engine;

import io.github.afterimage.keys.Keys;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;

/** Evaluates the scores {@code (count, batch)} of a tile in plain Java. */
final class PortableScores {
    private PortableScores() {}

    static void classSums(FloatBuffer scores, Keys tile, Queries queries, Partial partial) {
        int batch = queries.batch();
        int count = (int) tile.count();
        float[] all = new float[count * batch];
        scores.get(0, all);
        int[] labels = tile.labels(0, count);
        double[] factors = new double[count]; // 0 for removed keys
        for (int row = 0; row < count; row++) {
            factors[row] = tile.isRemoved(row) ? 0 : 1;
        }
        double[] exponents = new double[count];
        double[] terms = new double[count];
        double[] ofClasses = new double[partial.classes() <= count ? partial.classes() : 0];
        FloatBuffer maxima = partial.maxima();
        for (int query = 0; query < batch; query++) {
            float reference = queries.reference(query);
            float maximum = maxima.get(query);
            for (int row = 0; row < count; row++) {
                float score = all[row * batch + query];
                exponents[row] = factors[row] == 0 ? 0 : score - reference;
                maximum = factors[row] == 0 ? maximum : Math.max(maximum, score);
            }
            maxima.put(query, maximum);
            for (int t = 0; t < partial.thetas().length; t++) {
                exponentials(exponents, partial.thetas()[t], terms);
                DoubleBuffer sums = partial.sums(t, query);
                if (partial.classes() <= count) { // an array takes less time, but copying many classes takes more
                    sums.get(0, ofClasses);
                    for (int row = 0; row < count; row++) {
                        ofClasses[labels[row]] += factors[row] * terms[row];
                    }
                    sums.put(0, ofClasses);
                } else {
                    for (int row = 0; row < count; row++) {
                        sums.put(labels[row], sums.get(labels[row]) + factors[row] * terms[row]);
                    }
                }
            }
        }
    }

    /**
     * Computes exp(theta x) as exp(theta x / 4,096) squared twelve times, because Java makes vectors of products: this takes a fifth of
     * the time of {@link Math#exp}. The relative error is below 1e-9 for results from 1e-80 to 1e80.
     */
    private static void exponentials(double[] x, double theta, double[] results) {
        double factor = theta / 4096;
        for (int i = 0; i < results.length; i++) {
            double y = Math.max(-1, factor * x[i]); // exp(-4096) is 0
            results[i] =
                    1 + y * (1 + y * (1 / 2.0 + y * (1 / 6.0 + y * (1 / 24.0 + y * (1 / 120.0 + y * (1 / 720.0))))));
        }
        for (int squares = 0; squares < 12; squares++) {
            for (int i = 0; i < results.length; i++) {
                results[i] *= results[i];
            }
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
                double weight = tile.isRemoved(row) ? 0 : Math.exp(gradient.theta() * (scores.get(place) - reference));
                scores.put(place, (float) (weight * coefficients.get(tile.label(row))));
            }
        }
    }
}
