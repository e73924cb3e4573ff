package io.github.afterimage.experiments.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RankedScoresTest {
    private final long seed = System.nanoTime();

    @Test
    void countsEveryPairAsOftenAsItsWeightsSay() {
        Random random = new Random(seed);
        for (int trial = 0; trial < 50; trial++) {
            double[] known = random.ints(40, 0, 12).asDoubleStream().toArray(); // with ties
            double[] unknown = random.ints(30, -4, 9).asDoubleStream().toArray();
            int[] ofKnown = random.ints(40, 0, 4).toArray();
            int[] ofUnknown = random.ints(30, 0, 4).toArray();
            RankedScores.Separation found = new RankedScores(known, unknown).separation(ofKnown, ofUnknown);
            double ordered = 0;
            for (int i = 0; i < known.length; i++) {
                for (int j = 0; j < unknown.length; j++) {
                    double point = known[i] > unknown[j] ? 1 : known[i] == unknown[j] ? 0.5 : 0;
                    ordered += point * ofKnown[i] * ofUnknown[j];
                }
            }
            int all = Arrays.stream(ofKnown).sum();
            int others = Arrays.stream(ofUnknown).sum();
            double threshold = Arrays.stream(known)
                    .filter(score -> reaching(known, ofKnown, score) >= 0.95 * all)
                    .max()
                    .orElseThrow();
            assertThat(found.auroc())
                    .as("seed %d, trial %d", seed, trial)
                    .isCloseTo(ordered / all / others, within(1e-12));
            assertThat(found.falsePositiveRate())
                    .as("seed %d, trial %d", seed, trial)
                    .isEqualTo((double) reaching(unknown, ofUnknown, threshold) / others);
        }
    }

    private static int reaching(double[] scores, int[] weights, double threshold) {
        int count = 0;
        for (int i = 0; i < scores.length; i++) {
            count += scores[i] >= threshold ? weights[i] : 0;
        }
        return count;
    }

    @Test
    void aPerfectScoreLetsNoUnknownExamplePassAndAConstantOneAll() {
        int[] ones = {1, 1};
        assertThat(new RankedScores(new double[] {3, 2}, new double[] {1, 0}).separation(ones, ones))
                .isEqualTo(new RankedScores.Separation(1, 0));
        assertThat(new RankedScores(new double[] {1, 1}, new double[] {1, 1}).separation(ones, ones))
                .isEqualTo(new RankedScores.Separation(0.5, 1));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new RankedScores(new double[2], new double[0]))
                .withMessage("2 known and 0 unknown examples: expected at least one of each");
    }
}
