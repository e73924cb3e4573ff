package io.github.afterimage.experiments.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.afterimage.Progress;
import io.github.afterimage.engine.Workers;
import io.github.afterimage.experiments.probe.LinearProbe.Trial;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LinearProbeTest {
    private static final int DIM = 4;
    private static final int CLASSES = 3;
    private static final long SEED = 5;

    private final Random random = new Random(SEED);

    /** Rows of unit norm around a centre of their class, with some labels wrong. */
    private LabelledKeys keys(int count) {
        float[] values = new float[count * DIM];
        int[] labels = new int[count];
        for (int row = 0; row < count; row++) {
            int label = random.nextInt(CLASSES);
            double squares = 0;
            for (int i = 0; i < DIM; i++) {
                values[row * DIM + i] = (float) (random.nextGaussian() + (i == label ? 2 : 0));
                squares += values[row * DIM + i] * values[row * DIM + i];
            }
            for (int i = 0; i < DIM; i++) {
                values[row * DIM + i] /= (float) Math.sqrt(squares);
            }
            labels[row] = random.nextInt(10) == 0 ? random.nextInt(CLASSES) : label;
        }
        return keys(DIM, CLASSES, values, labels);
    }

    private static LabelledKeys keys(int dim, int classes, float[] values, int... labels) {
        LabelledKeys keys = new LabelledKeys(dim, classes, labels.length);
        keys.add(FloatBuffer.wrap(values), labels);
        return keys;
    }

    /** The mean loss in double precision, from the definition. */
    private static double loss(LabelledKeys keys, double[] weights) {
        double loss = 0;
        for (int row = 0; row < keys.size(); row++) {
            double sum = 0;
            double own = 0;
            for (int c = 0; c < keys.classes(); c++) {
                double score = 0;
                for (int i = 0; i < keys.width(); i++) {
                    score += weights[c * keys.width() + i] * keys.from(row).get(i);
                }
                sum += Math.exp(score);
                own = c == keys.label(row) ? score : own;
            }
            loss += (Math.log(sum) - own) / keys.size();
        }
        return loss;
    }

    private static double[] differences(LabelledKeys keys, double[] weights, double penalty) {
        double step = 1e-5;
        return IntStream.range(0, weights.length)
                .mapToDouble(i -> {
                    double[] more = weights.clone();
                    double[] less = weights.clone();
                    more[i] += step;
                    less[i] -= step;
                    return (loss(keys, more) - loss(keys, less)) / (2 * step) + penalty * weights[i];
                })
                .toArray();
    }

    @Test
    void theLossAndItsGradientAreThoseOfTheDefinition() {
        try (LabelledKeys keys = keys(1300);
                Workers workers = new Workers(2);
                LogLoss loss = new LogLoss(keys, workers)) {
            double[] weights =
                    random.doubles(loss.parameters(), -2, 2).map(w -> (float) w).toArray();
            double[] gradient = new double[weights.length];
            assertThat(loss.at(weights, gradient)).isCloseTo(loss(keys, weights), within(1e-6));
            assertThat(gradient).as("seed " + SEED).containsExactly(differences(keys, weights, 0), within(1e-6));
        }
    }

    @Test
    void everyTrialEndsWithinTheToleranceOfTheMinimum() {
        for (double penalty : List.of(1e-1, 1e-3, 1e-5)) {
            try (LabelledKeys train = keys(300);
                    LabelledKeys tuning = keys(50)) {
                LinearProbe probe = LinearProbe.fit(train, tuning, List.of(penalty), 2, Progress.NONE);
                double[] gradient = differences(train, probe.weights(), penalty);
                double squares = Arrays.stream(gradient).map(g -> g * g).sum();
                // A function with this penalty exceeds its minimum by at most |gradient|² / (2 penalty).
                assertThat(squares / (2 * penalty)).as("seed " + SEED).isLessThan(1.01 * LinearProbe.TOLERANCE);
            }
        }
    }

    @Test
    void twoOppositeKeysHaveTheWeightsOfTheEquation() {
        // Weights u and -u: the derivative of log(1 + exp(-2u)) + penalty u² is 0 for u = 1 at this penalty.
        double penalty = 1 / (1 + Math.exp(2));
        try (LabelledKeys keys = keys(1, 2, new float[] {1, -1}, 0, 1)) {
            double[] weights = LinearProbe.fit(keys, keys, List.of(penalty), 1, Progress.NONE)
                    .weights();
            assertThat(weights).containsExactly(new double[] {1, 0, -1, 0}, within(0.05));
        }
    }

    @Test
    void equalKeysGetTheSharesOfTheirClasses() {
        int[] labels = {0, 0, 0, 1};
        try (LabelledKeys keys = keys(2, 3, new float[] {1, 0, 1, 0, 1, 0, 1, 0}, labels)) {
            LinearProbe probe = LinearProbe.fit(keys, keys, List.of(1e-2, 1e-4, 1e-6), 1, Progress.NONE);
            float[] probabilities = probe.probabilities(keys);
            // The loss is within 0.001 of its minimum, hence each probability within √(0.001 / 2).
            assertThat(Arrays.copyOf(probabilities, 3)).containsExactly(new float[] {0.75f, 0.25f, 0}, within(0.025f));
            assertThat(probe.answers(keys)).containsOnly(0);
        }
    }

    @Test
    void aClassWithoutKeysIsNoAnswer() {
        try (LabelledKeys keys = keys(2, 5, new float[] {1, 0, 0, 1, 1, 0}, 1, 3, 1);
                LabelledKeys tuning = keys(2, 5, new float[] {1, 0, 0, 1, 1, 0}, 1, 3, 4)) {
            LinearProbe probe = LinearProbe.fit(keys, tuning, 2, Progress.NONE);
            assertThat(probe.answers(tuning)).containsExactly(1, 3, 1);
            assertThat(probe.best().errors()).isEqualTo(1);
            assertThat(probe.best().loss()).isFinite();
        }
    }

    @Test
    void aSingleClassIsCertain() {
        try (LabelledKeys keys = keys(1, 1, new float[] {1, -1}, 0, 0)) {
            assertThat(LinearProbe.fit(keys, keys, 1, Progress.NONE).probabilities(keys))
                    .containsExactly(1, 1);
        }
    }

    @Test
    void thePenaltyWithTheFewestErrorsOnTheTuningExamplesIsKept() {
        try (LabelledKeys train = keys(40);
                LabelledKeys tuning = keys(200)) {
            LinearProbe probe = LinearProbe.fit(train, tuning, 2, Progress.NONE);
            for (int tried = 1; tried < LinearProbe.PENALTIES.size(); tried++) {
                List<Double> penalties = LinearProbe.PENALTIES.subList(0, tried);
                Trial ofFewer = LinearProbe.fit(train, tuning, penalties, 2, Progress.NONE)
                        .best();
                assertThat(ofFewer.isBetterThan(probe.best()))
                        .as(tried + " penalties")
                        .isFalse();
            }
            int[] answers = probe.answers(tuning);
            long errors = IntStream.range(0, 200)
                    .filter(i -> answers[i] != tuning.label(i))
                    .count();
            assertThat(errors).as("seed " + SEED).isEqualTo(probe.best().errors());
        }
    }

    @Test
    void theProbeIsTheSameWithAnyNumberOfThreads() {
        try (LabelledKeys train = keys(500);
                LabelledKeys tuning = keys(50)) {
            assertThat(LinearProbe.fit(train, tuning, 3, Progress.NONE).weights())
                    .containsExactly(
                            LinearProbe.fit(train, tuning, 1, Progress.NONE).weights());
        }
    }

    @Test
    void anInterruptedCallerGetsNoProbe() {
        try (LabelledKeys keys = keys(100)) {
            assertThatThrownBy(() -> LinearProbe.fit(keys, keys, 2, (done, total) -> Thread.currentThread()
                            .interrupt()))
                    .isInstanceOf(CancellationException.class);
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @Test
    void refusesWhatDoesNotFitWithItsPlace() {
        try (LabelledKeys keys = keys(10);
                LabelledKeys empty = new LabelledKeys(DIM, CLASSES, 2);
                LabelledKeys others = keys(1, CLASSES, new float[] {1}, 0)) {
            assertThatIllegalArgumentException()
                    .isThrownBy(
                            () -> empty.add(FloatBuffer.wrap(new float[] {1, 0, 0, 0, 1, Float.NaN, 0, 0}), new int[2]))
                    .withMessage("row 1 holds NaN at column 1: expected finite numbers");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> empty.add(FloatBuffer.wrap(new float[DIM]), new int[] {CLASSES}))
                    .withMessage("label 3 of row 0: expected 0..2");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> empty.add(FloatBuffer.wrap(new float[DIM]), new int[2]))
                    .withMessage("4 values and 2 labels: expected rows of dim 4 with a label each, at most 2");
            assertThat(empty.size()).isZero();
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> LinearProbe.fit(keys, empty, 1, Progress.NONE))
                    .withMessage("10 keys and 0 tuning examples: expected at least one of each");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> LinearProbe.fit(keys, others, 1, Progress.NONE))
                    .withMessage("examples have dim 1 and 3 classes: expected dim 4 and 3 classes, as the keys have");
        }
    }
}
