package io.github.afterimage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** Problems whose keys have values, and their means by the definition in double precision. */
final class ValueProblems {
    static final double[] THETAS = {0, 10, 90, 1000};
    /** Relative to the greatest magnitude of a value; those of probabilities. */
    static final double[] TOLERANCES = {2e-6, 2e-6, 2e-5, 4e-4};

    static final int DIM = 24;

    private ValueProblems() {}

    /** Quarters in -8 to 8, which every type stores exactly. */
    static float[] values(Problem problem, int width) {
        Random random = new Random(problem.seed() + 1);
        float[] values = new float[problem.size() * width];
        for (int i = 0; i < values.length; i++) {
            values[i] = (random.nextInt(65) - 32) / 4f;
        }
        return values;
    }

    static CacheIndex index(Problem problem, int width, ElementType type, float[] values) {
        CacheIndex index = problem.builder().values(width, type).build();
        index.add(
                KeyBatch.of(FloatBuffer.wrap(problem.keys()), problem.labels()).values(FloatBuffer.wrap(values)));
        if (problem.seed() % 2 != 0) {
            index.weigh(LongStream.range(0, problem.size()).toArray(), problem.weights());
        }
        return index;
    }

    /** The definition in double, of some of the keys. */
    static double[] mean(Problem problem, float[] values, int[] chosen, double[] query, double theta) {
        double[] scores = problem.oracle(chosen).scores(query);
        double greatest = Arrays.stream(scores).max().orElseThrow();
        int width = values.length / problem.size();
        double[] mean = new double[width];
        double total = 0;
        for (int k = 0; k < chosen.length; k++) {
            double term = problem.weights()[chosen[k]] * Math.exp(theta * (scores[k] - greatest));
            total += term;
            for (int j = 0; j < width; j++) {
                mean[j] += term * values[chosen[k] * width + j];
            }
        }
        for (int j = 0; j < width; j++) {
            mean[j] /= total;
        }
        return mean;
    }

    static void assertMeans(Problem problem, float[] values, int[] chosen, Answer answers) {
        double[][] queries = Oracle.unit(problem.queries(), DIM);
        for (int t = 0; t < THETAS.length; t++) {
            Answer answer = answers.at(t);
            assertThat(answer.keys()).isEqualTo(chosen.length);
            for (int b = 0; b < problem.batch(); b++) {
                double[] expected = mean(problem, values, chosen, queries[b], THETAS[t]);
                for (int j = 0; j < expected.length; j++) {
                    assertThat((double) answer.row(b).value(j))
                            .as("%s, theta %s, query %d, number %d of %d", problem, THETAS[t], b, j, expected.length)
                            .isCloseTo(expected[j], within(8 * TOLERANCES[t]));
                }
            }
        }
    }

    static int[] all(Problem problem) {
        return IntStream.range(0, problem.size()).toArray();
    }
}
