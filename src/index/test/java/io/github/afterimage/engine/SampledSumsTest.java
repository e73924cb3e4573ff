package io.github.afterimage.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.afterimage.binding.Native;
import io.github.afterimage.binding.NativeEstimates;
import io.github.afterimage.binding.NativeListedKeys;
import io.github.afterimage.platform.NativeLibrary;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.bytedeco.javacpp.LongPointer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
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
    private final double[] estimated = new double[CLASSES];
    private final double[] sums = new double[CLASSES];
    private final List<NativeListedKeys> blocks = new ArrayList<>();

    @BeforeAll
    static void needsTheKernels() {
        assumeTrue(NativeLibrary.available(), "no native library");
    }

    SampledSumsTest() {
        int[] labels = random.ints(SIZE, 0, CLASSES).toArray();
        for (int i = 0; i < SIZE; i++) {
            double score = 0.9 - 0.2 * random.nextDouble() - 0.05 * labels[i];
            float estimate = (float) (score + DEVIATION * random.nextGaussian());
            list(i, labels[i], Math.exp(THETA * (estimate - 0.9)));
            exact[i] = Math.exp(THETA * (score - 0.9));
            sums[labels[i]] += exact[i];
            estimated[labels[i]] += Math.exp(THETA * (estimate - 0.9));
        }
    }

    @AfterEach
    void close() {
        blocks.forEach(NativeListedKeys::close);
    }

    private void list(int number, int label, double term) {
        int place = number % Native.AFTERIMAGE_LISTED_KEYS;
        if (place == 0) {
            blocks.add(new NativeListedKeys());
        }
        blocks.get(blocks.size() - 1)
                .count(place + 1)
                .reference(0.9f)
                .terms(place, (float) term)
                .numbers(place, number)
                .labels(place, label);
    }

    /** Returns the half width; the probabilities are those of the sums. */
    private double estimate(SampledSums sampled, int seed, float size) {
        try (DrawnKeys drawn = new DrawnKeys(THETA, 0.9f, sampled.ratesOfClasses(), seed, size, SIZE)) {
            for (NativeListedKeys block : blocks) {
                try (LongPointer one = new LongPointer(1);
                        NativeEstimates estimates = new NativeEstimates()) {
                    drawn.add(estimates.blocks(block).counts(one.put(1)).places(1), 0);
                }
            }
            assertThat(drawn.complete()).isTrue();
            double[] terms = new double[drawn.count()];
            Arrays.setAll(terms, i -> exact[drawn.row(i)]);
            return sampled.estimate(drawn, drawn.sample(size), terms, size);
        }
    }

    private double probability(int label) {
        return sums[label] / Arrays.stream(sums).sum();
    }

    @Test
    void aSampleOfAllKeysGivesTheExactProbabilities() {
        SampledSums sampled = new SampledSums(estimated, THETA * DEVIATION);
        double halfWidth = estimate(sampled, 1, 1e12f);
        assertThat(halfWidth).isLessThan(1e-6);
        for (int label = 0; label < CLASSES; label++) {
            assertThat(sampled.probabilities()[label]).isCloseTo(probability(label), within(1e-6));
        }
    }

    @Test
    void intervalsOfManyDrawsHoldTheProbabilitiesAndErrorsHaveNoDirection() {
        for (float size : new float[] {256, 1000, 4000}) {
            int covered = 0;
            double[] means = new double[CLASSES];
            double squares = 0;
            double halfWidths = 0;
            SampledSums sampled = new SampledSums(estimated, THETA * DEVIATION);
            for (int seed = 0; seed < SEEDS; seed++) {
                double halfWidth = estimate(sampled, new Random(seed).nextInt(), size);
                halfWidths += halfWidth / SEEDS;
                boolean within = true;
                for (int label = 0; label < CLASSES; label++) {
                    double error = sampled.probabilities()[label] - probability(label);
                    within &= Math.abs(error) <= halfWidth;
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

    /** One key of class 0 has nearly all of the sum and an estimate that is 5 times too great; it is in every sample. */
    @Test
    void aKeyThatIsAlwaysDrawnSaysNothingAboutOthers() {
        exact[0] = 50 * Arrays.stream(sums).sum();
        sums[0] += exact[0];
        estimated[0] += 5 * exact[0];
        blocks.get(0).terms(0, (float) (5 * exact[0]));
        int covered = 0;
        for (int seed = 0; seed < 500; seed++) {
            SampledSums sampled = new SampledSums(estimated, THETA * DEVIATION);
            double halfWidth = estimate(sampled, new Random(seed).nextInt(), 256);
            double error = 0;
            for (int label = 0; label < CLASSES; label++) {
                error = Math.max(error, Math.abs(sampled.probabilities()[label] - probability(label)));
            }
            covered += error <= halfWidth ? 1 : 0;
        }
        assertThat(covered).as("keys of seed 5: of 500 draws").isGreaterThan(485);
    }
}
