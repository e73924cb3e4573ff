package io.github.afterimage.answer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Shares of classes are those of labelled examples, as far as these tell. */
class ClassSharesTest {
    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);

    private static long[] filled(int classes, long count) {
        long[] counts = new long[classes];
        Arrays.fill(counts, count);
        return counts;
    }

    private long[] drawn(double[] truth, int count) {
        long[] labels = new long[truth.length];
        for (int i = 0; i < count; i++) {
            double left = random.nextDouble();
            int c = 0;
            while (c < truth.length - 1 && left >= truth[c]) {
                left -= truth[c++];
            }
            labels[c]++;
        }
        return labels;
    }

    @Test
    void examplesOfEachClassInEqualNumbersGiveNone() {
        assertThat(ClassShares.of(filled(10, 50), filled(10, 1000))).isEmpty();
        assertThat(ClassShares.of(filled(10, 50), new long[] {1000, 1, 1, 1, 1, 1, 1, 1, 1, 1}))
                .as("whatever the keys are")
                .isEmpty();
        assertThat(ClassShares.of(filled(100, 2), filled(100, 100))).isEmpty();
    }

    @Test
    void examplesThatAreDrawnFromEqualClassesGiveSharesNextToEqual() {
        double[] equal = IntStream.range(0, 10).mapToDouble(c -> 0.1).toArray();
        for (int draw = 0; draw < 100; draw++) {
            List<Double> shares = ClassShares.of(drawn(equal, 500), filled(10, 1000));
            for (double share : shares) {
                assertThat(share).as("seed %d", seed).isBetween(0.05, 0.16);
            }
        }
    }

    @Test
    void aStreamWithTenOfOneClassForOneOfAnotherHasNearlyItsSharesWhateverTheKeysAre() {
        double[] truth =
                IntStream.range(0, 10).mapToDouble(c -> Math.pow(10, -c / 9.0)).toArray();
        double total = Arrays.stream(truth).sum();
        truth = Arrays.stream(truth).map(p -> p / total).toArray();
        long[] reversed = new long[10];
        long[] alike = new long[10];
        for (int c = 0; c < 10; c++) {
            alike[c] = Math.round(10_000 * truth[c]);
            reversed[9 - c] = alike[c];
        }
        long[] labels = drawn(truth, 1000);
        for (long[] keys : new long[][] {filled(10, 1000), reversed, alike}) {
            List<Double> shares = ClassShares.of(labels, keys);
            assertThat(shares.stream().mapToDouble(share -> share).sum()).isCloseTo(1, within(1e-12));
            for (int c = 0; c < 10; c++) {
                assertThat(Math.log(shares.get(c) / truth[c]))
                        .as("seed %d, class %d", seed, c)
                        .isBetween(-0.6, 0.6);
            }
        }
    }

    @Test
    void keysInSharesLikeThoseOfFewExamplesAreTheBase() {
        long[] labels = {30, 6, 3, 1};
        List<Double> likeKeys = ClassShares.of(labels, new long[] {7500, 1500, 750, 250});
        assertThat(likeKeys.get(0)).isCloseTo(0.75, within(0.01));
        assertThat(likeKeys.get(3)).isCloseTo(0.025, within(0.01));
    }

    /** The evidence is the integral of the likelihood over all shares, weighted by a Dirichlet distribution. */
    @Test
    void baseAndAlphaAreThoseOfTheGreatestEvidence() {
        double[] alphas = {1, 3, 10, 30, 100, 300, 1e3, 3e3, 1e4, 1e9};
        for (int draw = 0; draw < 200; draw++) {
            long[] labels = {1 + random.nextInt(60), random.nextInt(60), random.nextInt(20)};
            long[] keys = {random.nextInt(900), random.nextInt(900), random.nextInt(900)};
            double m = Arrays.stream(labels).sum();
            double n = Arrays.stream(keys).sum();
            double best = Double.NEGATIVE_INFINITY;
            double ofEqual = Double.NEGATIVE_INFINITY;
            double[] expected = new double[3];
            for (boolean equal : new boolean[] {true, false}) {
                double[] base = Arrays.stream(keys)
                        .mapToDouble(key -> equal ? 1 / 3.0 : (key + 1) / (n + 3))
                        .toArray();
                for (double alpha : alphas) {
                    double evidence = logGammaRatio(alpha, m, -1);
                    for (int c = 0; c < 3; c++) {
                        evidence += logGammaRatio(alpha * base[c], labels[c], 1);
                    }
                    if (alpha == 1e9 && equal) {
                        ofEqual = evidence;
                    }
                    if (evidence > best + 1e-9) {
                        best = evidence;
                        for (int c = 0; c < 3; c++) {
                            expected[c] = (labels[c] + alpha * base[c]) / (m + alpha);
                        }
                    }
                }
            }
            if (best <= ofEqual + Math.log(20)) { // no strong evidence
                Arrays.fill(expected, 1 / 3.0);
            }
            List<Double> shares = ClassShares.of(labels, keys);
            for (int c = 0; c < 3; c++) {
                assertThat(shares.isEmpty() ? 1 / 3.0 : shares.get(c))
                        .as("seed %d, labels %s, keys %s", seed, Arrays.toString(labels), Arrays.toString(keys))
                        .isCloseTo(expected[c], within(1e-6));
            }
        }
    }

    /** Returns sign × log(Γ(a + n) / Γ(a)). */
    private static double logGammaRatio(double a, double n, int sign) {
        return sign
                * IntStream.range(0, (int) n).mapToDouble(i -> Math.log(a + i)).sum();
    }
}
