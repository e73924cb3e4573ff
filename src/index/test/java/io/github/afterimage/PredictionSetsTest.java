package io.github.afterimage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class PredictionSetsTest {
    private static final Hyperparameters TUNED = new Hyperparameters(60, 0.5);

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

    /** Both θ have about as many errors, so the parts choose one or the other; at the second, probabilities are a tenth. */
    @Test
    void partsThatChooseAnotherThetaDoNotMakeSetsSmallerThanThePromise() {
        Random random = new Random(seed);
        for (int draw = 0; draw < 20; draw++) {
            Tuner tuner = new Tuner(new double[] {1, 2}, new double[] {1});
            double[][] probabilities = new double[2][199];
            for (int i = 0; i < 199; i++) {
                float[][] cache = new float[2][];
                for (int theta = 0; theta < 2; theta++) {
                    float p = (theta == 0 ? 0.3f : 0.03f) * random.nextFloat();
                    boolean right = random.nextInt(5) > 0;
                    probabilities[theta][i] = p;
                    cache[theta] = right ? new float[] {p, p / 2, p / 2} : new float[] {p, 2 * p, 0};
                }
                tuner.accept(cache, null, 0);
            }
            Hyperparameters best = tuner.best().hyperparameters();
            double[] ofBest = probabilities[(int) best.theta() - 1];
            Arrays.sort(ofBest);
            try (CacheIndex index =
                    new CacheIndexBuilder(2, 3).attributes(tuner.attributes()).build()) {
                assertThat(Tuner.predictionSets(index, best, 0.9).least(0.9)[0])
                        .as("seed %d, draw %d", seed, draw)
                        .isLessThanOrEqualTo(ofBest[19]);
            }
        }
    }

    @Test
    void whoAsksForSetsThatAreNotThereIsToldWhy() {
        Map<String, String> stored =
                Map.of(PredictionSets.ATTRIBUTE, PredictionSets.text(TUNED, List.of(0, 1), List.of(0.5, 0.5)));
        try (CacheIndex none = new CacheIndexBuilder(2, 2).build();
                CacheIndex index =
                        new CacheIndexBuilder(2, 2).attributes(stored).build()) {
            assertThat(Tuner.predictionSets(index, TUNED, 0.5).examples()).isEqualTo(2);
            for (double coverage : new double[] {0.3, 1, 2}) {
                assertThatThrownBy(() -> Tuner.predictionSets(none, TUNED, coverage))
                        .hasMessage("coverage " + coverage + ": expected 0.5 or more and less than 1, such as 0.95");
            }
            assertThatThrownBy(() -> Tuner.predictionSets(none, TUNED, 0.9))
                    .hasMessage("the index has no prediction sets: run tune --save");
            assertThatThrownBy(() -> Tuner.predictionSets(index, new Hyperparameters(9, 0.5, 1), 0.9))
                    .hasMessage("the prediction sets of the index are for theta 60.0, lambda 0.5, beta 0.0, not for"
                            + " theta 9.0, lambda 0.5, beta 1.0: leave out theta, lambda and beta, which takes the"
                            + " stored ones");
            assertThatThrownBy(() -> Tuner.predictionSets(index, TUNED, 0.9))
                    .hasMessageContaining("the 2 examples that tune had give at most");
        }
        List<Integer> labels = Stream.of(Collections.nCopies(100, 0), Collections.nCopies(200, 1))
                .flatMap(List::stream)
                .toList();
        String sets = PredictionSets.text(TUNED, labels, Collections.nCopies(300, 0.5));
        try (CacheIndex index = new CacheIndexBuilder(2, 2)
                .classNames(List.of("cat", "dog"))
                .attributes(Map.of(PredictionSets.ATTRIBUTE, sets))
                .build()) {
            assertThatThrownBy(() -> Tuner.predictionSets(index, TUNED, 0.9999))
                    .hasMessageContaining("the 100 examples that tune had of class \"cat\" give at most");
        }
    }

    @Test
    void aStoredProbabilityIsNeverMoreThanThatOfItsExample() {
        assertThat(parsed(List.of(0), List.of(2 / 3d), 1).least(0.5)).containsExactly(0.66666);
    }

    @Test
    void damagedTextIsRefused() {
        List<String> damaged =
                List.of("", "60 0.5 0", "60 0.5\n0:1:0.5", "60 0.5 0\n0:2:0.5 0.5", "60 0.5 0\n7:1:0.5", "x\n0:1:0.5");
        for (String text : damaged) {
            assertThatThrownBy(() -> PredictionSets.parse(text, 2))
                    .as(text)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith("prediction_sets cannot be read");
        }
    }

    /** A watch over the promise goes on when a class gets a name. */
    @Test
    void setsStayTheSameWhenAClassGetsAnotherName() {
        String text = PredictionSets.text(TUNED, List.of(0, 1), List.of(0.5, 0.5));
        try (CacheIndex index = new CacheIndexBuilder(2, 2)
                .attributes(Map.of(PredictionSets.ATTRIBUTE, text))
                .build()) {
            PredictionSets before = Tuner.predictionSets(index, TUNED).orElseThrow();
            index.nameClass(1, "owl");
            assertThat(Tuner.predictionSets(index, TUNED).orElseThrow()).isSameAs(before);
        }
    }

    /** The examples that choose θ and λ calibrate the sets too, each at the values that others choose. */
    @Test
    void setsOfNewExamplesHaveTheTrueClassAsOftenAsPromised() {
        Random random = new Random(seed);
        int repeats = 60;
        int tests = 500;
        double covered = 0;
        for (int repeat = 0; repeat < repeats; repeat++) {
            Tuner tuner = new Tuner(Tuner.grid(1, 4, 4), Tuner.grid(0, 1, 5));
            for (int i = 0; i < 199; i++) {
                Drawn drawn = Drawn.of(random);
                tuner.accept(drawn.cache(tuner.thetas()), drawn.network, drawn.label);
            }
            PredictionSets sets = PredictionSets.parse(tuner.attributes().get(PredictionSets.ATTRIBUTE), 3);
            Hyperparameters best = tuner.best().hyperparameters();
            for (int i = 0; i < tests; i++) {
                Drawn drawn = Drawn.of(random);
                double[] mixed = Mixture.of(best.lambda(), drawn.network, drawn.cache(best.theta())[0]);
                covered += sets.labels(label -> mixed[label], 0.9).contains(drawn.label) ? 1 : 0;
            }
        }
        // Sets are larger where the parts choose other values: 0.9036 in the mean, with a deviation of 0.0037 over
        // seeds.
        assertThat(covered / repeats / tests).as("seed %d", seed).isBetween(0.9 - 0.017, 0.9 + 0.025);
    }

    private static PredictionSets parsed(List<Integer> labels, List<Double> probabilities, int classes) {
        return PredictionSets.parse(PredictionSets.text(TUNED, labels, probabilities), classes);
    }

    /** Network and cache are right more often than not, and err independently. */
    private record Drawn(int label, float[] network, double[] scores) {
        static Drawn of(Random random) {
            int label = random.nextInt(3);
            return new Drawn(label, softmax(scores(random, label, 1.2), 1), scores(random, label, 0.6));
        }

        float[][] cache(double... thetas) {
            float[][] points = new float[thetas.length][];
            for (int t = 0; t < thetas.length; t++) {
                points[t] = softmax(scores, thetas[t]);
            }
            return points;
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
