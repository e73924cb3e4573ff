package io.github.afterimage.experiments.layers;

import io.github.afterimage.Answer;
import io.github.afterimage.CacheIndex;
import io.github.afterimage.KeyBatch;
import io.github.afterimage.Query;
import io.github.afterimage.Tuner;
import io.github.afterimage.experiments.protocol.IndexRecipe;
import io.github.afterimage.experiments.protocol.Protocol;
import io.github.afterimage.experiments.statistics.Temperature;
import io.github.afterimage.model.network.KeyLayers;
import io.github.afterimage.model.network.Network;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;

/**
 * The features of keys and queries, layer by layer, not normalized: any combination of layers is tried without a pass of the
 * network. An index computes the products of each combination; that is faster than reading and adding scores that were kept
 * for each layer, and needs no memory for them.
 */
final class LayerFeatures {
    private static final int BATCH = 512;

    private final IndexRecipe recipe;
    private final int[] keyLabels;
    private final int[] queryLabels;
    private final int[] originals;
    private final float[] network; // (queries, classes)
    private final float[] calibrated; // (queries, classes)
    private final int classes;
    private final Map<String, Layer> layers = new LinkedHashMap<>();

    /** The features of one layer: {@code (keys, dim)} and {@code (queries, dim)} row-major. */
    private record Layer(float[] keys, float[] queries, int dim) {}

    /**
     * @param recipe makes the indexes; its reduction is not used
     * @param originals for each query, the number of its original; a mirror image has that of its image
     * @param network the network's probabilities of the queries, {@code (queries, classes)} row-major
     * @param temperature scales them for the sum of -log p
     */
    LayerFeatures(
            IndexRecipe recipe,
            int[] keyLabels,
            int[] queryLabels,
            int[] originals,
            float[] network,
            Temperature temperature) {
        this.recipe = recipe.full();
        this.keyLabels = keyLabels;
        this.queryLabels = queryLabels;
        this.originals = originals;
        this.network = network;
        classes = network.length / queryLabels.length;
        calibrated = temperature.scale(network, classes);
    }

    /**
     * Adds a layer.
     *
     * @param keys {@code (keys, dim)} row-major, not normalized
     * @param queries {@code (queries, dim)} row-major, not normalized
     */
    void add(String name, float[] keys, float[] queries) {
        layers.put(name, new Layer(keys, queries, keys.length / keyLabels.length));
    }

    int keys() {
        return keyLabels.length;
    }

    int[] originals() {
        return originals;
    }

    /** Returns the losses of the network alone. */
    GridLoss network() {
        GridLoss loss = new GridLoss(new double[] {0}, new double[] {0}, queryLabels.length);
        for (int query = 0; query < queryLabels.length; query++) {
            loss.accept(new float[1][classes], row(network, query), row(calibrated, query), queryLabels[query]);
        }
        return loss;
    }

    private float[] row(float[] probabilities, int query) {
        return Arrays.copyOfRange(probabilities, query * classes, (query + 1) * classes);
    }

    /** The errors and losses of a combination on all queries, over the grid. */
    record GridResult(Tuner errors, GridLoss loss) {}

    /**
     * Tries a combination on all queries, over the grid of a protocol.
     *
     * @throws IllegalArgumentException if an example has no activation in its layers
     */
    GridResult tune(KeyLayers combination, Protocol protocol) {
        Rows keys = rows(combination, Layer::keys);
        Rows queries = rows(combination, Layer::queries);
        GridLoss loss = new GridLoss(protocol.thetas(), protocol.lambdas(), queryLabels.length);
        GridResult result = new GridResult(protocol.tuner(), loss);
        try (CacheIndex index = recipe.build(keys.dim(), classes, keyLabels.length)) {
            for (int from = 0; from < keyLabels.length; from += BATCH) {
                int to = Math.min(from + BATCH, keyLabels.length);
                index.add(KeyBatch.of(keys.of(from, to), Arrays.copyOfRange(keyLabels, from, to)));
            }
            for (int from = 0; from < queryLabels.length; from += BATCH) {
                int to = Math.min(from + BATCH, queryLabels.length);
                count(index.answer(Query.of(queries.of(from, to)).thetas(protocol.thetas())), from, to, result);
            }
        }
        return result;
    }

    private Layer layer(String name) {
        return Objects.requireNonNull(layers.get(name), name);
    }

    private Rows rows(KeyLayers combination, Function<Layer, float[]> values) {
        List<float[]> chosen = combination.names().stream()
                .map(name -> values.apply(layer(name)))
                .toList();
        List<Integer> dims =
                combination.names().stream().map(name -> layer(name).dim()).toList();
        int dim = dims.stream().mapToInt(Integer::intValue).sum();
        return new Rows(chosen, dims, combination.weights(), Network.buffer(BATCH, dim));
    }

    private void count(Answer cache, int from, int to, GridResult result) {
        List<Answer> points = cache.points(); // one for each theta
        for (int query = from; query < to; query++) {
            float[][] answers = new float[points.size()][];
            for (int t = 0; t < answers.length; t++) {
                answers[t] = points.get(t).row(query - from).probabilities();
            }
            float[] own = row(network, query);
            result.errors.accept(answers, own, queryLabels[query]);
            result.loss.accept(answers, own, row(calibrated, query), queryLabels[query]);
        }
    }

    /** The weighted features of several layers, side by side. */
    private record Rows(List<float[]> layers, List<Integer> dims, List<Double> weights, FloatBuffer buffer) {
        int dim() {
            return dims.stream().mapToInt(Integer::intValue).sum();
        }

        /** Returns some rows, {@code (to - from, dim)}, valid until the next call. */
        FloatBuffer of(int from, int to) {
            buffer.clear();
            for (int row = from; row < to; row++) {
                for (int l = 0; l < dims.size(); l++) {
                    int start = row * dims.get(l);
                    float weight = weights.get(l).floatValue();
                    for (int i = start; i < start + dims.get(l); i++) {
                        buffer.put(weight * layers.get(l)[i]);
                    }
                }
            }
            return buffer.flip();
        }
    }
}
