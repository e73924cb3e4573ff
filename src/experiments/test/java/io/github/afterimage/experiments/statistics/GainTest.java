package io.github.afterimage.experiments.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.BitSet;
import org.junit.jupiter.api.Test;

class GainTest {
    @Test
    void callsADifferenceThatChanceMayGiveNoGain() {
        Gain gain = new Gain(79, 56, 5000);
        assertThat(gain.p()).isEqualTo(0.058, within(1e-3));
        assertThat(gain.isClear()).isFalse();
        assertThat(gain.words())
                .startsWith("Of 5,000 answers the memory corrects 79 and breaks 56. Chance alone may give")
                .endsWith("These images do not show that the memory helps.");
    }

    @Test
    void saysHowManyErrorsAClearGainAvoids() {
        Gain gain = new Gain(155, 101, 10_000);
        assertThat(gain.isClear()).isTrue();
        assertThat(gain.fewerErrors().low()).isBetween(15.0, 30.0);
        assertThat(gain.fewerErrors().high()).isBetween(80.0, 90.0);
        assertThat(gain.words()).contains("The memory helps here: it avoids ", "(95 % interval)");
    }

    @Test
    void aClearGainAvoidsOneErrorAtLeast() {
        Gain gain = new Gain(6, 0, 1000);
        assertThat(gain.isClear()).isTrue();
        assertThat(gain.fewerErrors().low()).isLessThan(0.5);
        assertThat(gain.words()).contains("it avoids 1 to 6 errors");
    }

    @Test
    void callsAClearLossALoss() {
        assertThat(new Gain(2000, 0, 3000).words()).contains("p < 1e-300");
        assertThat(new Gain(10, 60, 1000).words()).endsWith("The memory hurts here.");
    }

    @Test
    void hasWordsWhereNothingChanges() {
        assertThat(new Gain(0, 0, 10).words()).isEqualTo("The memory changes no answer between right and wrong.");
    }

    @Test
    void countsTheAnswersThatTheSecondModelCorrectsAndBreaks() {
        BitSet without = BitSet.valueOf(new long[] {0b0110});
        BitSet with = BitSet.valueOf(new long[] {0b0001});
        assertThat(Gain.of(without, with, 4)).isEqualTo(new Gain(2, 1, 4));
    }
}
