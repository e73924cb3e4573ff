package io.github.afterimage.answer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class PredictionSetsTest {
    private final long seed = System.nanoTime();

    /** Of 19 probabilities, none may be below the least of a set of 0.95, one below that of 0.9, and nine below that of 0.5. */
    @Test
    void theLeastProbabilityOfASetIsThatOfTheRankByHand() {
        List<Double> probabilities = new ArrayList<>(
                IntStream.rangeClosed(1, 19).mapToObj(i -> i / 20d).toList());
        Collections.shuffle(probabilities, new Random(seed));
        PredictionSets sets = parsed(Collections.nCopies(19, 1), probabilities, 3);
        assertThat(sets.least(0.95)).containsExactly(0.05, 0.05, 0.05);
        assertThat(sets.least(0.9)).containsExactly(0.1, 0.1, 0.1);
        assertThat(sets.least(0.5)).containsExactly(0.5, 0.5, 0.5);
        assertThat(sets.labels(label -> new double[] {0.1, 0.85, 0.05}[label], 0.9))
                .as("the most probable first, those of the least probability too")
                .containsExactly(1, 0);
        assertThat(sets.labels(label -> label == 1 ? 0.02 : 0.01, 0.9))
                .as("the answer")
                .containsExactly(1);
        assertThat(sets.examples()).isEqualTo(19);
        assertThat(sets.greatestCoverage()).isEqualTo(0.95);
        assertThatThrownBy(() -> sets.least(0.99))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "coverage 0.99: the 19 examples that tune had give at most 0.95; ask for that, or tune with 99 examples"
                                + " of each class or more");
        assertThatThrownBy(() -> sets.least(0.99999))
                .as("sets take 10,000 examples at most")
                .hasMessageEndingWith("give at most 0.95; ask for that");
        for (double coverage : new double[] {0.4, 1, Double.NaN}) {
            assertThatThrownBy(() -> sets.least(coverage)).hasMessageContaining("expected 0.5 or more and less than 1");
        }
    }

    /** Classes 0 and 1 have 150 examples, class 2 has 60, class 3 has 30, and class 4 none. */
    @Test
    void aClassWithManyExamplesHasItsOwnLeastProbabilityAndSmallOnesShareOne() {
        List<Integer> labels = new ArrayList<>();
        List<Double> probabilities = new ArrayList<>();
        int[] counts = {150, 150, 60, 30};
        for (int label = 0; label < counts.length; label++) {
            labels.addAll(Collections.nCopies(counts[label], label));
            probabilities.addAll(Collections.nCopies(counts[label], (label + 1) / 8d));
        }
        PredictionSets sets = parsed(labels, probabilities, 5);
        // 90 examples are too few for a threshold, so class 0 shares it; a class without examples has the least of all.
        assertThat(sets.least(0.9)).containsExactly(0.125, 0.25, 0.125, 0.125, 0.125);
        assertThat(sets.examples()).isEqualTo(390);
        assertThatThrownBy(() -> sets.least(0.999))
                .hasMessageContaining("the 150 examples that tune had of class 1 give");
        assertThatThrownBy(() -> parsed(
                                Stream.of(
                                                Collections.nCopies(99, 0),
                                                Collections.nCopies(1, 1),
                                                Collections.nCopies(200, 2))
                                        .flatMap(List::stream)
                                        .toList(),
                                Collections.nCopies(300, 0.5),
                                3)
                        .least(0.999))
                .hasMessageContaining("the 100 examples that tune had of classes 0, 1 together give");
    }

    /** The weights of a part may give the true class less than those of all, and never more in the sets. */
    @Test
    void noSetTrustsAProbabilityThatTheRuleDoesNotGive() {
        Random random = new Random(seed);
        for (int draw = 0; draw < 20; draw++) {
            Tuner tuner = new Tuner(1, 2);
            List<Drawn> examples =
                    Stream.generate(() -> Drawn.of(random)).limit(199).toList();
            examples.forEach(each -> each.teach(tuner));
            Calibration calibration = tuner.calibration(1, 0.01);
            double[] ofRule = examples.stream()
                    .mapToDouble(each -> each.probabilities(calibration.rule())[each.label])
                    .sorted()
                    .toArray();
            assertThat(calibration.sets().orElseThrow().least(0.9)[0])
                    .as("seed %d, draw %d", seed, draw)
                    .isLessThanOrEqualTo(ofRule[19]);
        }
    }

    @Test
    void whoAsksForSetsThatAreNotThereIsToldWhy() {
        List<String> names = List.of("class 0", "class 1");
        Map<String, String> stored =
                Map.of("prediction_sets.alone", text(List.of(0, 1), List.of(0.5, 0.5), 2), "pool.alone", "0 1 0");
        try (CacheIndex none = new CacheIndexBuilder(2, 2).build();
                CacheIndex index =
                        new CacheIndexBuilder(2, 2).attributes(stored).build()) {
            assertThat(index.calibration(0).sets(0.5, names).examples()).isEqualTo(2);
            for (double coverage : new double[] {0.3, 1, 2}) {
                assertThatThrownBy(() -> none.calibration(0).sets(coverage, names))
                        .hasMessage("coverage " + coverage + ": expected 0.5 or more and less than 1, such as 0.95");
            }
            assertThatThrownBy(() -> none.calibration(0).sets(0.9, names))
                    .hasMessage("the index has no prediction sets: tune it with labelled examples");
            assertThatThrownBy(() -> index.calibration(1).sets(0.9, names))
                    .as("tuned without a network")
                    .hasMessage("the index has no prediction sets: tune it with labelled examples");
            assertThatThrownBy(() -> Calibration.of(new Pool(9, 1, 1, 1), 1).sets(0.9, names))
                    .hasMessage(
                            "this answer has no prediction sets: they go with the pool that labelled examples chose, not with"
                                    + " equation (3) or another rule");
            assertThatThrownBy(() -> index.calibration(0).sets(0.9, names))
                    .hasMessageContaining("the 2 examples that tune had give at most");
        }
        List<Integer> labels = Stream.of(Collections.nCopies(100, 0), Collections.nCopies(200, 1))
                .flatMap(List::stream)
                .toList();
        try (CacheIndex index = new CacheIndexBuilder(2, 2)
                .classNames(List.of("cat", "dog"))
                .attributes(Map.of("prediction_sets.alone", text(labels, Collections.nCopies(300, 0.5), 2)))
                .build()) {
            assertThatThrownBy(() -> index.calibration(0).sets(0.9999, index.classNames()))
                    .hasMessageContaining("the 100 examples that tune had of class \"cat\" give at most");
        }
    }

    @Test
    void aStoredProbabilityIsNeverMoreThanThatOfItsExample() {
        assertThat(parsed(List.of(0), List.of(2 / 3d), 1).least(0.5)).containsExactly(0.66666);
    }

    @Test
    void damagedTextIsRefused() {
        for (String text : List.of("", "0:1", "0:2:0.5 0.5", "7:1:0.5", "x:1:0.5", "0:0:", "0:1:x", "0 1 0.5")) {
            assertThatThrownBy(() -> PredictionSets.parse(text, 2))
                    .as(text)
                    .isInstanceOfAny(IllegalArgumentException.class, IndexOutOfBoundsException.class);
        }
    }

    @Test
    void setsStayTheSameWhenAClassGetsAnotherName() {
        String text = text(List.of(0, 1), List.of(0.5, 0.5), 2);
        try (CacheIndex index = new CacheIndexBuilder(2, 2)
                .attributes(Map.of("prediction_sets.one_view", text))
                .build()) {
            PredictionSets before = index.calibration(1).sets().orElseThrow();
            index.nameClass(1, "owl");
            assertThat(index.calibration(1).sets().orElseThrow()).isSameAs(before);
        }
    }

    /** The examples that choose θ and the weights calibrate the sets too, each at the weights that others choose. */
    @Test
    void setsOfNewExamplesHaveTheTrueClassAsOftenAsPromised() {
        Random random = new Random(seed);
        int repeats = 60;
        int tests = 500;
        double covered = 0;
        for (int repeat = 0; repeat < repeats; repeat++) {
            Tuner tuner = new Tuner(1, 2, 3, 4);
            for (int i = 0; i < 199; i++) {
                Drawn.of(random).teach(tuner);
            }
            Calibration calibration = tuner.calibration(1, 0.01);
            PredictionSets sets = calibration.sets().orElseThrow();
            for (int i = 0; i < tests; i++) {
                Drawn drawn = Drawn.of(random);
                double[] p = drawn.probabilities(calibration.rule());
                covered += sets.labels(label -> p[label], 0.9).contains(drawn.label) ? 1 : 0;
            }
        }
        // 0.9006 in the mean, with a deviation of 0.0031 over seeds.
        assertThat(covered / repeats / tests).as("seed %d", seed).isBetween(0.9 - 0.017, 0.9 + 0.017);
    }

    private static String text(List<Integer> labels, List<Double> probabilities, int classes) {
        return PredictionSets.of(classes, labels, probabilities).text();
    }

    private static PredictionSets parsed(List<Integer> labels, List<Double> probabilities, int classes) {
        return PredictionSets.parse(text(labels, probabilities, classes), classes);
    }

    /** Network and memory are right more often than not, and err independently. */
    private record Drawn(int label, float[] network, double[] scores) {
        static Drawn of(Random random) {
            int label = random.nextInt(3);
            return new Drawn(label, softmax(scores(random, label, 1.2), 1), scores(random, label, 0.6));
        }

        void teach(Tuner tuner) {
            tuner.accept(answer(tuner.thetas()), network, null, new int[] {label});
        }

        double[] probabilities(AnswerRule rule) {
            return rule.probabilities(network, answer(rule.theta()).row(0));
        }

        private Answer answer(double... thetas) {
            float[][] points = new float[thetas.length][];
            for (int t = 0; t < thetas.length; t++) {
                points[t] = softmax(scores, thetas[t]);
            }
            return FakeMemory.answer(FakeMemory.evidence(3, new float[3]), points);
        }

        private static double[] scores(Random random, int label, double lead) {
            return IntStream.range(0, 3)
                    .mapToDouble(c -> random.nextGaussian() + (c == label ? lead : 0))
                    .toArray();
        }

        private static float[] softmax(double[] scores, double theta) {
            double sum = IntStream.range(0, 3)
                    .mapToDouble(c -> Math.exp(theta * scores[c]))
                    .sum();
            float[] p = new float[3];
            for (int c = 0; c < 3; c++) {
                p[c] = (float) (Math.exp(theta * scores[c]) / sum);
            }
            return p;
        }
    }
}
