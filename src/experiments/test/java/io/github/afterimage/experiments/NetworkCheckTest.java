package io.github.afterimage.experiments;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.afterimage.Progress;
import io.github.afterimage.experiments.NetworkCheck.Problem;
import io.github.afterimage.model.evaluation.ArrayExamples;
import java.io.IOException;
import java.util.Map;
import java.util.Random;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.Test;

class NetworkCheckTest {
    private static final int CLASSES = 10;
    private static final long SEED = 4;

    /** A network that answers {@code answer(class)} with probability {@code confidence}, or, some of the time, anything. */
    private static NetworkCheck check(int size, double anything, float confidence, IntUnaryOperator answer)
            throws IOException {
        Random random = new Random(SEED);
        float[] probabilities = new float[size * CLASSES];
        int[] labels = new int[size];
        for (int i = 0; i < size; i++) {
            labels[i] = i % CLASSES;
            int best = random.nextDouble() < anything ? random.nextInt(CLASSES) : answer.applyAsInt(labels[i]);
            for (int c = 0; c < CLASSES; c++) {
                probabilities[i * CLASSES + c] = c == best ? confidence : (1 - confidence) / (CLASSES - 1);
            }
        }
        NetworkCheck check = new NetworkCheck(new ArrayExamples(new float[size], probabilities, labels));
        for (int pass = 0; pass < 2; pass++) { // of which the first is counted
            check.examples().forEachBatch(64, Progress.NONE, batch -> {});
        }
        assertThat(check.counted()).isEqualTo(size);
        return check;
    }

    @Test
    void aRightNetworkIsLeftInPeace() throws IOException {
        NetworkCheck check = check(1000, 0.25, 0.9f, label -> label);
        assertThat(check.error()).isCloseTo(0.225, within(0.05));
        assertThat(check.expectedError()).isCloseTo(0.1, within(1e-6));
        assertThat(check.problem()).isNull();
        assertThat(check.permutation()).isEmpty();
    }

    @Test
    void labelsInAnotherOrderAreToldAndNamed() throws IOException {
        NetworkCheck two = check(1000, 0.1, 0.95f, label -> label == 3 ? 5 : label == 5 ? 3 : label);
        assertThat(two.problem()).isEqualTo(Problem.ORDER);
        assertThat(two.permutation()).isEqualTo(Map.of(3, 5, 5, 3));
        assertThat(two.errorWith(two.permutation())).isLessThan(0.15);
        NetworkCheck all = check(1000, 0.1, 0.95f, label -> (label + 1) % CLASSES);
        assertThat(all.problem()).isEqualTo(Problem.ORDER);
        assertThat(all.permutation()).hasSize(CLASSES).containsEntry(9, 0);
    }

    @Test
    void aNetworkThatKnowsNothingIsTold() throws IOException {
        assertThat(check(1000, 0, 0.3f, label -> 7).problem()).isEqualTo(Problem.CHANCE);
        assertThat(check(1000, 1, 0.12f, label -> label).problem()).isEqualTo(Problem.CHANCE);
    }

    @Test
    void errorsFarAboveTheNetworksConfidenceAreTold() throws IOException {
        assertThat(check(1000, 0.5, 0.9f, label -> label).problem()).isEqualTo(Problem.CONFIDENCE);
    }

    @Test
    void aFewExamplesRaiseNoAlarm() throws IOException {
        for (int size : new int[] {1, 2, 4, 6}) {
            assertThat(check(size, 0, 0.9f, label -> (label + 1) % CLASSES).problem())
                    .as("%d examples, seed %d", size, SEED)
                    .isNull();
        }
    }
}
