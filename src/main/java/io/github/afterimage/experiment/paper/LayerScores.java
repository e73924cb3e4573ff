package io.github.afterimage.experiment.paper;

import io.github.afterimage.Tuner;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The inner products of queries with keys, kept for each layer, so that the answers of any combination of layers follow
 * without a product: with weights w and norms a_l of the query's layers, b_l of the key's,
 * s = Σ w_l² cos_l a_l b_l / √(Σ w_l² a_l² · Σ w_l² b_l²), because the concatenation is scaled as one vector.
 *
 * <p>Cosines are kept in 16 bits, 3e-5 apart. A query with no activation in a layer counts 0 there.
 */
final class LayerScores {
    private static final double STEPS = 32_767;
    private static final int CLASS_ROWS = 1 << 12;

    private final int[] keyLabels; // ascending
    private final int[] queryLabels;
    private final float[] network; // (queries, classes)
    private final int classes;
    private final List<String> names = new ArrayList<>();
    private final List<short[][]> cosines = new ArrayList<>(); // (queries, keys) for each layer
    private final List<float[]> queryNorms = new ArrayList<>();
    private final List<float[]> keyNorms = new ArrayList<>();

    /**
     * @param keyLabels of the keys, in ascending order
     * @param network the network's probabilities of the queries, {@code (queries, classes)} row-major
     */
    LayerScores(int[] keyLabels, int[] queryLabels, float[] network) {
        this.keyLabels = keyLabels;
        this.queryLabels = queryLabels;
        this.network = network;
        classes = network.length / queryLabels.length;
    }

    /**
     * Adds a layer.
     *
     * @param keys {@code (keys, dim)} row-major, not scaled
     * @param queries {@code (queries, dim)} row-major, not scaled
     */
    void add(String name, float[] keys, float[] queries) {
        int dim = keys.length / keyLabels.length;
        float[] ofKeys = scale(keys, dim);
        float[] ofQueries = scale(queries, dim);
        short[][] products = new short[queryLabels.length][keyLabels.length];
        int blocks = (keyLabels.length + CLASS_ROWS - 1) / CLASS_ROWS;
        IntStream.range(0, queryLabels.length * blocks).parallel().forEach(task -> {
            int query = task % queryLabels.length;
            int from = task / queryLabels.length * CLASS_ROWS;
            for (int k = from; k < Math.min(keyLabels.length, from + CLASS_ROWS); k++) {
                products[query][k] = (short) Math.round(STEPS * product(queries, query * dim, keys, k * dim, dim));
            }
        });
        names.add(name);
        cosines.add(products);
        queryNorms.add(ofQueries);
        keyNorms.add(ofKeys);
    }

    /** Scales rows to unit norm in place; rows of zeros stay. */
    private static float[] scale(float[] rows, int dim) {
        float[] norms = new float[rows.length / dim];
        for (int row = 0; row < norms.length; row++) {
            double squares = 0;
            for (int i = row * dim; i < (row + 1) * dim; i++) {
                squares += (double) rows[i] * rows[i];
            }
            norms[row] = (float) Math.sqrt(squares);
            for (int i = row * dim; i < (row + 1) * dim && norms[row] > 0; i++) {
                rows[i] /= norms[row];
            }
        }
        return norms;
    }

    /** Eight sums, so that they need not wait for each other. */
    private static float product(float[] a, int i, float[] b, int j, int dim) {
        float s0 = 0, s1 = 0, s2 = 0, s3 = 0, s4 = 0, s5 = 0, s6 = 0, s7 = 0;
        int at = 0;
        for (; at + 8 <= dim; at += 8) {
            s0 += a[i + at] * b[j + at];
            s1 += a[i + at + 1] * b[j + at + 1];
            s2 += a[i + at + 2] * b[j + at + 2];
            s3 += a[i + at + 3] * b[j + at + 3];
            s4 += a[i + at + 4] * b[j + at + 4];
            s5 += a[i + at + 5] * b[j + at + 5];
            s6 += a[i + at + 6] * b[j + at + 6];
            s7 += a[i + at + 7] * b[j + at + 7];
        }
        for (; at < dim; at++) {
            s0 += a[i + at] * b[j + at];
        }
        return Math.max(-1, Math.min(1, s0 + s1 + s2 + s3 + s4 + s5 + s6 + s7));
    }

    int keys() {
        return keyLabels.length;
    }

    /** What a combination comes to on all queries. */
    Tuner tune(KeyLayers combination, double[] thetas, double[] lambdas) {
        int[] layers = combination.names().stream().mapToInt(names::indexOf).toArray();
        double[] weights =
                combination.weights().stream().mapToDouble(Double::doubleValue).toArray();
        float[][] keyFactors = factors(layers, weights, keyNorms, keyLabels.length);
        float[][] queryFactors = factors(layers, weights, queryNorms, queryLabels.length);
        int[] ends = new int[classes]; // one past the last key of each class
        for (int label : keyLabels) {
            ends[label]++;
        }
        for (int c = 1; c < classes; c++) {
            ends[c] += ends[c - 1];
        }
        float[][][] answers = IntStream.range(0, queryLabels.length)
                .parallel()
                .mapToObj(query -> answer(query, layers, queryFactors, keyFactors, ends, thetas))
                .toArray(float[][][]::new);
        Tuner tuner = new Tuner(thetas, lambdas);
        for (int query = 0; query < answers.length; query++) {
            tuner.accept(
                    answers[query],
                    Arrays.copyOfRange(network, query * classes, (query + 1) * classes),
                    queryLabels[query]);
        }
        return tuner;
    }

    /** w_l n_l / √(Σ w² n²) of each row for each layer. */
    private static float[][] factors(int[] layers, double[] weights, List<float[]> norms, int rows) {
        float[][] factors = new float[layers.length][rows];
        for (int row = 0; row < rows; row++) {
            double squares = 0;
            for (int l = 0; l < layers.length; l++) {
                double part = weights[l] * norms.get(layers[l])[row];
                squares += part * part;
            }
            for (int l = 0; l < layers.length && squares > 0; l++) {
                factors[l][row] = (float) (weights[l] * norms.get(layers[l])[row] / Math.sqrt(squares));
            }
        }
        return factors;
    }

    /** p_mem of one query, {@code (thetas, classes)}. */
    private float[][] answer(
            int query, int[] layers, float[][] queryFactors, float[][] keyFactors, int[] ends, double[] thetas) {
        double[][] sums = new double[thetas.length][classes];
        float[] scores = new float[keyLabels.length];
        for (int l = 0; l < layers.length; l++) {
            short[] products = cosines.get(layers[l])[query];
            float[] factors = keyFactors[l];
            float factor = (float) (queryFactors[l][query] / STEPS);
            for (int k = 0; k < scores.length; k++) {
                scores[k] += products[k] * (factor * factors[k]);
            }
        }
        float greatest = -1;
        for (float score : scores) {
            greatest = Math.max(greatest, score);
        }
        boolean even = even(thetas);
        int from = 0;
        for (int c = 0; c < classes; c++) {
            for (int k = from; k < ends[c]; k++) {
                double below = scores[k] - greatest;
                double weight = Math.exp(thetas[0] * below);
                double ratio = even && thetas.length > 1 ? Math.exp((thetas[1] - thetas[0]) * below) : 0;
                for (int t = 0; t < thetas.length; t++) {
                    sums[t][c] += weight;
                    weight = even ? weight * ratio : t + 1 < thetas.length ? Math.exp(thetas[t + 1] * below) : 0;
                }
            }
            from = ends[c];
        }
        float[][] distributions = new float[thetas.length][classes];
        for (int t = 0; t < thetas.length; t++) {
            double sum = Arrays.stream(sums[t]).sum();
            for (int c = 0; c < classes; c++) {
                distributions[t][c] = (float) (sums[t][c] / sum);
            }
        }
        return distributions;
    }

    private static boolean even(double[] thetas) {
        for (int t = 2; t < thetas.length; t++) {
            if (Math.abs(thetas[t] - thetas[t - 1] - (thetas[1] - thetas[0])) > 1e-9) {
                return false;
            }
        }
        return true;
    }
}
