package io.github.afterimage.experiments.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class GroupTestTest {
    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);

    @Test
    void thePValueIsTheShareOfTheSignsThatGiveAsMuch() {
        for (int repetition = 0; repetition < 20; repetition++) {
            int[] differences =
                    IntStream.range(0, 10).map(i -> random.nextInt(9) - 4).toArray();
            long observed = Math.abs(Arrays.stream(differences).sum());
            int as = 0;
            for (int signs = 0; signs < 1 << differences.length; signs++) {
                int sum = 0;
                for (int i = 0; i < differences.length; i++) {
                    sum += (signs >> i & 1) == 0 ? differences[i] : -differences[i];
                }
                as += Math.abs(sum) >= observed ? 1 : 0;
            }
            assertThat(GroupTest.p(differences)).as("seed %d", seed).isCloseTo(as / 1024.0, within(1e-12));
        }
    }

    @Test
    void groupsOfOneGiveMcNemarsTest() {
        int[] groups = IntStream.range(0, 1000).toArray();
        int[] differences = IntStream.range(0, 1000)
                .map(i -> i < 155 ? 1 : i < 256 ? -1 : 0)
                .toArray();
        for (double share : new double[] {1, 0.5}) {
            Gain gain = Gain.ofGroups(groups, differences, share);
            assertThat(gain.p()).isCloseTo(new Gain(155, 101, 1000, share).p(), within(1e-12));
            assertThat(gain.share()).isEqualTo(share);
        }
        assertThat(Gain.ofGroups(groups, differences, 1).p()).isCloseTo(Gain.p(155, 101), within(1e-12));
    }

    @Test
    void framesOfAVideoCountOnce() {
        int[] groups = IntStream.range(0, 1000).map(i -> i / 10).toArray();
        int[] differences = IntStream.range(0, 1000)
                .map(i -> i < 100 ? 1 : i < 150 ? -1 : 0)
                .toArray();
        Gain gain = Gain.ofGroups(groups, differences, 1);
        assertThat(gain.corrected()).isEqualTo(100);
        assertThat(gain.p()).isCloseTo(Gain.p(10, 5), within(1e-12));
        assertThat(gain.changes()).isEqualTo(15);
        assertThat(gain.isClear()).isFalse();
        assertThat(new Gain(100, 50, 1000).isClear()).isTrue();
    }

    /** If neither model is better, one of twenty differences is significant, however much the answers of a group depend on each other. */
    @Test
    void chanceIsTakenForADifferenceInOneOfTwentyCases() {
        int found = 0;
        int naive = 0;
        int[] groups =
                IntStream.range(0, 400).map(i -> i < 200 ? i : 200 + i / 10).toArray();
        for (int repetition = 0; repetition < 1000; repetition++) {
            int[] ofGroups =
                    IntStream.range(0, 400).map(i -> random.nextInt(3) - 1).toArray();
            int[] differences = Arrays.stream(groups)
                    .map(group -> random.nextInt(4) > 0 ? ofGroups[group] : 0)
                    .toArray();
            Gain gain = Gain.ofGroups(groups, differences, 1);
            found += gain.p() < 0.05 ? 1 : 0;
            naive += Gain.p(gain.corrected(), gain.broken()) < 0.05 ? 1 : 0;
        }
        assertThat(found).as("seed %d", seed).isBetween(15, 85);
        assertThat(naive).as("without groups, seed %d", seed).isGreaterThan(2 * found);
    }

    /** Answers have in common a tendency to correct or to break, as those of divisions whose memories share examples. */
    private Gain withTendency(int changes, double drift, double share) {
        double spread = Math.sqrt(1 / share - 1); // the variance of the sum is greater by 1 / share
        double tendency = 0.5 + (drift + spread * random.nextGaussian()) / (2 * Math.sqrt(changes));
        int[] groups = IntStream.range(0, changes).toArray();
        int[] differences = IntStream.range(0, changes)
                .map(i -> random.nextDouble() < tendency ? 1 : -1)
                .toArray();
        return Gain.ofGroups(groups, differences, share);
    }

    @Test
    void answersThatShareMemoriesAreJudgedNeitherTooBoldlyNorTooShyly() {
        int repetitions = 3000;
        for (double share : new double[] {0.5, 0.8}) {
            for (int changes : new int[] {16, 32, 100, 400}) {
                int gains = 0;
                int losses = 0;
                int found = 0;
                for (int repetition = 0; repetition < repetitions; repetition++) {
                    Gain none = withTendency(changes, 0, share);
                    gains += none.isClear() ? 1 : 0;
                    losses += none.isClearLoss() ? 1 : 0;
                    found +=
                            withTendency(changes, 2.8 / Math.sqrt(share), share).isClear() ? 1 : 0;
                }
                String about = changes + " changes that count " + share + ": " + gains + " gains, " + losses
                        + " losses, and " + found + " found of " + repetitions + ", seed " + seed;
                assertThat(gains).as(about).isBetween(repetitions / 125, repetitions / 33); // 2.5 % are promised
                assertThat(losses).as(about).isBetween(repetitions / 125, repetitions / 33);
                assertThat(found).as(about).isGreaterThan(repetitions * 2 / 3); // the best test finds 80 %
            }
        }
        assertThat(new Gain(22, 10, 100, 0.5).p()).isCloseTo(0.166, within(1e-3));
        assertThat(new Gain(10, 22, 100, 0.5).p()).isEqualTo(new Gain(22, 10, 100, 0.5).p());
    }

    /** The interval of an error rate is that of a bootstrap that draws groups, and a little wider. */
    @Test
    void theIntervalIsThatOfABootstrapOfGroups() {
        int[] groups = IntStream.range(0, 2000).map(i -> i / 8).toArray();
        int[] wrongGroups = IntStream.range(0, 250)
                .map(i -> random.nextInt(10) == 0 ? 6 : 0)
                .toArray();
        int[] wrong = IntStream.range(0, 2000)
                .map(i -> random.nextInt(8) < wrongGroups[groups[i]] || random.nextInt(50) == 0 ? 1 : 0)
                .toArray();
        int[] ofGroups = GroupTest.sums(groups, wrong);
        double[] rates = IntStream.range(0, 4000)
                .mapToDouble(
                        draw -> random.ints(250, 0, 250).map(i -> ofGroups[i]).sum() / 2000.0)
                .sorted()
                .toArray();
        Interval interval = Interval.ofGroups(groups, wrong, 1, 0.95);
        double width = rates[3899] - rates[100];
        assertThat(interval.low()).as("seed %d", seed).isCloseTo(rates[100], within(0.15 * width));
        assertThat(interval.high()).as("seed %d", seed).isCloseTo(rates[3899], within(0.2 * width));
        Interval naive = Interval.clopperPearson(Arrays.stream(wrong).sum(), 2000, 0.95);
        assertThat(width).isGreaterThan(1.5 * (naive.high() - naive.low()));
    }

    @Test
    void withoutAnyErrorGroupsAreCounted() {
        int[] groups = IntStream.range(0, 100).map(i -> i / 10).toArray();
        assertThat(Interval.ofGroups(groups, new int[100], 1, 0.95)).isEqualTo(Interval.clopperPearson(0, 10, 0.95));
    }
}
