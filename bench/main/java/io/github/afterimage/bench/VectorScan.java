package io.github.afterimage.bench;

import java.util.List;
import java.util.stream.IntStream;

/**
 * The operator as one writes it around a vector library's dot product: every key against every query, a key at a time so
 * that it is read once, exp and a sum for its class. Math.exp costs less than a tenth of the product at d = 192.
 *
 * @param <V> the library's vectors
 */
final class VectorScan<V> {
    private final DotProduct<V> product;
    private final List<V> keys;
    private final int[] labels;
    private final int classes;
    private final int threads;

    /** The inner product of the library. */
    interface DotProduct<V> {
        float of(V key, V query);
    }

    VectorScan(DotProduct<V> product, List<V> keys, int[] labels, int classes, int threads) {
        this.product = product;
        this.keys = keys;
        this.labels = labels;
        this.classes = classes;
        this.threads = threads;
    }

    /** Probabilities {@code (queries.size(), classes)} row-major. */
    double[] probabilities(List<V> queries, double theta) {
        double[] sums = IntStream.range(0, threads)
                .parallel()
                .mapToObj(part -> classSums(queries, theta, (int) ((long) keys.size() * part / threads), (int)
                        ((long) keys.size() * (part + 1) / threads)))
                .reduce(VectorScan::sum)
                .orElseThrow();
        for (int query = 0; query < queries.size(); query++) {
            double total = 0;
            for (int c = 0; c < classes; c++) {
                total += sums[query * classes + c];
            }
            for (int c = 0; c < classes; c++) {
                sums[query * classes + c] /= total;
            }
        }
        return sums;
    }

    private double[] classSums(List<V> queries, double theta, int first, int end) {
        double[] sums = new double[queries.size() * classes];
        for (int key = first; key < end; key++) {
            V row = keys.get(key);
            for (int query = 0; query < queries.size(); query++) {
                double score = product.of(row, queries.get(query));
                sums[query * classes + labels[key]] += Math.exp(theta * (score - 1));
            }
        }
        return sums;
    }

    private static double[] sum(double[] a, double[] b) {
        for (int i = 0; i < a.length; i++) {
            a[i] += b[i];
        }
        return a;
    }
}
