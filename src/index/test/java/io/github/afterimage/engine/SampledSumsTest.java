package io.github.afterimage.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Sums over drawn keys, whose estimates are off at random, beside the sums over all keys. */
class SampledSumsTest {
    private static final int SIZE = 2000;
    private static final int CLASSES = 4;
    private static final float THETA = 60;
    private static final double DEVIATION = 0.02;
    private static final int SEEDS = 4000;

    private final Random random = new Random(5);
    private final double[] exact = new double[SIZE];
    private final DrawnKeys drawn = new DrawnKeys(0.9f, new double[CLASSES], SIZE, true, SIZE);
    private final double[] sums = new double[CLASSES];

    SampledSumsTest() {
        for (int i = 0; i < SIZE; i++) {
            int label = random.nextInt(CLASSES);
            double score = 0.9 - 0.2 * random.nextDouble() - 0.05 * label;
            double estimate = score + DEVIATION * random.nextGaussian();
            drawn.rows()[i] = i;
            drawn.labels()[i] = label;
            drawn.terms()[i] = (float) Math.exp(THETA * (estimate - 0.9));
            drawn.sums()[label] += drawn.terms()[i];
            exact[i] = Math.exp(THETA * (score - 0.9));
            sums[label] += exact[i];
        }
    }

    private SampledSums.Estimate estimate(SampledSums sampled, int seed, double size) {
        Random ofSeed = new Random(seed);
        for (int i = 0; i < SIZE; i++) {
            drawn.random()[i] = ofSeed.nextFloat();
        }
        return sampled.estimate(sampled.sample(size), exact, size);
    }

    private double probability(int label) {
        return sums[label] / Arrays.stream(sums).sum();
    }

    @Test
    void aSampleOfAllKeysGivesTheExactProbabilities() {
        SampledSums sampled = new SampledSums(drawn, THETA * DEVIATION);
        SampledSums.Estimate all = estimate(sampled, 1, 1e12f);
        assertThat(all.halfWidth()).isLessThan(1e-6);
        for (int label = 0; label < CLASSES; label++) {
            assertThat(all.probabilities()[label]).isCloseTo(probability(label), within(1e-6));
        }
    }

    @Test
    void intervalsOfManyDrawsHoldTheProbabilitiesAndErrorsHaveNoDirection() {
        for (float size : new float[] {256, 1000, 4000}) {
            int covered = 0;
            double[] means = new double[CLASSES];
            double squares = 0;
            double halfWidths = 0;
            SampledSums sampled = new SampledSums(drawn, THETA * DEVIATION);
            for (int seed = 0; seed < SEEDS; seed++) {
                SampledSums.Estimate sample = estimate(sampled, seed, size);
                halfWidths += sample.halfWidth() / SEEDS;
                boolean within = true;
                for (int label = 0; label < CLASSES; label++) {
                    double error = sample.probabilities()[label] - probability(label);
                    within &= Math.abs(error) <= sample.halfWidth();
                    means[label] += error / SEEDS;
                    squares += label == 0 ? error * error / SEEDS : 0;
                }
                covered += within ? 1 : 0;
            }
            String what = "keys of seed 5, sample " + size + ": " + covered + " of " + SEEDS
                    + " draws covered, half width " + halfWidths + ", mean errors " + Arrays.toString(means);
            System.out.println(what);
            assertThat(covered).as(what).isGreaterThan((int) (0.985 * SEEDS));
            assertThat(halfWidths).as("not much too wide: " + what).isLessThan(6 * Math.sqrt(squares));
            for (double mean : means) {
                // A ratio of sums has a bias, which falls faster than its error.
                assertThat(Math.abs(mean)).as(what).isLessThan(0.1 * halfWidths);
            }
        }
    }

    /** One key has nearly all of the sum and an estimate that is 5 times too great; it is in every sample. */
    @Test
    void aKeyThatIsAlwaysDrawnSaysNothingAboutOthers() {
        exact[0] = 50 * Arrays.stream(sums).sum();
        sums[drawn.labels()[0]] += exact[0];
        drawn.sums()[drawn.labels()[0]] += 5 * exact[0];
        drawn.terms()[0] = (float) (5 * exact[0]);
        int covered = 0;
        for (int seed = 0; seed < 500; seed++) {
            SampledSums sampled = new SampledSums(drawn, THETA * DEVIATION);
            SampledSums.Estimate sample = estimate(sampled, seed, 256);
            double error = 0;
            for (int label = 0; label < CLASSES; label++) {
                error = Math.max(error, Math.abs(sample.probabilities()[label] - probability(label)));
            }
            covered += error <= sample.halfWidth() ? 1 : 0;
        }
        assertThat(covered).as("keys of seed 5: of 500 draws").isGreaterThan(485);
    }
}
