package io.github.afterimage.engine;

import io.github.afterimage.keys.Keys;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The sums of the nearest keys, of classes or of values, for several numbers of keys and several thetas: the sums of a number of
 * keys continue those of a smaller one. In double precision, relative to the best key, so that no exponential overflows.
 *
 * <p>Threads: for one at a time.
 */
final class NearestSums {
    private final int[] ks;
    private final float[] thetas;
    private final Columns columns;
    private final int[] order; // places of the ks, the least k first
    private final List<NormalizedSums> results = new ArrayList<>(); // (ks, thetas)
    private final double[] sums; // of the results; 0 between two sums

    /** @param ks numbers of keys, each at least 1 */
    NearestSums(int batch, int[] ks, float[] thetas, Columns columns) {
        this.ks = ks;
        this.thetas = thetas;
        this.columns = columns;
        order = IntStream.range(0, ks.length)
                .boxed()
                .sorted((a, b) -> Integer.compare(ks[a], ks[b]))
                .mapToInt(Integer::intValue)
                .toArray();
        for (int i = 0; i < ks.length * thetas.length; i++) {
            results.add(new NormalizedSums(batch, columns));
        }
        sums = new double[columns.results()];
    }

    /** Returns the results: for each k in order, one for each theta in order. */
    List<NormalizedSums> results() {
        return results;
    }

    /**
     * Sums up the keys of some queries.
     *
     * @param nearest sorted, of the pass
     * @param first the row of the results for its first query
     */
    void add(Nearest nearest, int first, Pass pass) {
        int k = nearest.k();
        // The sums that keys add to: that of the class of each key, or those of all numbers of the values.
        int[] changed = columns.ofValues() ? IntStream.range(0, sums.length).toArray() : new int[k];
        float[][] values = new float[k][columns.ofValues() ? columns.results() : 0];
        double[] weights = new double[k];
        double[] scores = new double[k];
        FloatBuffer found = nearest.scores();
        for (int query = 0; query < nearest.batch(); query++) {
            Workers.checkInterrupted();
            int count = (int) Math.min(k, pass.keysOf(query));
            if (nearest.rows().get(query * k + count - 1) < 0) { // NaN scores are never greater than another
                throw Partial.notFinite();
            }
            for (int place = 0; place < count; place++) {
                scores[place] = found.get(query * k + place);
                Keys key = pass.key(nearest.rows().get(query * k + place));
                if (columns.ofValues()) {
                    key.readValues(0, values[place]);
                } else {
                    changed[place] = key.label(0);
                }
                weights[place] = key.weight(0);
            }
            for (int t = 0; t < thetas.length; t++) {
                add(t, count, scores, weights, values, changed, first + query);
            }
        }
    }

    private void add(int t, int count, double[] scores, double[] weights, float[][] values, int[] changed, int row) {
        double theta = thetas[t];
        double total = 0;
        int place = 0;
        for (int i : order) {
            for (; place < Math.min(ks[i], count); place++) {
                double term = weights[place] * Math.exp(theta * (scores[place] - scores[0]));
                if (columns.ofValues()) {
                    for (int j = 0; j < sums.length; j++) {
                        sums[j] += term * values[place][j];
                    }
                } else {
                    sums[changed[place]] += term;
                }
                total += term;
            }
            NormalizedSums target = results.get(i * thetas.length + t);
            for (int j = 0; j < (columns.ofValues() ? sums.length : place); j++) {
                target.values()[row * sums.length + changed[j]] = (float) (sums[changed[j]] / total);
            }
            target.logMasses()[row] = Math.log(total) + theta * (scores[0] - 1);
        }
        for (int column : changed) {
            sums[column] = 0;
        }
    }
}
