package io.github.afterimage.experiments.methods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.afterimage.Answer;
import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.Progress;
import io.github.afterimage.model.evaluation.ArrayExamples;
import java.io.IOException;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ClassMeansTest {
    private static final int DIM = 7;
    private static final int CLASSES = 3;

    /** Keys that a test compares with sums in double precision. */
    @Test
    void classMeansAreTheUnitMeansOfTheUnitKeysOfEachClass() throws IOException {
        long seed = 11;
        Random random = new Random(seed);
        float[] keys = new float[20 * DIM];
        int[] labels = new int[20];
        for (int row = 0; row < labels.length; row++) {
            labels[row] = row % CLASSES;
            for (int i = 0; i < DIM; i++) {
                keys[row * DIM + i] = (float) (random.nextGaussian() + (i == labels[row] ? 1 : 0));
            }
        }
        double[][] means = new double[CLASSES][DIM];
        for (int row = 0; row < labels.length; row++) {
            double norm = norm(keys, row);
            for (int i = 0; i < DIM; i++) {
                means[labels[row]][i] += keys[row * DIM + i] / norm;
            }
        }
        float[] query = new float[DIM];
        for (int i = 0; i < DIM; i++) {
            query[i] = (float) random.nextGaussian();
        }
        double[] expected = new double[CLASSES];
        double sum = 0;
        for (int c = 0; c < CLASSES; c++) {
            double product = 0;
            double squares = 0;
            for (int i = 0; i < DIM; i++) {
                product += means[c][i] * query[i] / norm(query, 0);
                squares += means[c][i] * means[c][i];
            }
            expected[c] = Math.exp(5 * product / Math.sqrt(squares));
            sum += expected[c];
        }
        try (CacheIndex encoder = new CacheIndexBuilder(DIM, CLASSES).build();
                CacheIndex index = new CacheIndexBuilder(DIM, CLASSES).build()) {
            ArrayExamples examples = new ArrayExamples(keys, new float[labels.length * CLASSES], labels);
            new ClassMeans(encoder, examples, Progress.NONE).addTo(index);
            assertThat(index.size()).isEqualTo(CLASSES);
            Answer found = index.query(query, 5);
            for (int c = 0; c < CLASSES; c++) {
                assertThat(found.row(0).probability(c))
                        .as("seed %d", seed)
                        .isCloseTo((float) (expected[c] / sum), within(1e-5f));
            }
        }
    }

    private static double norm(float[] rows, int row) {
        double squares = 0;
        for (int i = 0; i < DIM; i++) {
            squares += (double) rows[row * DIM + i] * rows[row * DIM + i];
        }
        return Math.sqrt(squares);
    }
}
