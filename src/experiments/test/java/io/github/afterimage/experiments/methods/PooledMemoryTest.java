package io.github.afterimage.experiments.methods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.Progress;
import io.github.afterimage.model.evaluation.ArrayExamples;
import io.github.afterimage.model.evaluation.Evaluation;
import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PooledMemoryTest {
    private static final int DIM = 6;
    private static final int CLASSES = 3;
    private static final long SEED = 3;

    private final Random random = new Random(SEED);

    /** Rows of unit length around a direction of their class; the last class has fewer. */
    private ArrayExamples examples(int count) {
        float[] features = new float[count * DIM];
        float[] network = new float[count * CLASSES];
        int[] labels = new int[count];
        for (int row = 0; row < count; row++) {
            labels[row] = Math.min(CLASSES - 1, row % (CLASSES + 2) / 2);
            double squares = 0;
            for (int i = 0; i < DIM; i++) {
                features[row * DIM + i] = (float) random.nextGaussian() + (i == labels[row] ? 1.5f : 0);
                squares += features[row * DIM + i] * features[row * DIM + i];
            }
            for (int i = 0; i < DIM; i++) {
                features[row * DIM + i] /= (float) Math.sqrt(squares);
            }
            int guess = random.nextInt(3) == 0 ? random.nextInt(CLASSES) : labels[row];
            double sure = 0.4 + 0.6 * random.nextDouble();
            for (int c = 0; c < CLASSES; c++) {
                network[row * CLASSES + c] = (float) (c == guess ? sure : (1 - sure) / (CLASSES - 1));
            }
        }
        return new ArrayExamples(features, network, labels);
    }

    private static double dot(float[] a, int row, double[] b) {
        return IntStream.range(0, DIM).mapToDouble(i -> a[row * DIM + i] * b[i]).sum();
    }

    private static double[] row(float[] rows, int row) {
        return IntStream.range(row * DIM, (row + 1) * DIM)
                .mapToDouble(i -> rows[i])
                .toArray();
    }

    /** The means of the classes, scaled to unit length. */
    private static double[][] means(ArrayExamples keys) {
        double[][] means = new double[CLASSES][DIM];
        for (int key = 0; key < keys.size(); key++) {
            for (int i = 0; i < DIM; i++) {
                means[keys.label(key)][i] += keys.features()[key * DIM + i];
            }
        }
        for (double[] mean : means) {
            double norm = Math.sqrt(Arrays.stream(mean).map(x -> x * x).sum());
            Arrays.setAll(mean, i -> mean[i] / norm);
        }
        return means;
    }

    /** p_net^a S^b exp(d zᵀm), normalised, in double precision. */
    private static double[] pooled(
            ArrayExamples keys, ArrayExamples asked, int query, double theta, double a, double b, double d) {
        double[][] means = means(keys);
        double[] sums = new double[CLASSES];
        for (int key = 0; key < keys.size(); key++) {
            sums[keys.label(key)] += Math.exp(theta * dot(asked.features(), query, row(keys.features(), key)));
        }
        double[] p = new double[CLASSES];
        Arrays.setAll(
                p,
                c -> Math.pow(asked.probabilities()[query * CLASSES + c], a)
                        * Math.pow(sums[c], b)
                        * Math.exp(d * dot(asked.features(), query, means[c])));
        double sum = Arrays.stream(p).sum();
        return Arrays.stream(p).map(x -> x / sum).toArray();
    }

    private static double loss(ArrayExamples keys, ArrayExamples asked, double theta, double a, double b, double d) {
        return IntStream.range(0, asked.size())
                .mapToDouble(query -> -Math.log(pooled(keys, asked, query, theta, a, b, d)[asked.label(query)]))
                .average()
                .orElseThrow();
    }

    @Test
    void thePoolIsThatOfTheDefinitionAndNoOtherPointOfAGridIsBetter() throws IOException {
        ArrayExamples keys = examples(60);
        ArrayExamples tuning = examples(50);
        ArrayExamples test = examples(20);
        double[] thetas = {0, 2, 8};
        double[] betas = {0, 5, 10};
        LabelledAnswers known = LabelledAnswers.of(tuning, CLASSES, Progress.NONE);
        PooledMemory pool = new PooledMemory(known, thetas, betas);
        try (CacheIndex index = new CacheIndexBuilder(DIM, CLASSES).build()) {
            index.add(keys.features(), keys.labels());
            new Evaluation(index, tuning)
                    .run(thetas, betas, Progress.NONE, (batch, cache) -> pool.accept(batch, cache));
            double least = pool.fit();
            for (double theta : new double[] {2, 8}) {
                for (double a = 0; a <= 1.5; a += 0.25) {
                    for (double b = 0; b <= 2; b += 0.25) {
                        for (double d = 0; d <= 8; d += 2) {
                            assertThat(loss(keys, tuning, theta, a, b, d))
                                    .as("seed %d: θ %s, %s %s %s", SEED, theta, a, b, d)
                                    .isGreaterThan(least - 1e-6);
                        }
                    }
                }
            }
            double[] chosen = Arrays.stream(
                            pool.chosen().replaceAll("[^0-9. ]", "").trim().split(" +"))
                    .mapToDouble(Double::parseDouble)
                    .toArray();
            assertThat(least).isCloseTo(loss(keys, tuning, chosen[0], chosen[1], chosen[2], chosen[3]), within(1e-4));
            float[] answers = pool.answers(index, LabelledAnswers.of(test, CLASSES, Progress.NONE), Progress.NONE);
            for (int query = 0; query < test.size(); query++) {
                double[] expected = pooled(keys, test, query, chosen[0], chosen[1], chosen[2], chosen[3]);
                for (int c = 0; c < CLASSES; c++) {
                    // The words have three digits of each exponent.
                    assertThat(answers[query * CLASSES + c]).isCloseTo((float) expected[c], within(5e-3f));
                }
            }
        }
    }
}
