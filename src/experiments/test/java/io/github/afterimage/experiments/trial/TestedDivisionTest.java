package io.github.afterimage.experiments.trial;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TestedDivisionTest {
    private static final int EXAMPLES = 150;
    private static final int CLASSES = 3;
    private static final int DIM = 6;
    private static final int SETS = 300;

    private final long seed = Long.getLong("cases.seed", 7);
    private final Random random = new Random(seed);

    /**
     * Many sets of examples, each divided five times: the sum of the changes varies among the sets nearly as it would if no two of
     * the answers had a memory in common.
     */
    @Test
    void theChangesOfFiveDivisionsCountNearlyAsIfTheyWereIndependent() {
        for (double wrong : new double[] {0, 0.8}) { // how far the network is wrong about its classes
            double sum = 0;
            double squares = 0;
            double independent = 0;
            for (int set = 0; set < SETS; set++) {
                int[] changes = changes(wrong);
                double total = IntStream.of(changes).sum();
                sum += total;
                squares += total * total;
                independent += IntStream.of(changes).filter(i -> i != 0).count() - total * total / changes.length;
            }
            double ratio = (squares - sum * sum / SETS) / independent;
            double promised = 1 / TestedDivision.share(TrialExamples.DIVISIONS);
            assertThat(ratio).as("seed %d", seed).isBetween(promised - 0.5, promised + 0.15);
        }
        assertThat(TestedDivision.share(1)).isEqualTo(1);
        assertThat(TestedDivision.perTested(TestedDivision.share(TrialExamples.DIVISIONS)))
                .isEqualTo(1.2);
    }

    /** Returns 1 for each test example that a memory corrects, -1 for one that it breaks, else 0. */
    private int[] changes(double wrong) {
        double[][] features = new double[EXAMPLES][DIM];
        double[][] network = new double[EXAMPLES][CLASSES];
        for (int i = 0; i < EXAMPLES; i++) {
            for (int k = 0; k < DIM; k++) {
                features[i][k] = random.nextGaussian() + (k == i % CLASSES ? 1.5 : 0);
            }
            for (int c = 0; c < CLASSES; c++) {
                network[i][c] =
                        Math.exp(1.5 * features[i][c] + wrong * features[i][CLASSES + c] + random.nextGaussian());
            }
            divide(network[i], Arrays.stream(network[i]).sum());
            divide(
                    features[i],
                    Math.sqrt(Arrays.stream(features[i]).map(x -> x * x).sum()));
        }
        IntStream.Builder changes = IntStream.builder();
        for (int division = 0; division < TrialExamples.DIVISIONS; division++) {
            int shift = division == 0 ? 0 : division + 1;
            int[] sixths = IntStream.range(0, EXAMPLES)
                    .map(i -> (i / CLASSES + shift) % TrialExamples.PARTS)
                    .toArray();
            double best = 0;
            int[] answers = {};
            for (double weight : new double[] {0.2, 0.5, 0.8}) {
                int[] mixed = IntStream.range(0, EXAMPLES)
                        .map(i -> sixths[i] < TrialExamples.TUNING ? -1 : mixed(features, network, sixths, i, weight))
                        .toArray();
                int right = (int) IntStream.range(0, EXAMPLES)
                        .filter(i -> sixths[i] == TrialExamples.TUNING && mixed[i] == i % CLASSES)
                        .count();
                if (right >= best) {
                    best = right;
                    answers = mixed;
                }
            }
            for (int i = 0; i < EXAMPLES; i++) {
                if (sixths[i] == TrialExamples.TEST) {
                    changes.add((answers[i] == i % CLASSES ? 1 : 0) - (greatest(network[i]) == i % CLASSES ? 1 : 0));
                }
            }
        }
        return changes.build().toArray();
    }

    private static int mixed(double[][] features, double[][] network, int[] sixths, int query, double weight) {
        double[] memory = new double[CLASSES];
        for (int key = 0; key < EXAMPLES; key++) {
            if (sixths[key] < TrialExamples.TUNING) {
                double product = 0;
                for (int k = 0; k < DIM; k++) {
                    product += features[key][k] * features[query][k];
                }
                memory[key % CLASSES] += Math.exp(10 * (product - 1));
            }
        }
        double total = Arrays.stream(memory).sum();
        return greatest(IntStream.range(0, CLASSES)
                .mapToDouble(c -> (1 - weight) * network[query][c] + weight * memory[c] / total)
                .toArray());
    }

    private static void divide(double[] values, double divisor) {
        Arrays.setAll(values, i -> values[i] / divisor);
    }

    private static int greatest(double[] values) {
        return IntStream.range(1, values.length).reduce(0, (best, i) -> values[i] > values[best] ? i : best);
    }
}
