package io.github.afterimage.experiment.paper;

import io.github.afterimage.Tuner;
import io.github.afterimage.statistics.Temperature;
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
    private static final int KEY_BLOCK = 256; // with 256 values each, a quarter of a second-level cache
    private static final int LEVELS = 2 * (int) STEPS + 1; // scores are at most 2 below the greatest

    private final int[] keyLabels; // ascending
    private final int[] queryLabels;
    private final float[] network; // (queries, classes)
    private final float[] calibrated; // (queries, classes)
    private final int classes;
    private final List<String> names = new ArrayList<>();
    private final List<short[][]> cosines = new ArrayList<>(); // (queries, keys) for each layer
    private final List<float[]> queryNorms = new ArrayList<>();
    private final List<float[]> keyNorms = new ArrayList<>();

    /**
     * @param keyLabels of the keys, in ascending order
     * @param network the network's probabilities of the queries, {@code (queries, classes)} row-major
     * @param temperature scales them where -log p is summed up
     */
    LayerScores(int[] keyLabels, int[] queryLabels, float[] network, Temperature temperature) {
        this.keyLabels = keyLabels;
        this.queryLabels = queryLabels;
        this.network = network;
        classes = network.length / queryLabels.length;
        calibrated = temperature.scale(network, classes);
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
        int blocks = (keyLabels.length + KEY_BLOCK - 1) / KEY_BLOCK;
        IntStream.range(0, blocks)
                .parallel()
                .forEach(block -> products(keys, block * KEY_BLOCK, queries, dim, products));
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

    /** The products of some keys with all queries. */
    private void products(float[] keys, int from, float[] queries, int dim, short[][] products) {
        int count = Math.min(KEY_BLOCK, keyLabels.length - from);
        float[][] columns = new float[dim + 1][KEY_BLOCK]; // of the keys; the last, of zeros, makes pairs
        for (int k = 0; k < count; k++) {
            for (int i = 0; i < dim; i++) {
                columns[i][k] = keys[(from + k) * dim + i];
            }
        }
        float[] sums = new float[KEY_BLOCK];
        for (int query = 0; query < queryLabels.length; query++) {
            Arrays.fill(sums, 0);
            for (int i = 0; i < dim; i += 2) {
                float second = i + 1 < dim ? queries[query * dim + i + 1] : 0;
                add(sums, queries[query * dim + i], columns[i], second, columns[i + 1]);
            }
            for (int k = 0; k < count; k++) {
                products[query][from + k] = (short) Math.round(STEPS * Math.max(-1, Math.min(1, sums[k])));
            }
        }
    }

    private static void add(float[] sums, float first, float[] a, float second, float[] b) {
        for (int k = 0; k < KEY_BLOCK; k++) {
            sums[k] += first * a[k] + second * b[k];
        }
    }

    int keys() {
        return keyLabels.length;
    }

    /** What the network alone comes to. */
    GridLoss network() {
        GridLoss loss = new GridLoss(new double[] {0}, new double[] {0});
        for (int query = 0; query < queryLabels.length; query++) {
            loss.accept(new float[1][classes], row(network, query), row(calibrated, query), queryLabels[query]);
        }
        return loss;
    }

    private float[] row(float[] probabilities, int query) {
        return Arrays.copyOfRange(probabilities, query * classes, (query + 1) * classes);
    }

    /** What a combination comes to on all queries: errors, and what is smoother. */
    record Result(Tuner errors, GridLoss loss) {}

    /** Tries a combination on all queries. */
    Result tune(KeyLayers combination, double[] thetas, double[] lambdas) {
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
        float[][] weightsBelow = weights(thetas);
        float[][][] answers = IntStream.range(0, queryLabels.length)
                .parallel()
                .mapToObj(query -> answer(query, layers, queryFactors, keyFactors, ends, weightsBelow))
                .toArray(float[][][]::new);
        Result result = new Result(new Tuner(thetas, lambdas), new GridLoss(thetas, lambdas));
        for (int query = 0; query < answers.length; query++) {
            float[] own = row(network, query);
            result.errors.accept(answers[query], own, queryLabels[query]);
            result.loss.accept(answers[query], own, row(calibrated, query), queryLabels[query]);
        }
        return result;
    }

    /**
     * exp(-θ_0 level / STEPS), and for each further θ what that is to be multiplied by; the same array where thetas are
     * evenly spaced. Levels are as far apart as cosines are.
     */
    private static float[][] weights(double[] thetas) {
        float[][] weights = new float[thetas.length][];
        for (int t = 0; t < thetas.length; t++) {
            double theta = t == 0 ? thetas[0] : thetas[t] - thetas[t - 1];
            if (t > 1 && Math.abs(theta - (thetas[t - 1] - thetas[t - 2])) < 1e-9) {
                weights[t] = weights[t - 1];
                continue;
            }
            weights[t] = new float[LEVELS];
            for (int level = 0; level < LEVELS; level++) {
                weights[t][level] = (float) Math.exp(-theta * level / STEPS);
            }
        }
        return weights;
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
            int query, int[] layers, float[][] queryFactors, float[][] keyFactors, int[] ends, float[][] weights) {
        float[] scores = new float[keyLabels.length];
        for (int l = 0; l < layers.length; l++) {
            short[] products = cosines.get(layers[l])[query];
            float[] factors = keyFactors[l];
            float factor = queryFactors[l][query];
            for (int k = 0; k < scores.length; k++) {
                scores[k] += products[k] * (factor * factors[k]);
            }
        }
        float greatest = -(float) STEPS;
        for (float score : scores) {
            greatest = Math.max(greatest, score);
        }
        float[][] distributions = new float[weights.length][classes];
        double[] totals = new double[weights.length];
        double[] sums = new double[weights.length];
        int from = 0;
        for (int c = 0; c < classes; c++) {
            Arrays.fill(sums, 0);
            for (int k = from; k < ends[c]; k++) {
                int level = Math.min(LEVELS - 1, (int) (greatest - scores[k] + 0.5f));
                float weight = 1;
                for (int t = 0; t < sums.length; t++) {
                    weight *= weights[t][level];
                    sums[t] += weight;
                }
            }
            for (int t = 0; t < sums.length; t++) {
                distributions[t][c] = (float) sums[t];
                totals[t] += sums[t];
            }
            from = ends[c];
        }
        for (int t = 0; t < totals.length; t++) {
            for (int c = 0; c < classes; c++) {
                distributions[t][c] /= (float) totals[t];
            }
        }
        return distributions;
    }
}
