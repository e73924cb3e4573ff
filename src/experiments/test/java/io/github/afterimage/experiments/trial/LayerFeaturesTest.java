package io.github.afterimage.experiments.trial;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.Engines;
import io.github.afterimage.answer.Answer;
import io.github.afterimage.answer.Calibration;
import io.github.afterimage.answer.Query;
import io.github.afterimage.answer.Tuner;
import io.github.afterimage.experiments.layers.LayerFeatures;
import io.github.afterimage.experiments.protocol.IndexRecipe;
import io.github.afterimage.model.network.KeyLayers;
import io.github.afterimage.settings.ElementType;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Against an index over the concatenated, weighted keys, in double precision. */
class LayerFeaturesTest {
    private static final int KEYS = 300;
    private static final int QUERIES = 200;
    private static final int CLASSES = 4;
    private static final double[] THETAS = {5, 10, 15};

    private final Random random = new Random(3);
    private final int[] keyLabels = new int[KEYS];
    private final int[] queryLabels = new int[QUERIES];
    private final float[] network = new float[QUERIES * CLASSES];
    private final float[][] keys = {new float[KEYS * 9], new float[KEYS * 20]};
    private final float[][] queries = {new float[QUERIES * 9], new float[QUERIES * 20]};

    private static IndexRecipe recipe() {
        return new IndexRecipe(null, 1, ElementType.FLOAT32, Engines.named("auto"), 2);
    }

    private void fill() {
        for (int k = 0; k < KEYS; k++) {
            keyLabels[k] = k * CLASSES / KEYS;
        }
        for (int q = 0; q < QUERIES; q++) {
            queryLabels[q] = random.nextInt(CLASSES);
            Arrays.fill(network, q * CLASSES, (q + 1) * CLASSES, 0.2f);
            network[q * CLASSES + random.nextInt(CLASSES)] = 0.4f;
        }
        for (int layer = 0; layer < 2; layer++) {
            float scale = layer == 0 ? 3 : 1; // layers of unlike length, as those of networks are
            noise(keys[layer], keyLabels, scale);
            noise(queries[layer], queryLabels, scale);
        }
    }

    private void noise(float[] rows, int[] labels, float scale) {
        int dim = rows.length / labels.length;
        for (int i = 0; i < rows.length; i++) {
            float own = i % dim % CLASSES == labels[i / dim] ? 0.7f : 0;
            rows[i] = scale * (own + (float) random.nextGaussian()) * (1 + i / dim % 3);
        }
    }

    @Test
    void combinationsCountTheErrorsOfAnIndexOverConcatenatedKeys() {
        fill();
        LayerFeatures features = new LayerFeatures(recipe(), keyLabels, queryLabels, network);
        features.add("a", 18, keys[0].clone(), queries[0].clone());
        features.add("b", 20, keys[1].clone(), queries[1].clone());
        for (String text : List.of("a", "b", "a,b", "a*0.5,b", "a,b*2")) {
            KeyLayers layers = KeyLayers.parse(text);
            LayerSearch.Combination found = LayerSearch.Combination.of(features, layers, THETAS);
            Tuner expected = new Tuner(THETAS);
            expected.accept(memory(layers), network, null, queryLabels);
            assertThat(found.logLoss()).as(text).isCloseTo(expected.logLoss(), within(1e-4));
            // An example that is nearly tied may fall on the other side.
            assertThat(found.errors() / (double) QUERIES)
                    .as(text)
                    .isCloseTo(expected.score(expected.rule(1), 1).error(), within(0.006));
            assertThat(found.memoryErrors() / (double) QUERIES)
                    .as(text)
                    .isCloseTo(
                            expected.score(expected.rule(Calibration.ALONE), Calibration.ALONE)
                                    .error(),
                            within(0.006));
            assertThat(features.networkError()).isEqualTo(expected.networkError());
            assertThat(found.values())
                    .isEqualTo(layers.names().stream()
                            .mapToInt(name -> name.equals("a") ? 18 : 20)
                            .sum());
        }
    }

    /** Of an index over the concatenated keys, in double precision: one for each theta. */
    private Answer memory(KeyLayers layers) {
        float[] all = concatenated(layers, keys, KEYS);
        try (CacheIndex index = new CacheIndexBuilder(all.length / KEYS, CLASSES)
                .engine(Engines.named("reference"))
                .build()) {
            index.add(all, keyLabels);
            return index.answer(Query.of(concatenated(layers, queries, QUERIES))
                    .thetas(THETAS)
                    .evidence(true));
        }
    }

    private static float[] concatenated(KeyLayers layers, float[][] rows, int count) {
        int[] dims = layers.names().stream()
                .mapToInt(name -> name.equals("a") ? 9 : 20)
                .toArray();
        int dim = Arrays.stream(dims).sum();
        float[] all = new float[count * dim];
        for (int row = 0; row < count; row++) {
            int at = row * dim;
            for (int l = 0; l < dims.length; l++) {
                float[] layer = rows[layers.names().get(l).equals("a") ? 0 : 1];
                for (int i = 0; i < dims[l]; i++) {
                    all[at++] =
                            layer[row * dims[l] + i] * layers.weights().get(l).floatValue();
                }
            }
        }
        return all;
    }

    @Test
    void layersAndWeightsAreReadAndWrittenAlike() {
        for (String text : List.of("a", "a,b", "a*0.5,b*2")) {
            assertThat(KeyLayers.parse(text)).hasToString(text);
        }
        for (String text : List.of("", "a,", "a*b", "a*1*2", "a*0", "a*-1", "a,a")) {
            assertThatThrownBy(() -> KeyLayers.parse(text)).as(text).isInstanceOf(IllegalArgumentException.class);
        }
    }
}
