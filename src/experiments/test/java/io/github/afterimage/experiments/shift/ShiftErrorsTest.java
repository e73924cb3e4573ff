package io.github.afterimage.experiments.shift;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.Hyperparameters;
import io.github.afterimage.Tuner;
import io.github.afterimage.model.evaluation.CoverageWatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ShiftErrorsTest {
    private static int flagged(int before, int[] uncovered) {
        Tuner tuner = new Tuner(new double[] {1}, new double[] {1});
        IntStream.range(0, 999).forEach(i -> tuner.accept(new float[][] {{i / 1000f, 1 - i / 1000f}}, null, 0));
        try (CacheIndex index =
                new CacheIndexBuilder(2, 2).attributes(tuner.attributes()).build()) {
            CoverageWatch watch = CoverageWatch.of(
                    Tuner.predictionSets(index, new Hyperparameters(1, 1)).orElseThrow());
            return ShiftExperiment.flagged(watch, IntStream.range(0, 200).toArray(), before, new int[0], uncovered);
        }
    }

    @Test
    void thePromiseIsBrokenByChangedImagesAndLaterIfCleanOnesWereSeenBefore() {
        int[] all = IntStream.range(0, 200).toArray();
        assertThat(flagged(0, all)).isEqualTo(20); // the fewest that are judged
        assertThat(flagged(100, all)).isBetween(10, 40);
        assertThat(flagged(0, new int[] {3, 77, 150})).isZero();
    }

    @Test
    void otherImagesThanTheCleanOnesComeFirst() {
        int[] last = IntStream.range(150, 200).toArray();
        assertThat(flagged(150, last)).isBetween(10, 50);
        assertThat(flagged(0, last)).isGreaterThan(150);
    }
}
