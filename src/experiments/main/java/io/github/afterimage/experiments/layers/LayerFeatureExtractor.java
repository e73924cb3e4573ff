package io.github.afterimage.experiments.layers;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Progress;
import io.github.afterimage.experiments.protocol.ExampleSource;
import io.github.afterimage.experiments.protocol.IndexRecipe;
import io.github.afterimage.experiments.protocol.OpenExamples;
import io.github.afterimage.experiments.protocol.Protocol;
import io.github.afterimage.experiments.protocol.Split;
import io.github.afterimage.experiments.statistics.Temperature;
import io.github.afterimage.model.evaluation.BalancedSample;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.network.Network;
import io.github.afterimage.reduce.ComponentLearner;
import io.github.afterimage.reduce.LearnedReducer;
import io.github.afterimage.reduce.Reduction;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Extracts the features of the keys and the queries of a search, each layer reduced by itself. */
record LayerFeatureExtractor(LayerSearch search) {
    private static final int BATCH = 64;

    /** Runs the network once over all examples. */
    LayerFeatures features(ExampleSource source, Progress progress) throws IOException {
        Protocol protocol = search.protocol();
        try (OpenExamples opened = source.open(search.candidates())) {
            Split split = opened.split(protocol.rule());
            Examples keys = split.keys().select(draw(split.keys(), search.maxKeys()));
            int[] rows = draw(split.tuning(), search.maxQueries());
            Examples queries = split.tuning().select(rows);
            int heldOut = protocol.rule().heldOut() > 0
                    ? protocol.rule().heldOut()
                    : split.tuning().size();
            int[] originals =
                    Arrays.stream(rows).map(row -> row % heldOut).toArray(); // mirror images follow all originals
            List<CacheIndex> reducers = new ArrayList<>();
            try {
                reduce(split.keys(), opened.sizes(), reducers, progress);
                float[] network = new float[queries.size() * queries.classes()];
                float[][] ofKeys = reduced(keys, opened.sizes(), reducers, null, progress);
                float[][] ofQueries = reduced(queries, opened.sizes(), reducers, network, progress);
                int[] ofQuery = labels(queries);
                LayerFeatures features = new LayerFeatures(
                        protocol.recipe(),
                        labels(keys),
                        ofQuery,
                        originals,
                        network,
                        Temperature.fit(network, ofQuery));
                for (int i = 0; i < reducers.size(); i++) {
                    features.add(search.candidates().get(i), ofKeys[i], ofQueries[i]);
                }
                return features;
            } finally {
                reducers.forEach(CacheIndex::close);
            }
        }
    }

    /** Makes an empty index for each layer, which reduces it. All learn from the same examples, in one pass. */
    private void reduce(Examples keys, List<Integer> sizes, List<CacheIndex> reducers, Progress progress)
            throws IOException {
        IndexRecipe recipe = search.protocol().recipe();
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
            List<FloatBuffer> buffers =
                    sizes.stream().map(size -> Network.buffer(BATCH, size)).toList();
            keys.forEachBatch(rows, BATCH, progress, batch -> {
                int from = 0;
                for (int i = 0; i < sizes.size(); i++) {
                    ComponentLearner learner = learners.get(i);
                    if (learner != null) {
                        FloatBuffer own = LayerSlice.of(from, sizes.get(i))
                                .of(batch.features(), batch.labels().length, buffers.get(i));
                        learner.add(own, batch.labels());
                    }
                    from += sizes.get(i);
                }
            });
            for (int i = 0; i < sizes.size(); i++) {
                ComponentLearner learner = learners.get(i);
                reducers.add(
                        learner == null
                                ? recipe.build(sizes.get(i), keys.classes())
                                : recipe.build(learner.learn(recipe.threads()), sizes.get(i), keys.classes()));
            }
        } finally {
            learners.forEach(learner -> {
                if (learner != null) {
                    learner.close();
                }
            });
        }
    }

    /** Draws at most {@code max} rows at random, in ascending order. */
    private int[] draw(Examples examples, int max) {
        int[] rows = IntStream.range(0, examples.size()).toArray();
        return examples.size() <= max
                ? rows
                : Arrays.stream(
                                BalancedSample.shuffled(
                                        rows, search.protocol().rule().seed()),
                                0,
                                max)
                        .sorted()
                        .toArray();
    }

    private static int[] labels(Examples examples) {
        return IntStream.range(0, examples.size()).map(examples::label).toArray();
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
        List<FloatBuffer> buffers =
                sizes.stream().map(size -> Network.buffer(BATCH, size)).toList();
        examples.forEachBatch(BATCH, progress, batch -> {
            int from = 0;
            int count = batch.labels().length;
            for (int i = 0; i < all.length; i++) {
                FloatBuffer own = LayerSlice.of(from, sizes.get(i)).of(batch.features(), count, buffers.get(i));
                float[] unit = reducers.get(i).encode(own);
                int dim = reducers.get(i).format().keyDim();
                for (int row = 0; row < count; row++) {
                    float norm = norm(own, row * sizes.get(i), sizes.get(i));
                    for (int c = 0; c < dim; c++) {
                        all[i][(batch.first() + row) * dim + c] = unit[row * dim + c] * norm;
                    }
                }
                from += sizes.get(i);
            }
            if (network != null) {
                float[] probabilities = Objects.requireNonNull(batch.probabilities());
                System.arraycopy(probabilities, 0, network, batch.first() * examples.classes(), probabilities.length);
            }
        });
        return all;
    }

    private static float norm(FloatBuffer values, int from, int count) {
        double squares = 0;
        for (int i = from; i < from + count; i++) {
            squares += (double) values.get(i) * values.get(i);
        }
        return (float) Math.sqrt(squares);
    }
}
