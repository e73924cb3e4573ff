package io.github.afterimage.experiments.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LogPoolTest {
    private static final int CLASSES = 4;
    private static final long SEED = 17;

    private final Random random = new Random(SEED);
    private final int[] labels = random.ints(300, 0, CLASSES).toArray();

    /** Distributions that favour the labels by {@code strength} and are sharper by {@code sharpness} than they should be. */
    private float[] guesses(double strength, double sharpness) {
        float[] all = new float[labels.length * CLASSES];
        for (int row = 0; row < labels.length; row++) {
            double sum = 0;
            for (int c = 0; c < CLASSES; c++) {
                double score = random.nextGaussian() + (c == labels[row] ? strength : 0);
                all[row * CLASSES + c] = (float) Math.exp(sharpness * score);
                sum += all[row * CLASSES + c];
            }
            for (int c = 0; c < CLASSES; c++) {
                all[row * CLASSES + c] /= (float) sum;
            }
        }
        return all;
    }

    /** From the definition, class by class. */
    private double loss(List<float[]> distributions, double... exponents) {
        double loss = 0;
        for (int row = 0; row < labels.length; row++) {
            double sum = 0;
            double ofLabel = 0;
            for (int c = 0; c < CLASSES; c++) {
                double product = 1;
                for (int i = 0; i < exponents.length; i++) {
                    product *= Math.pow(distributions.get(i)[row * CLASSES + c], exponents[i]);
                }
                sum += product;
                ofLabel = c == labels[row] ? product : ofLabel;
            }
            loss -= Math.log(ofLabel / sum) / labels.length;
        }
        return loss;
    }

    @Test
    void noExponentsOfAGridHaveALesserLoss() {
        List<float[]> three = List.of(guesses(1.5, 3), guesses(1, 0.5), guesses(0.5, 1));
        LogPool pool = LogPool.fit(three, labels);
        double[] fitted = pool.exponents();
        assertThat(pool.logLoss()).as("seed %d", SEED).isCloseTo(loss(three, fitted), within(1e-6));
        for (double a = 0; a <= 1; a += 0.1) {
            for (double b = 0; b <= 4; b += 0.2) {
                for (double c = 0; c <= 1; c += 0.1) {
                    assertThat(loss(three, a, b, c)).as("%s %s %s", a, b, c).isGreaterThan(pool.logLoss() - 1e-7);
                }
            }
        }
    }

    /** Of a convex function, this is the minimum. */
    @Test
    void theLossIsFlatInEveryExponentAboveZeroAndRisesWithThoseAtZero() {
        float[] misleading = guesses(-1, 1);
        List<float[]> three = List.of(guesses(1.5, 3), misleading, guesses(1, 0.5));
        double[] fitted = LogPool.fit(three, labels).exponents();
        assertThat(fitted[0]).isPositive();
        assertThat(fitted[1]).isZero();
        assertThat(fitted[2]).isPositive();
        for (int i = 0; i < fitted.length; i++) {
            double[] more = fitted.clone();
            more[i] += 1e-4;
            double[] less = fitted.clone();
            less[i] -= 1e-4;
            double slope = (loss(three, more) - loss(three, less)) / 2e-4;
            if (fitted[i] > 0) {
                assertThat(slope).as("seed %d", SEED).isCloseTo(0, within(1e-4));
            } else {
                assertThat(slope).as("seed %d", SEED).isPositive();
            }
        }
    }

    @Test
    void thePoolOfOneDistributionIsItsTemperature() {
        float[] one = guesses(1.5, 3);
        LogPool pool = LogPool.fit(List.of(one), labels);
        Temperature temperature = Temperature.fit(one, labels);
        assertThat(1 / pool.exponents()[0]).isCloseTo(temperature.value(), within(1e-4));
        assertThat(pool.pool(List.of(one), CLASSES)).containsExactly(temperature.scale(one, CLASSES), within(1e-4f));
    }

    @Test
    void equalDistributionsShareAnExponent() {
        float[] one = guesses(1.5, 3);
        double[] twice = LogPool.fit(List.of(one, one), labels).exponents();
        assertThat(twice[0] + twice[1])
                .isCloseTo(1 / Temperature.fit(one, labels).value(), within(1e-4));
    }

    @Test
    void aClassWithoutProbabilityIsImprobableAndNotImpossible() {
        float[] network = guesses(1.5, 1);
        float[] memory = guesses(1.5, 1);
        for (int row = 0; row < labels.length; row++) {
            memory[row * CLASSES] = 0;
        }
        LogPool pool = LogPool.fit(List.of(network, memory), labels);
        assertThat(pool.logLoss()).isFinite();
        for (float p : pool.pool(List.of(network, memory), CLASSES)) {
            assertThat(p).isBetween(0f, 1f);
        }
    }

    @Test
    void answersThatAreAllRightGiveFiniteExponents() {
        float[] perfect = new float[labels.length * CLASSES];
        for (int row = 0; row < labels.length; row++) {
            perfect[row * CLASSES + labels[row]] = 1;
        }
        LogPool pool = LogPool.fit(List.of(perfect, guesses(1, 1)), labels);
        assertThat(pool.logLoss()).isCloseTo(0, within(1e-6));
        assertThat(pool.exponents()).satisfies(all -> assertThat(all[0]).isFinite());
    }

    @Test
    void distributionsThatDoNotFitAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LogPool.fit(List.of(new float[4], new float[8]), new int[] {0, 1}))
                .withMessage("8 probabilities of 2 labels: expected labels x classes in every distribution");
        assertThatIllegalArgumentException().isThrownBy(() -> LogPool.fit(List.of(new float[4]), new int[0]));
        assertThatIllegalArgumentException().isThrownBy(() -> LogPool.fit(List.of(new float[5]), new int[] {0, 1}));
    }
}
