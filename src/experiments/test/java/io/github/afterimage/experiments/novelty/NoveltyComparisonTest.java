package io.github.afterimage.experiments.novelty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.afterimage.experiments.novelty.NoveltyComparison.DetectorScores;
import io.github.afterimage.experiments.novelty.NoveltyComparison.Row;
import io.github.afterimage.experiments.novelty.NoveltyComparison.UnknownSet;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class NoveltyComparisonTest {
    private static final int KNOWN = 300;
    private static final int UNKNOWN = 200;
    /** Half a 95 % interval of a normal distribution, in standard errors. */
    private static final double WIDTH = 1.96;

    private static final List<String> DETECTORS = List.of("novelty", "similarity of neighbor 10", "energy");

    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);

    /** Scores of three detectors: the second sees the first one's score with more noise than score, and the third sees nothing. */
    private double[][] scores(int examples, double shift) {
        double[][] scores = new double[DETECTORS.size()][examples];
        for (int i = 0; i < examples; i++) {
            scores[0][i] = shift + random.nextGaussian();
            scores[1][i] = scores[0][i] + 2 * random.nextGaussian();
            scores[2][i] = random.nextGaussian();
        }
        return scores;
    }

    /** The variance of DeLong, DeLong and Clarke-Pearson (1988), from all pairs. */
    @Test
    void intervalsAreAsWideAsTheCovarianceOfDeLongSays() {
        double[][] known = scores(KNOWN, 1.5);
        double[][] unknown = scores(UNKNOWN, 0);
        UnknownSet found = NoveltyComparison.of(
                        DETECTORS,
                        new DetectorScores("known", false, known, null),
                        List.of(new DetectorScores("other", false, unknown, null)),
                        seed)
                .sets()
                .get(0);
        double[][] ofKnown = new double[3][KNOWN];
        double[][] ofUnknown = new double[3][UNKNOWN];
        for (int d = 0; d < 3; d++) {
            for (int i = 0; i < KNOWN; i++) {
                for (int j = 0; j < UNKNOWN; j++) {
                    double point = known[d][i] > unknown[d][j] ? 1 : 0;
                    ofKnown[d][i] += point / UNKNOWN;
                    ofUnknown[d][j] += point / KNOWN;
                }
            }
        }
        assertThat(found.best().detector()).as("seed %d", seed).isEqualTo(DETECTORS.get(0));
        for (int d = 0; d < 3; d++) {
            Row row = found.rows().get(d);
            double error = Math.sqrt(variance(ofKnown[d]) / KNOWN + variance(ofUnknown[d]) / UNKNOWN);
            double behind = Math.sqrt(variance(differences(ofKnown[0], ofKnown[d])) / KNOWN
                    + variance(differences(ofUnknown[0], ofUnknown[d])) / UNKNOWN);
            String at = "detector " + d + ", seed " + seed;
            assertThat(row.auroc().value())
                    .as(at)
                    .isCloseTo(Arrays.stream(ofKnown[d]).average().orElseThrow(), within(1e-12));
            assertThat(width(row.auroc())).as(at).isCloseTo(WIDTH * error, within(0.2 * WIDTH * error));
            assertThat(width(row.behind())).as(at).isCloseTo(WIDTH * behind, within(0.2 * WIDTH * behind));
        }
        assertThat(found.rivals()).as("seed %d", seed).isEmpty();
    }

    private static double width(NoveltyComparison.Estimate estimate) {
        return (estimate.interval().high() - estimate.interval().low()) / 2;
    }

    private static double[] differences(double[] these, double[] others) {
        double[] differences = new double[these.length];
        Arrays.setAll(differences, i -> these[i] - others[i]);
        return differences;
    }

    private static double variance(double[] values) {
        double mean = Arrays.stream(values).average().orElseThrow();
        return Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum() / (values.length - 1);
    }

    @Test
    void drawsExamplesThatWereMadeFromKnownOnesTogetherWithThem() {
        double[][] known = scores(KNOWN, 0);
        double[][] lower = Arrays.stream(known)
                .map(ofDetector ->
                        Arrays.stream(ofDetector).map(score -> score - 1).toArray())
                .toArray(double[][]::new);
        DetectorScores all = new DetectorScores("known", false, known, null);
        double paired = width(
                NoveltyComparison.of(DETECTORS, all, List.of(new DetectorScores("changed", true, lower, null)), seed)
                        .sets()
                        .get(0)
                        .best()
                        .auroc());
        double independent = width(
                NoveltyComparison.of(DETECTORS, all, List.of(new DetectorScores("other", false, lower, null)), seed)
                        .sets()
                        .get(0)
                        .best()
                        .auroc());
        assertThat(paired).as("seed %d", seed).isLessThan(0.8 * independent);
    }

    @Test
    void severalSetsHaveAMeanAndDetectorsThatChanceMayHavePutBehind() {
        double[][] known = scores(KNOWN, 1);
        known[1] = known[0];
        double[][] unknown = scores(UNKNOWN, 0);
        unknown[1] = unknown[0];
        DetectorScores other = new DetectorScores("other", false, unknown, null);
        List<UnknownSet> sets = NoveltyComparison.of(
                        DETECTORS, new DetectorScores("known", false, known, null), List.of(other, other), seed)
                .sets();
        assertThat(sets).extracting(UnknownSet::name).containsExactly("other", "other", "mean of the 2 sets");
        assertThat(sets.get(2).examples()).isEqualTo(2 * UNKNOWN);
        assertThat(sets.get(2).rows().get(0).auroc().value())
                .isCloseTo(sets.get(0).rows().get(0).auroc().value(), within(1e-12));
        assertThat(sets.get(0).rivals()).extracting(Row::detector).containsExactly(DETECTORS.get(1));
    }
}
