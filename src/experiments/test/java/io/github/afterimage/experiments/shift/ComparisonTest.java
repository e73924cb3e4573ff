package io.github.afterimage.experiments.shift;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ComparisonTest {
    private static int[] range(int from, int to) {
        return IntStream.range(from, to).toArray();
    }

    @Test
    void ratesAreMeansOfTheVersions() {
        Comparison found = Comparison.of(100, List.of(range(0, 10), range(5, 25)), List.of(range(0, 30), range(0, 50)));
        assertThat(found.error()).isCloseTo(0.15, within(1e-12));
        assertThat(found.baseline()).isCloseTo(0.4, within(1e-12));
        assertThat(found.difference())
                .isBetween(found.fewer().low(), found.fewer().high());
        assertThat(found.isBetter()).isTrue();
        assertThat(found.isWorse()).isFalse();
    }

    @Test
    void differencesArePaired() {
        Comparison same = Comparison.of(100, List.of(range(0, 40)), List.of(range(0, 40)));
        assertThat(same.fewer().low()).isZero();
        assertThat(same.fewer().high()).isZero();
        Comparison other = Comparison.of(100, List.of(range(0, 40)), List.of(range(60, 100)));
        assertThat(other.fewer().low()).isNegative();
        assertThat(other.fewer().high()).isPositive();
        assertThat(Comparison.of(100, List.of(range(0, 40)), List.of(range(0, 10)))
                        .isWorse())
                .isTrue();
    }
}
