package io.github.afterimage.experiments.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.afterimage.answer.ArgMax;
import io.github.afterimage.answer.Mixture;
import io.github.afterimage.experiments.protocol.PaperGrid.Point;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PaperGridTest {
    private final PaperGrid grid = new PaperGrid(new double[] {1, 2}, new double[] {0.5});

    @Test
    void valuesAreEvenlySpacedAndRounded() {
        assertThat(PaperGrid.values(0.1, 0.9, 5)).containsExactly(0.1, 0.3, 0.5, 0.7, 0.9);
        assertThat(PaperGrid.values(10, 90, 1)).containsExactly(10);
    }

    @Test
    void anEmptyGridAndPointsOutOfRangeAreRefused() {
        assertThatThrownBy(() -> new PaperGrid(new double[0], new double[] {0.5}))
                .hasMessageContaining("grid is empty");
        assertThatThrownBy(() -> new PaperGrid(new double[] {-1}, new double[] {0.5}))
                .hasMessageContaining("theta -1.0");
        assertThatThrownBy(() -> new PaperGrid(new double[] {1}, new double[] {2}))
                .hasMessageContaining("lambda 2.0");
    }

    @Test
    void theErrorsAtEveryPointAreThoseOfEquation3AlsoWhereTheNetworkLacksClasses() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        double[] lambdas = PaperGrid.values(0, 1, 41);
        for (int run = 0; run < 2000; run++) {
            int classes = 1 + random.nextInt(5);
            int steps = random.nextBoolean() ? 4 : 1 << 20; // few steps make ties
            float[] network = multiples(random, 1 + random.nextInt(classes), steps); // it may lack the last ones
            float[] memory = network.length == classes && random.nextInt(5) == 0
                    ? network.clone()
                    : multiples(random, classes, steps);
            double unknown = Math.min(
                    1,
                    IntStream.range(network.length, classes)
                            .mapToDouble(c -> memory[c])
                            .sum());
            int label = random.nextInt(classes);
            PaperGrid one = new PaperGrid(new double[] {1}, lambdas);
            one.accept(new float[][] {memory}, network, label);
            for (int l = 0; l < lambdas.length; l++) {
                double lambda = lambdas[l];
                int best = ArgMax.of(
                        classes,
                        c -> (1 - lambda) * (c < network.length ? (1 - unknown) * network[c] : memory[c])
                                + lambda * memory[c]);
                assertThat(one.error(0, l))
                        .as("seed %d, run %d, lambda %s", seed, run, lambda)
                        .isEqualTo(best == label ? 0 : 1);
            }
            assertThat(one.networkError()).isEqualTo(ArgMax.of(network) == label ? 0 : 1);
            assertThat(one.aloneError(0)).isEqualTo(ArgMax.of(memory) == label ? 0 : 1);
        }
    }

    private static float[] multiples(Random random, int classes, int steps) {
        float[] values = new float[classes];
        for (int c = 0; c < classes; c++) {
            values[c] = random.nextInt(steps + 1) / (float) steps;
        }
        return values;
    }

    @Test
    void countsWhatTheBestMixtureCorrectsAndBreaks() {
        float[][] right = {{0.9f, 0.1f}, {0.9f, 0.1f}};
        float[][] wrong = {{0.1f, 0.9f}, {0.1f, 0.9f}};
        grid.accept(right, new float[] {0.4f, 0.6f}, 0);
        grid.accept(right, new float[] {0.4f, 0.6f}, 0);
        grid.accept(wrong, new float[] {0.6f, 0.4f}, 0);
        grid.accept(wrong, new float[] {0.05f, 0.95f}, 0);
        assertThat(grid.best()).isEqualTo(new Point(new Mixture(1, 0.5), 0.5));
        assertThat(grid.examples()).isEqualTo(4);
    }

    @Test
    void countsTheMemoryAloneWhereThereIsNoNetwork() {
        grid.accept(new float[][] {{0.2f, 0.8f}, {0.6f, 0.4f}}, null, 0);
        assertThat(grid.hasNetwork()).isFalse();
        assertThat(grid.best()).isEqualTo(new Point(new Mixture(2, 1), 0)).isEqualTo(grid.bestAlone());
    }

    @Test
    void whereTheNetworkAloneIsBestThetaIsThatOfTheMemoryAlone() {
        PaperGrid withoutMixing = new PaperGrid(new double[] {1, 2}, new double[] {0, 0.5});
        withoutMixing.accept(new float[][] {{0.2f, 0.8f}, {0.6f, 0.4f}}, new float[] {0.9f, 0.1f}, 0);
        assertThat(withoutMixing.best()).isEqualTo(new Point(new Mixture(2, 0), 0));
    }
}
