package io.github.afterimage.experiments.sets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.afterimage.PredictionSets;
import io.github.afterimage.experiments.sets.ConformalEvaluation.Calibration;
import java.math.BigDecimal;
import java.util.List;
import java.util.Random;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class CalibrationTest {
    private static final int CLASSES = 4;
    private static final int CALIBRATION = 60;
    private static final int TEST = 60;
    private static final int REPEATS = 400;

    private final long seed = System.nanoTime();

    /** Scores 1 to n, so that a quantile is its rank; 0 stands for infinity. */
    @ParameterizedTest
    @CsvSource({
        "9, 0.1, 9",
        "8, 0.1, 0",
        "10, 0.1, 10",
        "19, 0.05, 19",
        "18, 0.05, 0",
        "99, 0.01, 99",
        "98, 0.01, 0",
        "9, 0.2, 8",
        "10, 0.2, 9",
        "5, 0.5, 3",
        "3, 0.3, 3",
        "2, 0.3, 0",
        "1, 0.5, 1",
        "0, 0.5, 0",
        "5000, 0.1, 4501",
        "269, 0.3, 189",
        "19, 0.95, 1"
    })
    void theQuantileIsTheRankThatTheRuleGivesByHand(int n, double alpha, int rank) {
        List<Double> scores =
                IntStream.rangeClosed(1, n).mapToObj(i -> (double) (n + 1 - i)).toList();
        assertThat(Calibration.quantile(scores, alpha)).isEqualTo(rank == 0 ? Double.POSITIVE_INFINITY : rank);
        assertThat(n >= PredictionSets.required(BigDecimal.valueOf(alpha))).isEqualTo(rank > 0);
    }

    @Test
    void scoresAreThoseOfTheirDefinitions() {
        double[] p = {0.2, 0.5, 0.3};
        assertThat(NonconformityScore.LAC.of(p, 0.25)).containsExactly(new double[] {0.8, 0.5, 0.7}, within(1e-12));
        assertThat(NonconformityScore.APS.of(p, 0.25))
                .containsExactly(new double[] {0.85, 0.125, 0.575}, within(1e-12));
    }

    /** With scores that never tie, a set of an exchangeable example has the true class with probability rank / (n + 1). */
    @ParameterizedTest
    @EnumSource
    void setsOfExchangeableExamplesHaveTheTrueClassAsOftenAsTheTheorySays(NonconformityScore score) {
        Random random = new Random(seed);
        double alpha = 0.2;
        double[] coverages = new double[REPEATS];
        for (int repeat = 0; repeat < REPEATS; repeat++) {
            Calibration calibration = new Calibration(CLASSES);
            for (int i = 0; i < CALIBRATION; i++) {
                Example example = Example.draw(random, score);
                calibration.add(example.label, example.scores[example.label]);
            }
            SetStatistics sets = new SetStatistics(calibration.thresholds(alpha));
            for (int i = 0; i < TEST; i++) {
                Example example = Example.draw(random, score);
                sets.add(example.label, example.scores);
            }
            assertThat(sets.unlimited()).isEmpty();
            coverages[repeat] = sets.coverage();
        }
        double mean = DoubleStream.of(coverages).average().orElseThrow();
        double variance = DoubleStream.of(coverages)
                .map(coverage -> (coverage - mean) * (coverage - mean))
                .average()
                .orElseThrow();
        double rank = 49; // ⌈61 × 0.8⌉
        assertThat(mean)
                .as("mean coverage of %s, seed %d", score, seed)
                .isCloseTo(rank / (CALIBRATION + 1), within(5 * Math.sqrt(variance / REPEATS)));
    }

    /** Of two classes with other scores, only thresholds of their own cover each as often as was asked for. */
    @Test
    void thresholdsOfEachClassCoverEachClass() {
        Random random = new Random(seed);
        Calibration calibration = new Calibration(3);
        IntStream.range(0, 10_000).forEach(i -> calibration.add(i % 2, random.nextDouble() * (1 + i % 2)));
        SetStatistics common = new SetStatistics(calibration.thresholds(0.1));
        SetStatistics own = new SetStatistics(calibration.classThresholds(0.1));
        IntStream.range(0, 10_000).forEach(i -> {
            double[] scores = {random.nextDouble(), 2 * random.nextDouble(), 5};
            common.add(i % 2, scores);
            own.add(i % 2, scores);
        });
        assertThat(common.coverage(0)).as("seed %d", seed).isEqualTo(1);
        assertThat(common.coverage(1)).as("seed %d", seed).isCloseTo(0.8, within(0.05));
        assertThat(common.worstClass()).isEqualTo(1);
        assertThat(own.coverage(0)).as("seed %d", seed).isCloseTo(0.9, within(0.05));
        assertThat(own.coverage(1)).as("seed %d", seed).isCloseTo(0.9, within(0.05));
        assertThat(own.unlimited()).containsExactly(2); // no calibration example, so it is in every set
        assertThat(own.share(0)).isZero();
    }

    @Test
    void countsSetsBySize() {
        SetStatistics sets = new SetStatistics(new double[] {0.5, 0.5, 0.5});
        sets.add(0, new double[] {0.1, 0.5, 0.9});
        sets.add(0, new double[] {0.6, 0.7, 0.9});
        sets.add(1, new double[] {0.6, 0.4, 0.9});
        sets.add(2, new double[] {0.6, 0.4, 0.9});
        assertThat(sets.coverage()).isEqualTo(0.5);
        assertThat(sets.meanSize()).isEqualTo(1);
        assertThat(List.of(sets.share(0), sets.share(1), sets.share(2))).containsExactly(0.25, 0.5, 0.25);
        assertThat(sets.worstClass()).isEqualTo(2);
        assertThat(sets.coverageInterval().low()).isCloseTo(0.0676, within(1e-3));
        assertThat(sets.sizeDifference(sets).high()).isZero();
    }

    private record Example(int label, double[] scores) {
        /** The true class has the greatest probability often, but not always. */
        static Example draw(Random random, NonconformityScore score) {
            int label = random.nextInt(CLASSES);
            double[] p = IntStream.range(0, CLASSES)
                    .mapToDouble(c -> Math.exp(random.nextGaussian() + (c == label ? 1.5 : 0)))
                    .toArray();
            double sum = DoubleStream.of(p).sum();
            return new Example(
                    label, score.of(DoubleStream.of(p).map(value -> value / sum).toArray(), random.nextDouble()));
        }
    }
}
