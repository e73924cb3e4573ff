package io.github.afterimage.experiments;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.Hyperparameters;
import io.github.afterimage.Progress;
import io.github.afterimage.Tuner;
import io.github.afterimage.model.evaluation.ArrayExamples;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys of one value are 1 or -1, so a reference in double precision needs only their counts. */
class PrequentialErrorsTest {
    private static final int BATCH = 40;
    private static final double[] THETAS = {0.5, 1, 2};
    private static final double[] LAMBDAS = {0.25, 0.5, 0.75, 1};
    /** The first keys of the index have the opposite labels of those of the stream. */
    private static CacheIndex index() {
        CacheIndex index = new CacheIndexBuilder(1, 2).build();
        index.add(new float[] {1, 1, 1, -1, -1, -1}, new int[] {1, 1, 1, 0, 0, 0});
        return index;
    }

    private static ArrayExamples stream(int size, long seed) {
        Random random = new Random(seed);
        float[] features = new float[size];
        float[] probabilities = new float[2 * size];
        int[] labels = new int[size];
        for (int i = 0; i < size; i++) {
            features[i] = random.nextBoolean() ? 1 : -1;
            labels[i] = (features[i] > 0) == (random.nextInt(5) > 0) ? 0 : 1;
            probabilities[2 * i] = random.nextFloat();
            probabilities[2 * i + 1] = 1 - probabilities[2 * i];
        }
        return new ArrayExamples(features, probabilities, labels);
    }

    private static boolean isWrong(ArrayExamples stream, int example, long[][] counts, Hyperparameters used) {
        double[] sums = new double[2];
        for (int label = 0; label < 2; label++) {
            for (int key = 0; key < 2; key++) {
                double score = (key == 0 ? -1 : 1) * stream.features()[example];
                sums[label] += counts[key][label] * Math.exp(used.theta() * score);
            }
            double sum = counts[1][label] - counts[0][label]; // of the keys of the class, whose direction is its sign
            sums[label] *= Math.exp(used.beta() * Math.signum(sum) * stream.features()[example]);
        }
        double first = (1 - used.lambda()) * stream.probabilities()[2 * example]
                + used.lambda() * sums[0] / (sums[0] + sums[1]);
        return (first >= 0.5 ? 0 : 1) != stream.labels()[example];
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 0.4})
    void eachBatchIsPredictedWithWhatTheBatchesBeforeItTaughtAndWithTheBestOfTheirHyperparameters(double beta)
            throws IOException {
        Hyperparameters first = new Hyperparameters(2, 0.3, beta);
        long seed = System.nanoTime();
        ArrayExamples stream = stream(310, seed);
        PrequentialErrors curve;
        try (CacheIndex index = index()) {
            Tuner grid = new Tuner(THETAS, new double[] {beta}, LAMBDAS);
            curve = PrequentialErrors.measure(index, stream, BATCH, first, grid, Progress.NONE);
            assertThat(index.size()).isEqualTo(316);
        }
        long[][] counts = {{3, 0}, {0, 3}};
        long[][] errors = new long[THETAS.length][LAMBDAS.length];
        List<Hyperparameters> used = new ArrayList<>(List.of(first));
        List<Long> wrong = new ArrayList<>();
        for (int start = 0; start < 310; start += BATCH) {
            long batchErrors = 0;
            int end = Math.min(310, start + BATCH);
            for (int i = start; i < end; i++) {
                batchErrors += isWrong(stream, i, counts, used.get(used.size() - 1)) ? 1 : 0;
                for (int t = 0; t < THETAS.length; t++) {
                    for (int l = 0; l < LAMBDAS.length; l++) {
                        Hyperparameters point = new Hyperparameters(THETAS[t], LAMBDAS[l], beta);
                        errors[t][l] += isWrong(stream, i, counts, point) ? 1 : 0;
                    }
                }
            }
            for (int i = start; i < end; i++) {
                counts[stream.features()[i] > 0 ? 1 : 0][stream.labels()[i]]++;
            }
            wrong.add(batchErrors);
            used.add(best(errors, beta));
        }
        assertThat(curve.batches())
                .as("seed %d", seed)
                .extracting(batch -> batch.errors().mixedErrors())
                .isEqualTo(wrong);
        assertThat(curve.batches())
                .as("seed %d", seed)
                .extracting(PrequentialErrors.Batch::used)
                .isEqualTo(used.subList(0, used.size() - 1));
        assertThat(curve.batches())
                .extracting(PrequentialErrors.Batch::learned)
                .startsWith(0, 40, 80)
                .hasSize(8);
        assertThat(curve.all().examples()).isEqualTo(310);
        assertThat(curve.all().mixedErrors())
                .isEqualTo(wrong.stream().mapToLong(Long::longValue).sum());
    }

    /** The first of equals. */
    private static Hyperparameters best(long[][] errors, double beta) {
        int best = 0;
        for (int i = 1; i < THETAS.length * LAMBDAS.length; i++) {
            if (errors[i / LAMBDAS.length][i % LAMBDAS.length] < errors[best / LAMBDAS.length][best % LAMBDAS.length]) {
                best = i;
            }
        }
        return new Hyperparameters(THETAS[best / LAMBDAS.length], LAMBDAS[best % LAMBDAS.length], beta);
    }

    @Test
    void theFirstThetaMustBeInTheGrid() {
        try (CacheIndex index = index()) {
            assertThatThrownBy(() -> PrequentialErrors.measure(
                            index,
                            stream(5, 1),
                            5,
                            new Hyperparameters(2, 0.3),
                            new Tuner(new double[] {3}, LAMBDAS),
                            Progress.NONE))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("theta or beta 2.0 of the first batch is not in the grid [3.0]: add it");
            assertThat(index.size()).isEqualTo(6);
        }
    }
}
