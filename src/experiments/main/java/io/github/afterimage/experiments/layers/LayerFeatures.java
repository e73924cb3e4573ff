package io.github.afterimage.experiments.layers;

import io.github.afterimage.Answer;
import io.github.afterimage.CacheIndex;
import io.github.afterimage.KeyBatch;
import io.github.afterimage.Progress;
import io.github.afterimage.Query;
import io.github.afterimage.Tuner;
import io.github.afterimage.experiments.protocol.ExampleSource;
import io.github.afterimage.experiments.protocol.IndexRecipe;
import io.github.afterimage.experiments.protocol.OpenExamples;
import io.github.afterimage.experiments.protocol.Protocol;
import io.github.afterimage.experiments.protocol.Split;
import io.github.afterimage.experiments.statistics.Temperature;
import io.github.afterimage.model.evaluation.BalancedSample;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.network.KeyLayers;
import io.github.afterimage.model.network.Network;
import io.github.afterimage.platform.Resources;
import io.github.afterimage.reduce.ComponentLearner;
import io.github.afterimage.reduce.LearnedReducer;
import io.github.afterimage.reduce.Reduction;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The features of keys and queries, layer by layer, not normalized: any combination of layers is tried without a pass of the
 * network. An index computes the products of each combination; that is faster than reading and adding scores that were kept
 * for each layer, and needs no memory for them.
 */
final class LayerFeatures {
    private static final int BATCH = 512;
    private static final int NETWORK_BATCH = 64;

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

    /** Runs the network once over all examples of a search. */
    static LayerFeatures of(LayerSearch search, ExampleSource source, Progress progress) throws IOException {
        Protocol protocol = search.protocol();
        try (OpenExamples opened = source.open(search.candidates());
                Resources reducers = new Resources()) {
            Split split = opened.split(protocol.rule());
            long seed = protocol.rule().seed();
            Examples keys = split.keys().select(draw(split.keys(), search.maxKeys(), seed));
            int[] rows = draw(split.tuning(), search.maxQueries(), seed);
            Examples queries = split.tuning().select(rows);
            int heldOut = protocol.rule().heldOut() > 0
                    ? protocol.rule().heldOut()
                    : split.tuning().size();
            int[] originals =
                    Arrays.stream(rows).map(row -> row % heldOut).toArray(); // mirror images follow all originals
            List<CacheIndex> indexes = reducers(protocol.recipe(), split.keys(), opened.sizes(), reducers, progress);
            float[] network = new float[queries.size() * queries.classes()];
            Arrays.fill(network, 1f / queries.classes()); // the answer of a network that does not know the classes
            float[][] ofKeys = reduced(keys, opened.sizes(), indexes, null, progress);
            float[][] ofQueries =
                    reduced(queries, opened.sizes(), indexes, queries.hasProbabilities() ? network : null, progress);
            int[] ofQuery = labels(queries);
            LayerFeatures features = new LayerFeatures(
                    protocol.recipe(), labels(keys), ofQuery, originals, network, Temperature.fit(network, ofQuery));
            for (int i = 0; i < indexes.size(); i++) {
                features.add(search.candidates().get(i), ofKeys[i], ofQueries[i]);
            }
            return features;
        }
    }

    private static int[] draw(Examples examples, int max, long seed) {
        int[] rows = IntStream.range(0, examples.size()).toArray();
        return examples.size() <= max
                ? rows
                : Arrays.stream(BalancedSample.shuffled(rows, seed), 0, max)
                        .sorted()
                        .toArray();
    }

    private static int[] labels(Examples examples) {
        return IntStream.range(0, examples.size()).map(examples::label).toArray();
    }

    /** Receives the features of a batch in one layer, {@code (batch, size)}. */
    private interface LayerConsumer {
        void accept(int layer, FloatBuffer own, Examples.Batch batch);
    }

    private static Examples.Consumer byLayer(List<Integer> sizes, LayerConsumer consumer) {
        List<FloatBuffer> buffers =
                sizes.stream().map(size -> Network.buffer(NETWORK_BATCH, size)).toList();
        return batch -> {
            int from = 0;
            for (int i = 0; i < sizes.size(); i++) {
                LayerSlice slice = LayerSlice.of(from, sizes.get(i));
                consumer.accept(i, slice.of(batch.features(), batch.labels().length, buffers.get(i)), batch);
                from += sizes.get(i);
            }
        };
    }

    /** Makes an empty index for each layer, which reduces it. All learn from the same examples, in one pass. */
    private static List<CacheIndex> reducers(
            IndexRecipe recipe, Examples keys, List<Integer> sizes, Resources owner, Progress progress)
            throws IOException {
        Reduction reduction = recipe.reduction();
        List<@Nullable ComponentLearner> learners = new ArrayList<>();
        try {
            int[] rows = reduction != null && reduction.learned()
                    ? ComponentLearner.sampleRows(reduction, keys.size(), recipe.sample())
                    : new int[0];
            for (int size : sizes) {
                Reduction fitting = recipe.fitting(size);
                learners.add(
                        rows.length > 0 && fitting != null ? LearnedReducer.learner(fitting, size, rows.length) : null);
            }
            keys.forEachBatch(rows, NETWORK_BATCH, progress, byLayer(sizes, (layer, own, batch) -> {
                ComponentLearner learner = learners.get(layer);
                if (learner != null) {
                    learner.add(own, batch.labels());
                }
            }));
            List<CacheIndex> reducers = new ArrayList<>();
            for (int i = 0; i < sizes.size(); i++) {
                ComponentLearner learner = learners.get(i);
                LearnedReducer learned = learner == null ? null : learner.learn(recipe.threads());
                reducers.add(owner.add(recipe.build(sizes.get(i), keys.classes(), learned)));
            }
            return reducers;
        } finally {
            Resources.closeAll(learners);
        }
    }

    /** Reduces the features of each layer, and restores their norms: {@code (examples, keyDim)} each. */
    private static float[][] reduced(
            Examples examples,
            List<Integer> sizes,
            List<CacheIndex> reducers,
            float @Nullable [] network,
            Progress progress)
            throws IOException {
        float[][] all = new float[sizes.size()][];
        for (int i = 0; i < all.length; i++) {
            all[i] = new float
                    [Math.multiplyExact(
                            examples.size(), reducers.get(i).format().keyDim())];
        }
        examples.forEachBatch(NETWORK_BATCH, progress, byLayer(sizes, (layer, own, batch) -> {
            float[] unit = reducers.get(layer).encode(own);
            int dim = reducers.get(layer).format().keyDim();
            for (int row = 0; row < batch.labels().length; row++) {
                float norm = norm(own, row * sizes.get(layer), sizes.get(layer));
                for (int c = 0; c < dim; c++) {
                    all[layer][(batch.first() + row) * dim + c] = unit[row * dim + c] * norm;
                }
            }
            if (network != null && layer == 0) {
                float[] probabilities = Objects.requireNonNull(batch.probabilities());
                System.arraycopy(probabilities, 0, network, batch.first() * examples.classes(), probabilities.length);
            }
        }));
        return all;
    }

    private static float norm(FloatBuffer values, int from, int count) {
        double squares = 0;
        for (int i = from; i < from + count; i++) {
            squares += (double) values.get(i) * values.get(i);
        }
        return (float) Math.sqrt(squares);
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
        List<Layer> chosen = combination.names().stream()
                .map(name -> Objects.requireNonNull(layers.get(name), name))
                .toList();
        int dim = chosen.stream().mapToInt(Layer::dim).sum();
        FloatBuffer rows = Network.buffer(BATCH, dim);
        GridResult result = new GridResult(
                protocol.tuner(), new GridLoss(protocol.thetas(), protocol.lambdas(), queryLabels.length));
        try (CacheIndex index = recipe.builder(dim, classes, keyLabels.length).build()) {
            for (int from = 0; from < keyLabels.length; from += BATCH) {
                int to = Math.min(from + BATCH, keyLabels.length);
                put(chosen, Layer::keys, combination.weights(), from, to, rows);
                index.add(KeyBatch.of(rows, Arrays.copyOfRange(keyLabels, from, to)));
            }
            for (int from = 0; from < queryLabels.length; from += BATCH) {
                int to = Math.min(from + BATCH, queryLabels.length);
                put(chosen, Layer::queries, combination.weights(), from, to, rows);
                count(index.answer(Query.of(rows).thetas(protocol.thetas())), from, to, result);
            }
        }
        return result;
    }

    /** Puts rows of the weighted features of several layers, side by side, in place of those in a buffer. */
    private static void put(
            List<Layer> layers,
            Function<Layer, float[]> values,
            List<Double> weights,
            int from,
            int to,
            FloatBuffer rows) {
        rows.clear();
        for (int row = from; row < to; row++) {
            for (int l = 0; l < layers.size(); l++) {
                int dim = layers.get(l).dim;
                float weight = weights.get(l).floatValue();
                float[] all = values.apply(layers.get(l));
                for (int i = row * dim; i < (row + 1) * dim; i++) {
                    rows.put(weight * all[i]);
                }
            }
        }
        rows.flip();
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
}
