package io.github.afterimage.experiments.shift;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.Answer;
import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.ElementType;
import io.github.afterimage.Engines;
import io.github.afterimage.Hyperparameters;
import io.github.afterimage.Mixture;
import io.github.afterimage.Progress;
import io.github.afterimage.Query;
import io.github.afterimage.experiments.protocol.IndexRecipe;
import io.github.afterimage.experiments.protocol.Protocol;
import io.github.afterimage.experiments.protocol.Split;
import io.github.afterimage.model.evaluation.ArrayExamples;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys of one value, 1 or -1: the classes are all that differs. */
class TunedMemoryTest {
    private static final Protocol PROTOCOL = new Protocol(
            new Split.Rule(0, 1),
            new IndexRecipe(null, 100, ElementType.FLOAT32, Engines.named("reference"), 1),
            new double[] {0.5, 1, 2},
            new double[] {0, 0.5, 1});

    @TempDir
    private Path folder;

    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);

    private ArrayExamples examples(int size, double right) {
        float[] features = new float[size];
        float[] network = new float[2 * size];
        int[] labels = new int[size];
        for (int i = 0; i < size; i++) {
            features[i] = random.nextBoolean() ? 1 : -1;
            labels[i] = random.nextDouble() < right == features[i] > 0 ? 0 : 1;
            network[2 * i] = random.nextFloat();
            network[2 * i + 1] = 1 - network[2 * i];
        }
        return new ArrayExamples(features, network, labels);
    }

    private static CacheIndex index(ArrayExamples... all) {
        CacheIndex index =
                new CacheIndexBuilder(1, 2).engine(Engines.named("reference")).build();
        for (ArrayExamples examples : all) {
            index.add(examples.features(), examples.labels());
        }
        return index;
    }

    private CleanMemory memory(CacheIndex keys, CleanMemory.Tuned tuned) throws IOException {
        Path file = folder.resolve("keys.safetensors");
        keys.save(file);
        return new CleanMemory(file, file, PROTOCOL.recipe(), tuned);
    }

    private static int[] wrong(CacheIndex index, Hyperparameters point, ArrayExamples examples) {
        Answer cache =
                index.answer(Query.of(examples.features()).thetas(point.theta()).classFactor(point.beta()));
        return IntStream.range(0, examples.size())
                .filter(i -> Mixture.best(
                                point.lambda(),
                                Arrays.copyOfRange(examples.probabilities(), 2 * i, 2 * i + 2),
                                cache.row(i).probabilities())
                        != examples.labels()[i])
                .toArray();
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 0.4})
    void learnedKeysAnswerWithTheCleanOnesLikeOneIndexOfAll(double beta) throws IOException {
        ArrayExamples clean = examples(20, 0.1);
        ArrayExamples received = examples(30, 0.8);
        ArrayExamples reported = examples(700, 0.8);
        CleanMemory.Tuned tuned =
                new CleanMemory.Tuned(new Hyperparameters(1, 0.5, beta), new Hyperparameters(2, 1, 3 * beta), 20, 5);
        try (CacheIndex keys = index(clean);
                CacheIndex all = index(clean, received);
                LearnedKeys learned = LearnedKeys.of(memory(keys, tuned), keys, received, PROTOCOL)) {
            Hyperparameters alone = tuned.alone();
            Map<String, int[]> found = TunedMemory.wrong(
                    Map.of(
                            "mixture", new TunedMemory(learned, tuned.mixture()),
                            "clean", new TunedMemory(TunedMemory.Memory.CLEAN, tuned.mixture()),
                            "alone", new TunedMemory(learned, alone),
                            "network", new TunedMemory(TunedMemory.Memory.CLEAN, new Hyperparameters(1, 0)),
                            "sets",
                                    new TunedMemory(
                                            TunedMemory.Memory.CLEAN,
                                            new Hyperparameters(1, 0),
                                            mixture -> List.of(1))),
                    keys,
                    reported,
                    Progress.NONE);
            assertThat(found.get("mixture")).as("seed %d", seed).isEqualTo(wrong(all, tuned.mixture(), reported));
            assertThat(found.get("clean")).isEqualTo(wrong(keys, tuned.mixture(), reported));
            assertThat(found.get("alone")).isEqualTo(wrong(all, alone, reported));
            assertThat(found.get("network")).isEqualTo(wrong(keys, new Hyperparameters(1, 0), reported));
            assertThat(found.get("sets"))
                    .as("sets that only have class 1")
                    .isEqualTo(IntStream.range(0, reported.size())
                            .filter(i -> reported.label(i) == 0)
                            .toArray());
        }
    }

    /** With a β, the mean of a class with few keys would give an image away too. */
    @ParameterizedTest
    @ValueSource(doubles = {0, 50})
    void receivedImagesDoNotAnswerThemselves(double beta) throws IOException {
        // Each received image is alone with its class on its side: only its own key would make it right.
        ArrayExamples received = new ArrayExamples(
                new float[] {1, -1, 1, -1, 1, -1},
                new float[] {0.6f, 0.4f, 0.4f, 0.6f, 0.6f, 0.4f, 0.4f, 0.6f, 0.6f, 0.4f, 0.4f, 0.6f},
                new int[] {0, 1, 0, 1, 0, 1});
        ArrayExamples clean = new ArrayExamples(new float[] {1, -1}, new float[4], new int[] {1, 0});
        CleanMemory.Tuned tuned =
                new CleanMemory.Tuned(new Hyperparameters(2, 0, beta), new Hyperparameters(2, 1, beta), 6, 5);
        try (CacheIndex keys = index(clean, clean, clean);
                LearnedKeys learned = LearnedKeys.of(memory(keys, tuned), keys, received, PROTOCOL)) {
            assertThat(learned.received().size()).isEqualTo(6);
            assertThat(learned.hyperparameters()).isEqualTo(tuned.mixture());
        }
    }
}
