package io.github.afterimage.answer;

import static io.github.afterimage.Refusals.assertIllegalArgument;
import static io.github.afterimage.Refusals.assertIllegalState;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TunerTest {
    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);
    private final Tuner tuner = new Tuner(1, 2);

    /** Returns the same answer for both thetas. */
    private static Answer both(int classes, float... probabilities) {
        float[] directions = new float[probabilities.length];
        return FakeMemory.answer(FakeMemory.evidence(classes, directions), probabilities, probabilities);
    }

    @Test
    void anExampleOfAnotherShapeIsRefusedAndNotCounted() {
        float[] network = {0.6f, 0.2f, 0.2f};
        Answer one = both(3, 0.2f, 0.3f, 0.5f);
        for (int label : new int[] {-1, 3}) {
            assertIllegalArgument(() -> tuner.accept(one, network, null, new int[] {label}))
                    .hasMessage("label " + label + ": expected 0 to 2");
        }
        assertIllegalArgument(() -> tuner.accept(FakeMemory.answer(3, 0.2f, 0.3f, 0.5f), network, null, new int[] {0}))
                .hasMessage("answers (1, 1): expected (2 thetas, 1 labels)");
        assertIllegalArgument(() -> tuner.accept(one, network, null, new int[] {0, 1}))
                .hasMessage("answers (2, 1): expected (2 thetas, 2 labels)");
        assertIllegalArgument(() -> tuner.accept(one, new float[4], null, new int[] {0}))
                .hasMessageContaining("4 values: expected 1 labels x 3 classes, or fewer classes");
        assertIllegalArgument(() -> tuner.accept(one, network, new float[2], new int[] {0}))
                .hasMessage(
                        "probabilities of 3 and 2 values: expected as many of the images as of their mirror images");
        Answer two = both(3, 1, 0, 0, 0, 1, 0);
        assertIllegalArgument(() -> tuner.accept(two, new float[6], null, new int[] {0, 3}))
                .hasMessage("label 3: expected 0 to 2");
        float[] p = {1, 0, 0};
        assertIllegalArgument(() -> tuner.accept(FakeMemory.withoutEvidence(3, p, p), network, null, new int[] {0}))
                .hasMessage("the answer has no evidence: ask for it with Query.evidence");
        assertThat(tuner.examples()).isZero();
        tuner.accept(one, network, null, new int[] {0});
        assertIllegalArgument(() -> tuner.accept(one, null, null, new int[] {0}))
                .hasMessageContaining("all of one kind");
        assertIllegalArgument(() -> tuner.accept(one, new float[] {0.5f, 0.5f}, null, new int[] {0}))
                .hasMessageContaining("3 classes, of which the network has 2, after others of 3 and 3");
        assertIllegalArgument(() -> tuner.accept(both(2, 1, 0), new float[] {0.5f, 0.5f}, null, new int[] {0}))
                .hasMessageContaining("2 classes, of which the network has 2, after others of 3 and 3");
        assertThat(tuner.examples()).isEqualTo(1);
    }

    @Test
    void thetasThatDoNotAscendAreRefused() {
        assertIllegalArgument(() -> new Tuner(new double[0]))
                .hasMessage("no theta to choose from: expected at least one");
        assertIllegalArgument(() -> new Tuner(5, 0)).hasMessage("theta 0.0 after 5.0: expected ascending values");
        assertIllegalArgument(() -> new Tuner(5, 5)).hasMessage("theta 5.0 after 5.0: expected ascending values");
        assertIllegalArgument(() -> new Tuner(-1))
                .hasMessage("theta -1.0: expected a finite number that is not negative");
        assertThat(new Tuner(1, 2).thetas()).containsExactly(1, 2);
        assertThat(Tuner.rounded(0.1 + 0.6)).isEqualTo(0.7);
    }

    @Test
    void examplesTakeAQuarterOfAGibibyteAtMost() {
        assertThat(tuner.mostExamples(10)).isEqualTo(10_000);
        for (int classes : new int[] {10_000, 1_000_000}) {
            long most = tuner.mostExamples(classes);
            // two thetas, two views and the directions
            assertThat(4 * 5 * most * classes).isBetween((1L << 28) - 4 * 5L * classes, 1L << 28);
        }
        assertThat(tuner.mostExamples(1 << 30)).isOne();
    }

    @Test
    void nothingIsChosenBeforeAnExample() {
        List<Runnable> questions = List.of(
                tuner::views,
                tuner::logLoss,
                tuner::networkError,
                tuner::bestIsFirstTheta,
                () -> tuner.rule(0),
                () -> tuner.networkAlone(1),
                () -> tuner.score(Pool.USUAL, 1),
                () -> tuner.calibration(1, 0.01),
                () -> tuner.attributes(Map.of(), 0.01));
        for (Runnable question : questions) {
            assertIllegalState(question::run).hasMessageContaining("there are no examples: call accept");
        }
        assertThat(tuner.hasNetwork()).isFalse();
        tuner.accept(both(2, 0.9f, 0.1f), null, null, new int[] {0});
        assertIllegalState(() -> tuner.rule(1)).hasMessageContaining("no probabilities of the network for 1 views");
        assertIllegalArgument(() -> tuner.rule(3)).hasMessageContaining("views 3");
    }

    /** Examples that network and memory know more or less. */
    private final class Drawn {
        final int[] labels;
        final float[] image;
        final float[] mirror;
        final float[] directions;
        final float[][] memory;

        /**
         * @param leads how much image, mirror image, directions, and the memory at each theta tell
         */
        Drawn(int count, int classes, double... leads) {
            this(random.ints(count, 0, classes).toArray(), classes, leads);
        }

        Drawn(int[] labels, int classes, double... leads) {
            this.labels = labels;
            image = softmax(classes, leads[0]);
            mirror = softmax(classes, leads[1]);
            directions = softmax(classes, leads[2]);
            memory = IntStream.range(3, leads.length)
                    .mapToObj(t -> softmax(classes, leads[t]))
                    .toArray(float[][]::new);
        }

        private float[] softmax(int classes, double lead) {
            float[] p = new float[labels.length * classes];
            for (int i = 0; i < labels.length; i++) {
                double total = 0;
                for (int c = 0; c < classes; c++) {
                    p[i * classes + c] = (float) Math.exp(random.nextGaussian() + (c == labels[i] ? lead : 0));
                    total += p[i * classes + c];
                }
                for (int c = 0; c < classes; c++) {
                    p[i * classes + c] /= (float) total;
                }
            }
            return p;
        }

        int classes() {
            return image.length / labels.length;
        }

        Answer answer() {
            return FakeMemory.answer(FakeMemory.evidence(classes(), directions), memory);
        }

        double loss(AnswerRule rule, float @Nullable [] network, int theta) {
            Answer answer = answer().at(theta);
            int known = network == null ? 0 : network.length / labels.length;
            return IntStream.range(0, labels.length)
                    .mapToDouble(i -> -Math.log(rule.probabilities(
                                    network == null ? null : Arrays.copyOfRange(network, i * known, (i + 1) * known),
                                    answer.row(i))[labels[i]]))
                    .average()
                    .orElseThrow();
        }
    }

    @Test
    void theRuleHasTheLeastLossAndThePriorAtTheBestThetaAndTheBestNumberOfViews() {
        Drawn drawn = new Drawn(400, 3, 1, 1, 0.5, 0.2, 1.5);
        tuner.accept(drawn.answer(), drawn.image, drawn.mirror, drawn.labels);
        assertThat(tuner.views()).as("seed %d", seed).isEqualTo(2);
        float[] mean = Pool.mean(drawn.image, drawn.mirror, 400);
        for (int views = 0; views <= 2; views++) {
            Pool rule = tuner.rule(views);
            float[] network = List.of(new float[0], drawn.image, mean).get(views);
            float @Nullable [] seen = views == 0 ? null : network;
            assertThat(rule.theta()).as("seed %d", seed).isEqualTo(2);
            Pool usual = views == 0 ? Pool.USUAL_ALONE : Pool.USUAL;
            double least = penalized(drawn, rule, seen, usual);
            for (int i = 0; i < 60; i++) {
                double[] moved = rule.weights();
                int weight = views == 0 ? 1 + i % 2 : i % 3;
                moved[weight] = Math.max(0, moved[weight] + 0.2 * random.nextGaussian());
                assertThat(penalized(drawn, rule.withWeights(moved), seen, usual))
                        .as("seed %d, %s, weight %d", seed, rule, weight)
                        .isGreaterThan(least - 1e-6);
            }
            assertThat(tuner.score(rule, views).logLoss()).isCloseTo(drawn.loss(rule, seen, 1), within(1e-9));
        }
        assertThat(tuner.logLoss()).isCloseTo(tuner.score(tuner.rule(2), 2).logLoss(), within(1e-12));
        assertThat(tuner.bestIsLastTheta()).isTrue();
        assertThat(tuner.bestIsFirstTheta()).isFalse();
        assertIllegalArgument(() -> tuner.score(new Pool(3, 1, 1, 1), 1))
                .hasMessage("theta 3.0: expected one of [1.0, 2.0]");
    }

    private static double penalized(Drawn drawn, Pool rule, float @Nullable [] network, Pool usual) {
        double prior = Math.pow(rule.network() - usual.network(), 2)
                + Math.pow(rule.memory() - usual.memory(), 2)
                + Math.pow((rule.direction() - usual.direction()) / (network == null ? 40 : 4), 2);
        return drawn.loss(rule, network, 1) + 30.0 / 2 / drawn.labels.length * prior;
    }

    @Test
    void aMirrorImageIsNotTakenWhereItTellsLess() {
        Drawn drawn = new Drawn(400, 3, 2, -1, 0, 0.2, 0.2);
        tuner.accept(drawn.answer(), drawn.image, drawn.mirror, drawn.labels);
        assertThat(tuner.views()).as("seed %d", seed).isOne();
        assertThat(tuner.attributes(Map.of(), 0.01)).containsEntry("views", "1").containsKey("pool.two_views");
    }

    @Test
    void examplesWithoutMirrorImagesHaveOneView() {
        Drawn drawn = new Drawn(50, 3, 1, 1, 0, 0.5, 0.5);
        tuner.accept(drawn.answer(), drawn.image, null, drawn.labels);
        assertThat(tuner.hasViews(1)).isTrue();
        assertThat(tuner.hasViews(2)).isFalse();
        assertThat(tuner.views()).isOne();
        assertIllegalState(() -> tuner.rule(2)).hasMessageContaining("for 2 views");
        assertThat(tuner.attributes(Map.of("pool.two_views", "1 1 1"), 0.01))
                .doesNotContainKeys("pool.two_views", "prediction_sets.two_views")
                .containsKeys("pool.one_view", "pool.alone");
    }

    @Test
    void theMeanOfTwoViewsIsGeometric() {
        float[] mean = Pool.mean(new float[] {0.9f, 0.1f, 1, 0}, new float[] {0.4f, 0.6f, 0, 1}, 2);
        double first = Math.sqrt(0.36);
        double second = Math.sqrt(0.06);
        assertThat(mean)
                .containsExactly(
                        new float[] {(float) (first / (first + second)), (float) (second / (first + second)), 0.5f, 0.5f
                        },
                        within(1e-6f));
    }

    @Test
    void aClassThatTheNetworkDoesNotHaveIsImpossibleInTwoViewsToo() {
        float[] mean = Pool.mean(new float[] {0.9f, 0.1f, 0}, new float[] {0.4f, 0.6f, 0}, 1);
        assertThat(mean[2]).isZero();
    }

    @Test
    void theNetworkAloneHasTheTemperatureOfLeastLoss() {
        Drawn drawn = new Drawn(2000, 4, 2, 2, 0, 0.1, 0.1);
        float[] sharp = drawn.image.clone();
        for (int i = 0; i < sharp.length; i += 4) { // overconfident: the logits are three times too great
            double total = 0;
            for (int c = 0; c < 4; c++) {
                sharp[i + c] = (float) Math.pow(sharp[i + c], 3);
                total += sharp[i + c];
            }
            for (int c = 0; c < 4; c++) {
                sharp[i + c] /= (float) total;
            }
        }
        tuner.accept(drawn.answer(), sharp, null, drawn.labels);
        Pool alone = tuner.networkAlone(1);
        assertThat(alone.memory()).isZero();
        assertThat(alone.direction()).isZero();
        double best = 0;
        double least = Double.POSITIVE_INFINITY;
        for (double a = 0.01; a < 2; a += 0.005) {
            double loss = drawn.loss(new Pool(1, a, 0, 0, alone.shares()), sharp, 0);
            best = loss < least ? a : best;
            least = Math.min(least, loss);
        }
        assertThat(alone.network()).as("seed %d", seed).isCloseTo(best, within(0.03)); // r draws it to 1
    }

    @Test
    void aStreamOfOtherSharesThanTheKeysHasItsSharesInTheRule() {
        Drawn drawn = new Drawn(600, 2, 1, 1, 0, 0.5, 0.5);
        int[] chosen = IntStream.range(0, 600)
                .filter(i -> drawn.labels[i] == 0 || i % 10 == 0)
                .toArray();
        double ones = Arrays.stream(chosen).map(i -> drawn.labels[i]).sum() / (double) chosen.length;
        for (int i : chosen) {
            tuner.accept(drawn.answer().rows(i, 1), Arrays.copyOfRange(drawn.image, 2 * i, 2 * i + 2), null, new int[] {
                drawn.labels[i]
            });
        }
        assertThat(tuner.rule(1).shares().get(1)).as("seed %d", seed).isCloseTo(ones, within(0.01));
        assertThat(tuner.rule(0).shares()).isEqualTo(tuner.rule(1).shares());
        assertThat(tuner.networkAlone(1).shares()).isEqualTo(tuner.rule(1).shares());
    }

    @Test
    void aMemoryAloneIsTunedWhereThereIsNoNetwork() {
        float[] wrong = {0.2f, 0.8f};
        float[] right = {0.6f, 0.4f};
        tuner.accept(FakeMemory.answer(FakeMemory.evidence(2, new float[2]), wrong, right), null, null, new int[] {0});
        assertThat(tuner.hasNetwork()).isFalse();
        assertThat(tuner.views()).isEqualTo(Calibration.ALONE);
        Pool rule = tuner.rule(0);
        assertThat(rule.theta()).isEqualTo(2);
        assertThat(rule.network()).isZero();
        assertThat(rule.memory()).isGreaterThan(0.5);
        assertThat(tuner.bestIsLastTheta()).isTrue();
        assertIllegalState(tuner::networkError);
        assertThat(tuner.score(rule, 0)).isEqualTo(new Tuner.Score(new BitSet(), 0, tuner.logLoss(), 0, 0));
    }

    @Test
    void countsWhatARuleCorrectsAndBreaks() {
        Answer right = both(2, 0.9f, 0.1f);
        Answer wrong = both(2, 0.1f, 0.9f);
        tuner.accept(right, new float[] {0.4f, 0.6f}, null, new int[] {0});
        tuner.accept(right, new float[] {0.4f, 0.6f}, new float[] {0.1f, 0.9f}, new int[] {0});
        tuner.accept(wrong, new float[] {0.6f, 0.4f}, null, new int[] {0});
        tuner.accept(wrong, new float[] {0.05f, 0.95f}, null, new int[] {0});
        Tuner.Score score = tuner.score(new Mixture(1, 0.5), 1);
        assertThat(score.error()).isEqualTo(0.5);
        assertThat(score.corrected()).isEqualTo(2);
        assertThat(score.broken()).isEqualTo(1);
        assertThat(score.logLoss())
                .isCloseTo(-(2 * Math.log(0.65) + Math.log(0.35) + Math.log(0.075)) / 4, within(1e-6));
        assertThat(tuner.networkError()).isEqualTo(0.75);
        assertThat(tuner.bestIsFirstTheta()).as("a tie").isTrue();
    }

    @Test
    void examplesOfClassesThatTheNetworkLacksChooseNoWeightsButCountAsLoss() {
        Drawn drawn = new Drawn(IntStream.range(0, 210).map(i -> i % 3).toArray(), 3, 1, 1, 0, 0.5);
        Tuner all = new Tuner(1);
        Tuner known = new Tuner(1);
        float[] image = new float[420];
        for (int i = 0; i < 210; i++) {
            System.arraycopy(drawn.image, 3 * i, image, 2 * i, 2);
        }
        all.accept(drawn.answer(), image, null, drawn.labels);
        for (int i = 0; i < 210; i++) {
            if (drawn.labels[i] < 2) {
                known.accept(drawn.answer().rows(i, 1), Arrays.copyOfRange(image, 2 * i, 2 * i + 2), null, new int[] {
                    drawn.labels[i]
                });
            }
        }
        assertThat(all.rule(1).weights())
                .as("seed %d", seed)
                .containsExactly(known.rule(1).weights(), within(1e-5));
        assertThat(all.logLoss()).isCloseTo(drawn.loss(all.rule(1), image, 0), within(1e-9));
    }

    @Test
    void atMostTheShareOfTheExamplesHasMoreDoubtThanTheThreshold() {
        Drawn drawn = new Drawn(250, 3, 1, 1, 0.3, 0.5, 0.6);
        tuner.accept(drawn.answer(), drawn.image, drawn.mirror, drawn.labels);
        for (int views = 0; views <= 2; views++) {
            Pool rule = tuner.rule(views);
            float[] seen = views == 0 ? null : views == 1 ? drawn.image : Pool.mean(drawn.image, drawn.mirror, 250);
            Answer memory = drawn.answer().at(Arrays.binarySearch(tuner.thetas(), rule.theta()));
            double[] doubts = IntStream.range(0, 250)
                    .mapToDouble(i -> DoubtThreshold.doubt(rule.probabilities(
                            seen == null ? null : Arrays.copyOfRange(seen, 3 * i, 3 * i + 3), memory.row(i))))
                    .sorted()
                    .toArray();
            for (double share : new double[] {0, 0.01, 0.5}) {
                assertThat(tuner.calibration(views, share).doubt())
                        .as("seed %d, %d views", seed, views)
                        .hasValue(new DoubtThreshold(doubts[249 - (int) (share * 250)], share));
            }
        }
        assertIllegalArgument(() -> tuner.calibration(1, 1)).hasMessageContaining("share 1.0 of examples");
        assertThat(tuner.attributes(Map.of("doubt.one_view", "9", "doubt_share", "0.5", "data", "d"), 0.01))
                .contains(Map.entry("data", "d"), Map.entry("doubt_share", "0.01"))
                .hasEntrySatisfying("doubt.one_view", text -> assertThat(text).isNotEqualTo("9"));
    }

    @Test
    void theDoubtIsTheEntropyInNats() {
        assertThat(DoubtThreshold.doubt(new double[] {0, 1, 0})).isZero();
        assertThat(DoubtThreshold.doubt(new double[] {0.25, 0.25, 0.25, 0.25})).isCloseTo(Math.log(4), within(1e-12));
        Answer.Row row = FakeMemory.withoutEvidence(2, new float[] {0.5f, 0.5f}).row(0);
        assertThat(row.doubt()).isCloseTo(Math.log(2), within(1e-7));
    }

    @Test
    void tunesInOneCallWithFurtherValuesOfThetaWhereTheBestIsTheLast() {
        float[] keys = new float[400]; // 200 angles in a right angle, of two classes in turns
        int[] labels = new int[200];
        for (int i = 0; i < labels.length; i++) {
            keys[2 * i] = (float) Math.cos(i * Math.PI / 400);
            keys[2 * i + 1] = (float) Math.sin(i * Math.PI / 400);
            labels[i] = i / 4 % 2;
        }
        try (CacheIndex index = new CacheIndexBuilder(2, 2).build()) {
            index.add(keys, labels);
            Tuner tuned = Tuner.tune(index, keys, labels);
            assertThat(tuned.widenings()).isPositive();
            assertThat(tuned.rule(Calibration.ALONE).theta()).isGreaterThan(160);
            assertThat(tuned.hasNetwork()).isFalse();
            Tuner same = new Tuner(tuned.thetas());
            same.accept(index.answer(same.query(FloatBuffer.wrap(keys))), null, null, labels);
            assertThat(same.rule(Calibration.ALONE)).isEqualTo(tuned.rule(Calibration.ALONE));
            assertIllegalArgument(() -> Tuner.tune(index, new float[40_002], new int[20_001]))
                    .hasMessage("20001 examples: expected at most 10000 for 2 classes; draw some");
        }
    }

    @Test
    void savesTheTunedValuesWithTheIndexInPlaceOfThoseBefore(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("tuned.safetensors");
        Map<String, String> before = Map.of("data", "d", "lambda", "0.5", "theta", "9", "pool.alone", "0 1 1");
        try (CacheIndex index = new CacheIndexBuilder(2, 2).attributes(before).build()) {
            index.add(new float[] {1, 0, 0, 1}, new int[] {0, 1});
            Query query = tuner.query(FloatBuffer.wrap(new float[] {1, 0.1f, 0.2f, 1}));
            float[] image = {0.7f, 0.3f, 0.4f, 0.6f};
            float[] mirror = {0.8f, 0.2f, 0.1f, 0.9f};
            tuner.accept(index.answer(query), image, mirror, new int[] {0, 1});
            index.files().saveTuned(file, tuner);
        }
        try (CacheIndex opened = CacheIndex.open(file)) {
            assertThat(opened.attributes()).containsEntry("data", "d").doesNotContainKey("lambda");
            for (int views = 0; views <= 2; views++) {
                Calibration read = opened.calibration(views);
                assertThat(read.rule()).isEqualTo(tuner.rule(views));
                assertThat(read.tuned()).isTrue();
                assertThat(read.sets().map(PredictionSets::text))
                        .isEqualTo(tuner.calibration(views, 0.01).sets().map(PredictionSets::text))
                        .isPresent();
                assertThat(read.doubt())
                        .isEqualTo(tuner.calibration(views, 0.01).doubt())
                        .isPresent();
            }
            assertThat(opened.calibration().views()).isEqualTo(tuner.views());
        }
    }

    @Test
    void theOrderOfBatchesChangesNoDigitOfTheRuleOfTheSameExamples() {
        Drawn drawn = new Drawn(100, 3, 1, 1, 0.3, 0.5, 0.6);
        Tuner batches = new Tuner(1, 2);
        tuner.accept(drawn.answer(), drawn.image, drawn.mirror, drawn.labels);
        for (int first = 0; first < 100; first += 25) {
            batches.accept(
                    drawn.answer().rows(first, 25),
                    Arrays.copyOfRange(drawn.image, 3 * first, 3 * first + 75),
                    Arrays.copyOfRange(drawn.mirror, 3 * first, 3 * first + 75),
                    Arrays.copyOfRange(drawn.labels, first, first + 25));
            assertThat(batches.rule(1).theta()).isPositive(); // chooses anew with each batch
        }
        assertThat(batches.attributes(Map.of(), 0.01)).as("seed %d", seed).isEqualTo(tuner.attributes(Map.of(), 0.01));
    }
}
