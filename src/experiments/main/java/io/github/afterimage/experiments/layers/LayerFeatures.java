package io.github.afterimage.experiments.layers;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.KeyBatch;
import io.github.afterimage.Progress;
import io.github.afterimage.answer.Answer;
import io.github.afterimage.answer.ArgMax;
import io.github.afterimage.answer.Query;
import io.github.afterimage.experiments.protocol.IndexRecipe;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.evaluation.RememberedExamples;
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
public final class LayerFeatures {
    private static final int BATCH = 512;
    private static final int NETWORK_BATCH = 16; // so that the time left is known soon

    private final IndexRecipe recipe;
    private final int[] keyLabels;
    private final int[] queryLabels;
    private final float[] network; // (queries, classes)
    private final int classes;
    private final Map<String, Layer> layers = new LinkedHashMap<>();

    /** The features of one layer of so many values: {@code (keys, dim)} and {@code (queries, dim)} row-major. */
    private record Layer(long values, float[] keys, float[] queries, int dim) {}

    /**
     * @param recipe makes the indexes; its reduction is not used
     * @param network the network's probabilities of the queries, {@code (queries, classes)} row-major
     */
    public LayerFeatures(IndexRecipe recipe, int[] keyLabels, int[] queryLabels, float[] network) {
        this.recipe = recipe.full();
        this.keyLabels = keyLabels;
        this.queryLabels = queryLabels;
        this.network = network;
        classes = network.length / queryLabels.length;
    }

    /**
     * Runs the network once over all examples, whose features hold all layers; twice over a sample that is too large to remember.
     *
     * @param recipe reduces each layer and makes the indexes
     * @param sizes the number of values of each layer
     */
    public static LayerFeatures of(
            IndexRecipe recipe,
            List<String> names,
            List<Integer> sizes,
            Examples keys,
            Examples queries,
            Progress progress)
            throws IOException {
        try (RememberedExamples remembered = new RememberedExamples(keys);
                Resources reducers = new Resources()) {
            int all = keys.size() + queries.size();
            List<CacheIndex> indexes =
                    reducers(recipe, remembered, sizes, reducers, (done, total) -> progress.report(done, all));
            int known = remembered.remembered();
            float[] network = new float[queries.size() * queries.classes()];
            Arrays.fill(network, 1f / queries.classes()); // the answer of a network that does not know the classes
            float[][] ofKeys = reduced(
                    remembered, sizes, indexes, null, (done, total) -> progress.report(Math.max(known, done), all));
            float[][] ofQueries = reduced(
                    queries,
                    sizes,
                    indexes,
                    queries.hasProbabilities() ? network : null,
                    (done, total) -> progress.report(keys.size() + done, all));
            LayerFeatures features = new LayerFeatures(recipe, labels(keys), labels(queries), network);
            for (int i = 0; i < indexes.size(); i++) {
                features.add(names.get(i), sizes.get(i), ofKeys[i], ofQueries[i]);
            }
            return features;
        }
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
            int count = batch.labels().length;
            int from = batch.features().position();
            int dim = batch.features().remaining() / count;
            for (int i = 0; i < sizes.size(); i++) {
                int size = sizes.get(i);
                for (int row = 0; row < count; row++) {
                    buffers.get(i).put(row * size, batch.features(), from + row * dim, size);
                }
                consumer.accept(i, buffers.get(i).slice(0, count * size), batch);
                from += size;
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
     * @param values the number of its values, of which keys and queries may have fewer
     * @param keys {@code (keys, dim)} row-major, not normalized
     * @param queries {@code (queries, dim)} row-major, not normalized
     */
    public void add(String name, long values, float[] keys, float[] queries) {
        layers.put(name, new Layer(values, keys, queries, keys.length / keyLabels.length));
    }

    public int queries() {
        return queryLabels.length;
    }

    /** Returns the error rate of the network alone. */
    public double networkError() {
        long wrong = IntStream.range(0, queryLabels.length)
                .filter(query -> ArgMax.of(row(network, query)) != queryLabels[query])
                .count();
        return (double) wrong / queryLabels.length;
    }

    private float[] row(float[] probabilities, int query) {
        return Arrays.copyOfRange(probabilities, query * classes, (query + 1) * classes);
    }

    /** Returns the number of values of a key before its layers are reduced. */
    public long values(KeyLayers key) {
        return layers(key).stream().mapToLong(Layer::values).sum();
    }

    private List<Layer> layers(KeyLayers key) {
        return key.names().stream()
                .map(name -> Objects.requireNonNull(layers.get(name), name))
                .toList();
    }

    /** Receives a memory's answers to some queries, with the network's probabilities and the labels. */
    public interface AnswerConsumer {
        void accept(Answer memory, float[] network, int[] labels);
    }

    /**
     * Asks a memory of some layers all queries.
     *
     * @return the number of values of a stored key
     * @throws IllegalArgumentException if an example has no activation in the layers
     */
    public int ask(KeyLayers key, double[] thetas, AnswerConsumer consumer) {
        List<Layer> chosen = layers(key);
        int dim = chosen.stream().mapToInt(Layer::dim).sum();
        FloatBuffer rows = Network.buffer(BATCH, dim);
        try (CacheIndex index = recipe.builder(dim, classes, keyLabels.length).build()) {
            for (int from = 0; from < keyLabels.length; from += BATCH) {
                int to = Math.min(from + BATCH, keyLabels.length);
                put(chosen, Layer::keys, key.weights(), from, to, rows);
                index.add(KeyBatch.of(rows, Arrays.copyOfRange(keyLabels, from, to)));
            }
            for (int from = 0; from < queryLabels.length; from += BATCH) {
                int to = Math.min(from + BATCH, queryLabels.length);
                put(chosen, Layer::queries, key.weights(), from, to, rows);
                consumer.accept(
                        index.answer(Query.of(rows).thetas(thetas).evidence(true)),
                        Arrays.copyOfRange(network, from * classes, to * classes),
                        Arrays.copyOfRange(queryLabels, from, to));
            }
        }
        return dim;
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
}
