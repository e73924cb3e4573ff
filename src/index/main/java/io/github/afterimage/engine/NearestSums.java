package io.github.afterimage.engine;

import io.github.afterimage.store.Keys;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongFunction;
import java.util.stream.IntStream;

/**
 * The class sums of the nearest keys, for several numbers of keys and several thetas: the sums of a number of keys continue
 * those of a smaller one. In double precision, relative to the best key, so that no exponential overflows.
 *
 * <p>Threads: for one at a time.
 */
final class NearestSums {
    private final int[] ks;
    private final float[] thetas;
    private final int classes;
    private final int[] order; // places of the ks, the least k first
    private final List<ClassProbabilities> results = new ArrayList<>(); // (ks, thetas)
    private final double[] sums; // (classes); 0 between two sums

    /** @param ks numbers of keys, each at least 1 */
    NearestSums(int batch, int[] ks, float[] thetas, int classes) {
        this.ks = ks;
        this.thetas = thetas;
        this.classes = classes;
        order = IntStream.range(0, ks.length)
                .boxed()
                .sorted((a, b) -> Integer.compare(ks[a], ks[b]))
                .mapToInt(Integer::intValue)
                .toArray();
        for (int i = 0; i < ks.length * thetas.length; i++) {
            results.add(new ClassProbabilities(batch, classes));
        }
        sums = new double[classes];
    }

    /** Returns the probabilities: for each k in order, one for each theta in order. */
    List<ClassProbabilities> results() {
        return results;
    }

    /**
     * Sums up the keys of some queries.
     *
     * @param nearest sorted
     * @param first the row of the results for its first query
     * @param keyOf returns the key of a row of the snapshot
     */
    void add(Nearest nearest, int first, LongFunction<Keys> keyOf) {
        int k = nearest.k();
        int[] labels = new int[k];
        double[] weights = new double[k];
        double[] scores = new double[k];
        FloatBuffer found = nearest.scores();
        for (int query = 0; query < nearest.batch(); query++) {
            Workers.checkInterrupted();
            if (nearest.rows().get(query * k + k - 1) < 0) { // NaN scores are never greater than another
                throw Partial.notFinite();
            }
            for (int place = 0; place < k; place++) {
                scores[place] = found.get(query * k + place);
                Keys key = keyOf.apply(nearest.rows().get(query * k + place));
                labels[place] = key.label(0);
                weights[place] = key.weight(0);
            }
            for (int t = 0; t < thetas.length; t++) {
                add(t, scores, weights, labels, first + query);
            }
        }
    }

    private void add(int t, double[] scores, double[] weights, int[] labels, int row) {
        double theta = thetas[t];
        double total = 0;
        int place = 0;
        for (int i : order) {
            for (; place < Math.min(ks[i], scores.length); place++) {
                double term = weights[place] * Math.exp(theta * (scores[place] - scores[0]));
                sums[labels[place]] += term;
                total += term;
            }
            ClassProbabilities target = results.get(i * thetas.length + t);
            for (int counted = 0; counted < place; counted++) {
                target.values()[row * classes + labels[counted]] = (float) (sums[labels[counted]] / total);
            }
            target.logMasses()[row] = Math.log(total) + theta * (scores[0] - 1);
        }
        for (int counted = 0; counted < place; counted++) {
            sums[labels[counted]] = 0;
        }
    }
}
