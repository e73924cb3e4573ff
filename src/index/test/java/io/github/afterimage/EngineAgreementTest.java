package io.github.afterimage;

import static io.github.afterimage.Numbers.normals;
import static io.github.afterimage.Slopes.assertSlopes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.afterimage.answer.Answer;
import io.github.afterimage.answer.Neighbor;
import io.github.afterimage.answer.Query;
import io.github.afterimage.settings.ElementType;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class EngineAgreementTest {
    private static final double[] THETAS = {0, 10, 90, 1000};
    /** The tolerance grows with theta: a score's rounding is multiplied by it. */
    private static final double[] TOLERANCES = {1e-6, 1e-6, 2e-5, 4e-4};

    static Stream<Arguments> problems() {
        List<Arguments> arguments = new ArrayList<>();
        Random random = new Random(20180601);
        int[] dims = {1, 2, 3, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 511, 513, 2048};
        int[] batches = {1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 63, 64, 65, 129, 300};
        int[] sizes = {1, 2, 3, 7, 8, 9, 63, 64, 65, 200, 1000};
        int[] classes = {1, 2, 10, 37, 1000};
        for (int i = 0; i < 38; i++) {
            Problem problem = Problem.random(
                    i,
                    sizes[i % sizes.length],
                    dims[i % dims.length],
                    classes[random.nextInt(5)],
                    batches[i % batches.length]);
            arguments.add(Arguments.of(problem)); // the same oracle for all engines
        }
        return arguments.stream();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("problems")
    void everyEngineGivesTheDoublePrecisionAnswer(Problem problem) {
        double[][] queries = Oracle.unit(problem.queries(), problem.dim());
        Oracle oracle = problem.oracle();
        try (CacheIndex index = problem.index()) {
            List<Answer> answers = Engines.available().stream()
                    .map(engine -> index.withEngine(engine).query(problem.queries(), THETAS))
                    .toList();
            for (int t = 0; t < THETAS.length; t++) {
                for (int b = 0; b < problem.batch(); b++) {
                    double[] expected = oracle.probabilities(queries[b], THETAS[t]);
                    for (int e = 0; e < answers.size(); e++) {
                        String place = Engines.available().get(e).name() + ", theta " + THETAS[t] + ", query " + b;
                        float[] actual = answers.get(e).at(t).row(b).probabilities();
                        double worst = 0; // one assertion for each of a thousand classes takes long
                        double sum = 0;
                        for (int c = 0; c < actual.length; c++) {
                            worst = Math.max(worst, Math.abs(actual[c] - expected[c]));
                            sum += actual[c];
                        }
                        assertThat(actual).as(place).hasSize(expected.length);
                        assertThat(worst).as(place).isLessThanOrEqualTo(TOLERANCES[t]);
                        assertThat(sum).as(place).isCloseTo(1, within(2e-6));
                    }
                }
            }
        }
    }

    @ForEachEngine
    void aQueryFarFromEveryKeyStillGetsAnAnswer(Engine engine) {
        float[] keys = {1, 0, 0, -1, 0.001f, 0, -1, 0, 0.002f};
        try (CacheIndex index = new CacheIndexBuilder(3, 3).build()) {
            index.add(keys, new int[] {0, 1, 2});
            float[] query = {-1, 0, 0};
            Oracle oracle = new Oracle(new float[] {1, 0, 0}, new int[] {0}, 3, 3);
            try (CacheIndex far = new CacheIndexBuilder(3, 3).build()) {
                far.add(new float[] {1, 0, 0, 1, 0.001f, 0}, new int[] {0, 1});
                Answer answer = far.withEngine(engine).query(query, 1000);
                double[] expected = new Oracle(new float[] {1, 0, 0, 1, 0.001f, 0}, new int[] {0, 1}, 3, 3)
                        .probabilities(new double[] {-1, 0, 0}, 1000);
                for (int c = 0; c < 3; c++) {
                    assertThat(answer.row(0).probability(c)).isCloseTo((float) expected[c], within(1e-4f));
                }
                assertThat(far.statistics().repeatedQueries()).isEqualTo(1);
            }
            assertThat(oracle.probabilities(new double[] {-1, 0, 0}, 1000)).containsExactly(1, 0, 0);
        }
    }

    @ForEachEngine
    void aQueryWithoutANearKeyIsAnsweredInOnePass(Engine engine) {
        float[] keys = {0, 0.02f, 1, 0, 0.01f, 1, 0, -1, 0.001f};
        int[] labels = {0, 1, 2};
        double[] query = {0.6, 0.8, 0};
        double[] thetas = {10, 90, 100};
        try (CacheIndex index = new CacheIndexBuilder(3, 3).build()) {
            index.add(keys, labels);
            Answer answers = index.withEngine(engine).query(new float[] {0.6f, 0.8f, 0}, thetas);
            for (int t = 0; t < thetas.length; t++) {
                double[] expected = new Oracle(keys, labels, 3, 3).probabilities(query, thetas[t]);
                for (int c = 0; c < 3; c++) {
                    assertThat(answers.at(t).row(0).probability(c)).isCloseTo((float) expected[c], within(1e-5f));
                }
            }
            assertThat(index.statistics().repeatedQueries()).isZero();
        }
    }

    @ForEachEngine
    void noThetaMakesANearKeyOverflow(Engine engine) {
        for (ElementType type : ElementType.values()) {
            try (CacheIndex index = new CacheIndexBuilder(3, 2).type(type).build()) {
                index.add(new float[] {0.6f, 0.7f, 0.5f, 0.5f, -0.7f, 0.3f}, new int[] {1, 0});
                for (double theta : new double[] {41, 100, 101, 1e3, 1e4, 1e6, 1e9}) {
                    Answer answer = index.withEngine(engine).query(new float[] {0.6f, 0.7f, 0.5f}, theta);
                    assertThat(answer.row(0).probability(1))
                            .as("%s, theta %s", type, theta)
                            .isEqualTo(1);
                    assertThat(answer.row(0).probability(0))
                            .as("%s, theta %s", type, theta)
                            .isLessThan(1e-12f);
                }
            }
        }
    }

    @ForEachEngine
    void atAnyThetaKeysThatAskForThemselvesGetProbabilities(Engine engine) {
        Random random = new Random(1);
        float[] keys = new float[100 * 512];
        int[] labels = new int[100];
        for (int i = 0; i < keys.length; i++) {
            keys[i] = (float) random.nextGaussian();
            labels[i / 512] = i / 512 % 7;
        }
        double[] thetas = {1e8, 1.9e8, 7e8, 1e9, 1e12, 3.4e38, 1e300};
        try (CacheIndex index = new CacheIndexBuilder(512, 7).build()) {
            index.add(keys, labels);
            for (Answer answer : index.withEngine(engine).query(keys, thetas).points()) {
                for (int key = 0; key < 100; key++) {
                    assertThat(answer.row(key).probability(labels[key])).isEqualTo(1);
                }
            }
            for (double theta : thetas) {
                Answer answer = index.withEngine(engine).query(keys, theta);
                for (int key = 0; key < 100; key++) {
                    assertThat(answer.row(key).best()).as("theta %s", theta).isEqualTo(labels[key]);
                }
            }
        }
    }

    @ForEachEngine
    void twentyThousandThetasAreAnsweredAtOnce(Engine engine) {
        float[] keys = {1, 0, 0, 0, 1, 0, 0, 0, 1};
        int[] labels = {0, 1, 2};
        double[] thetas = Numbers.grid(0, 100, 20_000);
        try (CacheIndex index = new CacheIndexBuilder(3, 3).build()) {
            index.add(keys, labels);
            Answer answers = index.withEngine(engine).query(new float[] {0.6f, 0.8f, 0}, thetas);
            for (int t = 0; t < thetas.length; t += 199) {
                double[] expected = new Oracle(keys, labels, 3, 3).probabilities(new double[] {0.6, 0.8, 0}, thetas[t]);
                assertThat(answers.at(t).row(0).probability(0)).isCloseTo((float) expected[0], within(1e-5f));
            }
        }
    }

    @ForEachEngine
    void aThousandTimesTheSameKeyCountsAThousandTimes(Engine engine) {
        try (CacheIndex index = new CacheIndexBuilder(4, 2).build()) {
            float[] keys = new float[4 * 1001];
            int[] labels = new int[1001];
            for (int k = 0; k < 1001; k++) {
                keys[k * 4 + 1] = 5;
                labels[k] = k < 1000 ? 1 : 0;
            }
            index.add(keys, labels);
            Answer answer = index.withEngine(engine).query(new float[] {0, 2, 0, 0}, 90);
            assertThat(answer.row(0).probability(1)).isCloseTo(1000f / 1001, within(1e-6f));
            assertThat(answer.keys()).isEqualTo(1001);
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("problems")
    void everyEngineFindsTheNearestKeys(Problem problem) {
        double[][] queries = Oracle.unit(problem.queries(), problem.dim());
        Oracle oracle = problem.oracle();
        try (CacheIndex index = problem.index()) {
            List<Answer> answers = Engines.available().stream()
                    .map(engine -> index.withEngine(engine).nearest(problem.queries(), 75))
                    .toList();
            for (int b = 0; b < problem.batch(); b++) {
                double[] scores = oracle.scores(queries[b]);
                double[] sorted = scores.clone();
                java.util.Arrays.sort(sorted);
                for (int e = 0; e < answers.size(); e++) {
                    Answer neighbors = answers.get(e);
                    String asked = Engines.available().get(e).name() + ", query " + b;
                    assertThat(neighbors.row(0).neighbors().size()).as(asked).isEqualTo(Math.min(75, problem.size()));
                    for (int place = 0; place < neighbors.row(0).neighbors().size(); place++) {
                        Neighbor key = neighbors.row(b).neighbors().get(place);
                        int id = (int) key.id();
                        assertThat((double) key.score()).as(asked).isCloseTo(scores[id], within(2e-6));
                        assertThat(scores[id]).as(asked).isCloseTo(sorted[sorted.length - 1 - place], within(2e-6));
                        assertThat(key.label()).as(asked).isEqualTo(problem.labels()[id]);
                    }
                }
            }
        }
    }

    /** Values that float32 adds up without rounding, so that every engine has the same scores. */
    @ForEachEngine
    void everyKGivesTheFirstOfAllKeysInOrder(Engine engine) {
        Random random = new Random(11);
        int size = 20_000;
        float[] keys = new float[size * 4];
        for (int key = 0; key < size; key++) {
            for (int i = 0; i < 4; i++) {
                keys[key * 4 + i] = random.nextBoolean() ? 1 : -1;
            }
        }
        int[] labels = random.ints(size, 0, 5).toArray();
        float[] queries = {1, 1, 1, 1, -1, 1, 1, 1, 1, 0, 0, 0};
        long[] removed = random.longs(2000, 0, size).distinct().toArray();
        for (int threads : new int[] {1, 3}) {
            try (CacheIndex index =
                    new CacheIndexBuilder(4, 5).engine(engine).threads(threads).build()) {
                index.add(keys, labels);
                index.remove(removed);
                int left = (int) index.size();
                Answer all = index.nearest(queries, size);
                assertThat(all.row(0).neighbors().size()).isEqualTo(left);
                for (int query = 0; query < 3; query++) {
                    Neighbor before = null;
                    for (Neighbor key : all.row(query).neighbors()) {
                        float score = 0;
                        for (int i = 0; i < 4; i++) {
                            score += keys[(int) key.id() * 4 + i] * queries[query * 4 + i] / (query < 2 ? 4 : 2);
                        }
                        assertThat(key.score()).isEqualTo(score);
                        assertThat(key.label()).isEqualTo(labels[(int) key.id()]);
                        assertThat(before == null
                                        || before.score() > score
                                        || before.score() == score && before.id() < key.id())
                                .as("%s behind %s of query %s", key, before, query)
                                .isTrue();
                        before = key;
                    }
                }
                for (int k : new int[] {1, 10, 1000, 12_345, left - 1}) {
                    Answer some = index.nearest(queries, k);
                    for (int query = 0; query < 3; query++) {
                        List<Neighbor> first = all.row(query).neighbors().subList(0, k);
                        assertThat(some.row(query).neighbors()).hasSize(k);
                        for (int place = 0; place < k; place++) {
                            assertThat(some.row(query).neighbors().get(place).id())
                                    .isEqualTo(first.get(place).id());
                        }
                    }
                }
            }
        }
    }

    @ForEachEngine
    void theGradientIsTheSlopeOfTheAnswer(Engine engine) {
        Problem problem = Problem.random(7, 300, 37, 5, 9);
        double[][] queries = Oracle.unit(problem.queries(), problem.dim());
        Random random = new Random(8);
        float[] cotangents = normals(random, problem.batch() * problem.classes());
        double theta = 20;
        try (CacheIndex index = problem.index()) {
            float[] gradient = index.withEngine(engine)
                    .gradient(Query.of(FloatBuffer.wrap(problem.queries())).thetas(theta), cotangents);
            Oracle oracle = problem.oracle();
            for (int b = 0; b < problem.batch(); b++) {
                assertSlopes(gradient, b, queries[b], cotangents, query -> oracle.probabilities(query, theta), 2e-4);
            }
        }
    }

    @ForEachEngine
    void theSameCallGivesTheSameBits(Engine engine) {
        for (Problem problem : List.of(Problem.random(3, 5000, 40, 10, 33), manyClasses())) {
            try (CacheIndex index = problem.builder().engine(engine).threads(2).build()) {
                index.add(problem.keys(), problem.labels());
                Answer first = index.query(problem.queries(), 90);
                for (int repeat = 0; repeat < 20; repeat++) {
                    assertProbabilities(index.query(problem.queries(), 90), first, 0);
                }
            }
        }
    }

    @ForEachEngine
    void theAnswerDoesNotDependOnTheNumberOfThreads(Engine engine) {
        for (Problem problem : List.of(Problem.random(4, 3001, 65, 10, 17), manyClasses())) {
            List<Answer> answers = new ArrayList<>();
            for (int threads = 1; threads <= 8; threads++) {
                try (CacheIndex index =
                        problem.builder().engine(engine).threads(threads).build()) {
                    index.add(problem.keys(), problem.labels());
                    answers.add(index.query(problem.queries(), 90));
                }
            }
            answers.forEach(answer -> assertProbabilities(answer, answers.get(0), 2e-6f));
        }
    }

    /** Threads share the queries, because the sums of all classes are larger than the keys. */
    private static Problem manyClasses() {
        return Problem.random(5, 301, 17, 1000, 140);
    }

    private static void assertProbabilities(Answer actual, Answer expected, float tolerance) {
        for (int b = 0; b < actual.batch(); b++) {
            assertThat(actual.row(b).best()).isEqualTo(expected.row(b).best());
            float[] one = actual.row(b).probabilities();
            float[] other = expected.row(b).probabilities();
            double worst = 0; // one assertion for each of a thousand classes takes long
            for (int c = 0; c < other.length; c++) {
                worst = Math.max(worst, Math.abs(one[c] - other[c]));
            }
            assertThat(one).hasSameSizeAs(other);
            assertThat(worst).isLessThanOrEqualTo(tolerance);
        }
    }
}
