package io.github.afterimage;

import static io.github.afterimage.Refusals.assertIllegalArgument;
import static io.github.afterimage.Refusals.assertIllegalState;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.afterimage.engine.NormalizedSums;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TunerTest {
    private final Tuner tuner = new Tuner(new double[] {1, 2}, new double[] {0.5});

    private static Answer distributions(float... probabilities) {
        return distributions(3, probabilities, null);
    }

    private static Answer distributions(int classes, float[] probabilities, float @Nullable [] distances) {
        int batch = probabilities.length / classes;
        Answer.Point point = Answer.Point.of(1, new NormalizedSums(probabilities, new double[batch]));
        return new Answer(batch, classes, List.of(point), 1, 1, null, distances, 1, 1);
    }

    @Test
    void anExampleOfAnotherShapeIsRefusedAndNotCounted() {
        float[][] cache = {{0.2f, 0.3f, 0.5f}, {0.1f, 0.1f, 0.8f}};
        float[] network = {0.6f, 0.2f, 0.2f};
        for (int label : new int[] {-1, 3}) {
            assertIllegalArgument(() -> tuner.accept(cache, network, label))
                    .hasMessage("label " + label + ": expected 0 to 2");
        }
        assertThatThrownBy(() -> tuner.accept(new float[][] {cache[0]}, network, 0))
                .hasMessageContaining("1 distributions: expected one for each of 2 thetas");
        assertThatThrownBy(() -> tuner.accept(cache, new float[4], 0)).hasMessageContaining("3 classes");
        Answer one = distributions(cache[0]);
        assertThatThrownBy(() -> tuner.accept(List.of(one, one), network, new int[] {0, 1}))
                .hasMessageContaining("expected (2, 3)");
        assertThatThrownBy(() -> tuner.accept(List.of(one, one), new float[4], new int[] {0}))
                .hasMessageContaining("1 labels x 3 classes");
        Answer two = distributions(1, 0, 0, 0, 1, 0);
        assertThatThrownBy(() -> tuner.accept(List.of(two, two), new float[6], new int[] {0, 3}))
                .hasMessage("label 3: expected 0 to 2");
        assertThat(tuner.examples()).isZero();
    }

    @Test
    void atMostTheShareOfTheExamplesIsAboveTheThresholdOfNovelty() {
        for (int i = 0; i < 250; i++) {
            int example = i * 7 % 250;
            Answer far = distributions(2, new float[] {1, 0}, new float[] {example + 0.5f, example});
            tuner.accept(List.of(far, far), new float[] {0.75f, 0.25f}, new int[] {0});
        }
        assertThat(tuner.noveltyThreshold(0.01)).hasValue(new NoveltyThreshold(true, 247.75, 0.01, 0.998));
        assertThat(tuner.noveltyThreshold(0)).hasValue(new NoveltyThreshold(true, 249.75, 0, 0.998));
        assertThat(tuner.noveltyThreshold(0.5)).hasValue(new NoveltyThreshold(true, 124.75, 0.5, 0.998));
        assertThatThrownBy(() -> tuner.noveltyThreshold(1)).hasMessageContaining("share 1.0 of examples");
        assertThat(tuner.attributes(Map.of("novelty_most", "-1", "novelty_share", "0.5", "data", "d"), 0.01))
                .contains(
                        Map.entry("data", "d"),
                        Map.entry("novelty_most", "247.75"),
                        Map.entry("novelty_most_alone", "247.0"),
                        Map.entry("novelty_near", "0.998"),
                        Map.entry("novelty_share", "0.01"))
                .hasSize(9)
                .hasEntrySatisfying("prediction_sets", text -> assertThat(text).contains("\n0:250:"));
        tuner.accept(new float[][] {{0, 1}, {1, 0}}, new float[] {0, 1}, 0);
        assertThat(tuner.noveltyThreshold(0.01))
                .as("an example without distances")
                .isEmpty();
        assertThat(tuner.attributes(0.01)).doesNotContainKeys("novelty_most", "novelty_most_alone");
    }

    @Test
    void theThresholdIsThatOfTheNetworkIfThereIsOne() {
        assertThat(NoveltyThreshold.stored(Map.of("novelty_most", "1.5"), false))
                .isEmpty();
        assertIllegalArgument(() -> NoveltyThreshold.of(Map.of(), false))
                .hasMessage("the index has no threshold of novelty: run tune --save");
        Map<String, String> tuned = Map.of(
                "novelty_most", "1.5", "novelty_most_alone", "1.25", "novelty_near", "0.9", "novelty_share", "0.1");
        assertThat(NoveltyThreshold.of(tuned, true)).isEqualTo(new NoveltyThreshold(true, 1.5, 0.1, 0.9));
        assertThat(NoveltyThreshold.of(tuned, false)).isEqualTo(new NoveltyThreshold(false, 1.25, 0.1, 0.9));
        assertThat(StoredAttributes.finding(Map.of("novelty_share", "2"), 2))
                .isEqualTo("novelty_share \"2\", expected a number that is at least 0 and less than 1");
        for (String limit : List.of("novelty_most", "novelty_most_alone", "novelty_near")) {
            assertThat(StoredAttributes.finding(Map.of(limit, "NaN"), 2))
                    .isEqualTo(limit + " \"NaN\", expected a finite number")
                    .satisfies(finding ->
                            assertThat(StoredAttributes.named(finding)).containsExactly(limit));
        }
    }

    @Test
    void nothingIsBestBeforeAnExample() {
        assertIllegalState(tuner::best);
        assertIllegalState(tuner::bestCacheOnly);
    }

    @Test
    void countsTheCacheAloneWhereThereIsNoNetwork() {
        tuner.accept(new float[][] {{0.2f, 0.8f}, {0.6f, 0.4f}}, null, 0);
        assertThat(tuner.hasNetwork()).isFalse();
        assertThat(tuner.best()).isEqualTo(new Tuner.Point(new Hyperparameters(2, 1), 0, 0, 0));
        assertThat(tuner.bestIsLastTheta()).isTrue();
        assertIllegalState(tuner::networkError);
        assertIllegalArgument(() -> tuner.accept(new float[2][2], new float[2], 0))
                .hasMessageContaining("all of one kind");
        assertThat(tuner.examples()).isEqualTo(1);
    }

    @Test
    void aBatchThatIsRefusedLeavesNoNovelty() {
        Answer one = distributions(2, new float[] {0.2f, 0.8f}, new float[] {1, 2});
        Answer other = distributions(2, new float[] {0.2f, 0.8f}, new float[] {9, 9});
        tuner.accept(List.of(one, one), null, new int[] {0});
        for (float[] network : new float[][] {{0.5f, 0.5f}, {}}) {
            assertIllegalArgument(() -> tuner.accept(List.of(other, other), network, new int[] {0}));
        }
        assertThat(tuner.examples()).isEqualTo(1);
        assertThat(tuner.noveltyThreshold(0)).hasValue(new NoveltyThreshold(false, 1, 0, 0.998));
    }

    @Test
    void whereTheNetworkAloneIsBestThetaIsThatOfTheCacheAlone() {
        Tuner withoutMixing = new Tuner(new double[] {1, 2}, new double[] {0, 0.5});
        withoutMixing.accept(new float[][] {{0.2f, 0.8f}, {0.6f, 0.4f}}, new float[] {0.9f, 0.1f}, 0);
        assertThat(withoutMixing.best()).isEqualTo(new Tuner.Point(new Hyperparameters(2, 0), 0, 0, 0));
    }

    @Test
    void countsWhatTheBestMixtureCorrectsAndBreaks() {
        float[][] right = {{0.9f, 0.1f}, {0.9f, 0.1f}};
        float[][] wrong = {{0.1f, 0.9f}, {0.1f, 0.9f}};
        tuner.accept(right, new float[] {0.4f, 0.6f}, 0);
        tuner.accept(right, new float[] {0.4f, 0.6f}, 0);
        tuner.accept(wrong, new float[] {0.6f, 0.4f}, 0);
        tuner.accept(wrong, new float[] {0.05f, 0.95f}, 0);
        assertThat(tuner.best()).isEqualTo(new Tuner.Point(new Hyperparameters(1, 0.5), 0.5, 2, 1));
        assertThat(tuner.bestIsFirstTheta()).as("a tie").isFalse();
        assertThat(tuner.bestIsLastTheta()).isFalse();
    }

    @Test
    void theErrorsAtEveryLambdaAreThoseOfTheMixtureAlsoWhereClassesAreEqualOrTheNetworkLacksSome() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        double[] lambdas = Tuner.grid(0, 1, 41);
        for (int run = 0; run < 2000; run++) {
            int classes = 1 + random.nextInt(5);
            int steps = random.nextBoolean() ? 4 : 1 << 20; // few steps make ties
            float[] network = multiples(random, 1 + random.nextInt(classes), steps); // it may lack the last ones
            float[] cache = network.length == classes && random.nextInt(5) == 0
                    ? network.clone()
                    : multiples(random, classes, steps);
            int label = random.nextInt(classes);
            Tuner one = new Tuner(new double[] {1}, lambdas);
            one.accept(new float[][] {cache}, network, label);
            for (int l = 0; l < lambdas.length; l++) {
                assertThat(one.mixedError(0, l))
                        .as("seed %d, run %d, lambda %s", seed, run, lambdas[l])
                        .isEqualTo(Mixture.best(lambdas[l], network, cache) == label ? 0 : 1);
            }
        }
    }

    @Test
    void theLossIsThatOfTheNetworkWithTheClassesThatTheCacheAddsAtEachPoint() {
        float[][] cache = {{0.2f, 0.2f, 0.6f}, {0.1f, 0.7f, 0.2f}};
        tuner.accept(cache, new float[] {0.5f, 0.5f}, 1); // at the second theta (1 - 0.2) 0.5 of the network and 0.7
        assertThat(tuner.logLoss()).isEqualTo(-Math.log(0.5 * 0.4 + 0.5 * 0.7), within(1e-6));
        Tuner alone = new Tuner(new double[] {1, 2}, new double[] {0.5});
        alone.accept(cache, null, 1);
        assertThat(alone.logLoss()).isEqualTo(-Math.log(0.7), within(1e-6));
    }

    private static float[] multiples(Random random, int classes, int steps) {
        float[] values = new float[classes];
        for (int c = 0; c < classes; c++) {
            values[c] = random.nextInt(steps + 1) / (float) steps;
        }
        return values;
    }

    @Test
    void betaIsTheSmallestThatIsHardlyWorseByLogPAndThetaAndLambdaHaveTheFewestErrorsThere() {
        double[] betas = {0, 10, 20};
        Tuner grid = new Tuner(new double[] {1, 2}, betas, new double[] {0, 0.5, 1});
        for (int i = 0; i < 200; i++) {
            float noise = (i * 37 % 11 - 5) / 1000f;
            float wrong = i % 10 == 0 ? 1 : 0; // theta 1 errs on each tenth example
            float[][] cache = {
                of(0.45f - wrong * 0.2f), // theta 1, beta 0
                of(0.70f - wrong * 0.4f + noise),
                of(0.7001f - wrong * 0.4f - noise),
                of(0.45f), // theta 2
                of(0.60f),
                of(0.60f)
            };
            grid.accept(cache, of(0.4f), 0);
        }
        Hyperparameters best = grid.best().hyperparameters();
        assertThat(best).isEqualTo(new Hyperparameters(2, 0.5, 10));
        assertThat(grid.bestCacheOnly().hyperparameters()).isEqualTo(new Hyperparameters(2, 1, 10));
        assertThat(grid.mixedError(1, 1)).isZero();
        assertThat(grid.cacheOnlyError(0)).isEqualTo(0.1);
        assertThat(grid.logLoss()).isEqualTo(expectedLogLoss(), within(1e-4));
    }

    /** Theta 1 and beta 10 alone: nine tenths of the examples have 0.7, the others 0.3. */
    private static double expectedLogLoss() {
        return -(0.9 * Math.log(0.7) + 0.1 * Math.log(0.3));
    }

    private static float[] of(float first) {
        return new float[] {first, 1 - first};
    }

    @Test
    void aGridOfBetasThatDoNotAscendIsRefused() {
        assertThatThrownBy(() -> new Tuner(new double[] {1}, new double[] {5, 0}, new double[] {1}))
                .hasMessage("beta 0.0 after 5.0: expected ascending values");
        assertThatThrownBy(() -> new Tuner(new double[] {1}, new double[] {-1}, new double[] {1}))
                .hasMessage("beta -1.0: expected a finite number that is not negative");
    }

    @Test
    void savesTheTunedValuesWithTheIndex(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("tuned.safetensors");
        try (CacheIndex index = new CacheIndexBuilder(2, 2).build()) {
            index.add(new float[] {1, 0, 0, 1}, new int[] {0, 1});
            Query query = Query.of(new float[] {1, 0.1f}).thetas(tuner.thetas()).distances(true);
            tuner.accept(index.answer(query), null, new int[] {0});
            tuner.save(index, file);
        }
        try (CacheIndex opened = CacheIndex.open(file)) {
            Hyperparameters tuned = Hyperparameters.of(opened.attributes());
            assertThat(tuned).isEqualTo(tuner.best().hyperparameters());
            assertThat(NoveltyThreshold.stored(opened.attributes(), false))
                    .isEqualTo(tuner.noveltyThreshold(0.01))
                    .isPresent();
        }
    }
}
