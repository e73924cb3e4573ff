package io.github.afterimage.experiments.paper;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Distributions;
import io.github.afterimage.Tuner;
import io.github.afterimage.experiments.statistics.Temperature;
import io.github.afterimage.model.network.KeyLayers;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * The features of keys and queries, layer by layer, with the length that their activations had: any combination of layers
 * is tried without a pass of the network. Products are left to an index, which multiplies anew faster than scores that were
 * kept for each layer could be read and added up, and needs no room for them.
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

    /** One layer: {@code (keys, dim)} and {@code (queries, dim)} row-major. */
    private record Layer(float[] keys, float[] queries, int dim) {}

    /**
     * @param recipe of the indexes; its reduction is not used
     * @param originals the number of the original that each query is an image or a mirror image of
     * @param network the network's probabilities of the queries, {@code (queries, classes)} row-major
     * @param temperature scales them where -log p is summed up
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
     * @param keys {@code (keys, dim)} row-major, not scaled
     * @param queries {@code (queries, dim)} row-major, not scaled
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

    /** What the network alone comes to. */
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

    /** What a combination comes to on all queries: errors, and what each query loses. */
    record Result(Tuner errors, GridLoss loss) {}

    /**
     * Tries a combination on all queries.
     *
     * @throws IllegalArgumentException if it cannot be a key, having no activation for an example
     */
    Result tune(KeyLayers combination, double[] thetas, double[] lambdas) {
        Rows keys = rows(combination, Layer::keys);
        Rows queries = rows(combination, Layer::queries);
        Result result = new Result(new Tuner(thetas, lambdas), new GridLoss(thetas, lambdas, queryLabels.length));
        try (CacheIndex index = recipe.build(keys.dim(), classes, keyLabels.length)) {
            for (int from = 0; from < keyLabels.length; from += BATCH) {
                int to = Math.min(from + BATCH, keyLabels.length);
                index.add(keys.of(from, to), Arrays.copyOfRange(keyLabels, from, to));
            }
            for (int from = 0; from < queryLabels.length; from += BATCH) {
                int to = Math.min(from + BATCH, queryLabels.length);
                count(index.query(queries.of(from, to), thetas), from, to, result);
            }
        }
        return result;
    }

    private Rows rows(KeyLayers combination, Function<Layer, float[]> values) {
        List<float[]> chosen = combination.names().stream()
                .map(name -> values.apply(layers.get(name)))
                .toList();
        List<Integer> dims =
                combination.names().stream().map(name -> layers.get(name).dim()).toList();
        int dim = dims.stream().mapToInt(Integer::intValue).sum();
        return new Rows(chosen, dims, combination.weights(), LayerSlice.room(BATCH, dim));
    }

    private void count(List<Distributions> cache, int from, int to, Result result) {
        for (int query = from; query < to; query++) {
            float[][] said = new float[cache.size()][];
            for (int t = 0; t < said.length; t++) {
                said[t] = cache.get(t).row(query - from);
            }
            float[] own = row(network, query);
            result.errors.accept(said, own, queryLabels[query]);
            result.loss.accept(said, own, row(calibrated, query), queryLabels[query]);
        }
    }

    /** Layers side by side, each multiplied by its weight. */
    private record Rows(List<float[]> layers, List<Integer> dims, List<Double> weights, FloatBuffer room) {
        int dim() {
            return dims.stream().mapToInt(Integer::intValue).sum();
        }

        /** Some rows, {@code (to - from, dim)}, until the next call. */
        FloatBuffer of(int from, int to) {
            room.clear();
            for (int row = from; row < to; row++) {
                for (int l = 0; l < dims.size(); l++) {
                    int start = row * dims.get(l);
                    float weight = weights.get(l).floatValue();
                    for (int i = start; i < start + dims.get(l); i++) {
                        room.put(weight * layers.get(l)[i]);
                    }
                }
            }
            return room.flip();
        }
    }
}
