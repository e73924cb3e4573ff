package io.github.afterimage;

import static io.github.afterimage.Refusals.assertIllegalArgument;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Comparator;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class NearestOnlyTest {
    private static final int DIM = 16;
    private static final int CLASSES = 7;
    private static final double[] THETAS = {0, 1 / 0.07, 90, 1e9, 3e9};

    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);

    /** Rows of 1 and -1: their products are multiples of 1/16, which every engine computes exactly, and many are equal. */
    private float[] rows(int count) {
        float[] rows = new float[count * DIM];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = random.nextBoolean() ? 1 : -1;
        }
        return rows;
    }

    @ForEachEngine
    void everyKAndThetaGivesTheSumsOfTheFirstKeysByScoreAndRow(Engine engine) {
        int size = 3000;
        float[] keys = rows(size);
        int[] labels = random.ints(size, 0, CLASSES).toArray();
        float[] queries = rows(5);
        long[] removed = random.longs(400, 0, size).distinct().toArray();
        int[] ks = {200, 1, 20, size, 1_000_000, 20};
        try (CacheIndex index =
                new CacheIndexBuilder(DIM, CLASSES).engine(engine).threads(2).build()) {
            index.add(Arrays.copyOf(keys, 1000 * DIM), Arrays.copyOf(labels, 1000));
            index.add(Arrays.copyOfRange(keys, 1000 * DIM, size * DIM), Arrays.copyOfRange(labels, 1000, size));
            float[] weights = new float[size];
            for (int row = 0; row < size; row++) {
                weights[row] = row % 3 == 0 ? 1 : (float) Math.exp(random.nextGaussian());
            }
            index.weigh(LongStream.range(0, size).toArray(), weights);
            index.remove(removed);
            Answer answers = index.answer(Query.of(queries).thetas(THETAS).nearest(ks));
            for (int query = 0; query < 5; query++) {
                double[] scores = new Oracle(keys, labels, DIM, CLASSES).scores(Oracle.unit(queries, DIM)[query]);
                int[] nearest = IntStream.range(0, size)
                        .filter(row -> Arrays.stream(removed).noneMatch(id -> id == row))
                        .boxed()
                        .sorted(Comparator.comparing((Integer row) -> -scores[row])
                                .thenComparing(row -> row))
                        .mapToInt(row -> row)
                        .toArray();
                for (int i = 0; i < ks.length; i++) {
                    for (int t = 0; t < THETAS.length; t++) {
                        String where = "seed " + seed + ", query " + query + ", k " + ks[i] + ", theta " + THETAS[t];
                        int[] counted = Arrays.copyOf(nearest, Math.min(ks[i], nearest.length));
                        requireSums(
                                answers.nearest(i).at(t), query, scores, labels, weights, counted, THETAS[t], where);
                    }
                }
            }
            assertThat(answers.nearest(0).keys()).isEqualTo(size - removed.length);
            assertThat(answers.nearest(0).batch()).isEqualTo(5);
        }
    }

    private static void requireSums(
            Answer answer,
            int query,
            double[] scores,
            int[] labels,
            float[] weights,
            int[] counted,
            double theta,
            String where) {
        double used = Math.min(theta, 1e9);
        double best = scores[counted[0]];
        double[] sums = new double[CLASSES];
        for (int row : counted) {
            sums[labels[row]] += weights[row] * Math.exp(used * (scores[row] - best));
        }
        double total = Arrays.stream(sums).sum();
        for (int c = 0; c < CLASSES; c++) {
            assertThat((double) answer.row(query).probability(c)).as(where).isCloseTo(sums[c] / total, within(3e-7));
        }
        double logMass = Math.log(total) + used * (best - 1);
        assertThat(answer.row(query).logMass()).as(where).isCloseTo(logMass, within(1e-6 * Math.max(1, -logMass)));
    }

    @ForEachEngine
    void allKeysGiveTheAnswerOfAQuery(Engine engine) {
        Problem problem = Problem.random(seed, 500, 37, CLASSES, 40);
        try (CacheIndex built = problem.index()) {
            CacheIndex index = built.withEngine(engine);
            Answer all = index.query(problem.queries(), 30);
            Answer nearest = index.answer(Query.of(problem.queries()).thetas(30).nearest(500))
                    .nearest(0);
            for (int query = 0; query < problem.batch(); query++) {
                for (int c = 0; c < CLASSES; c++) {
                    assertThat(nearest.row(query).probability(c))
                            .as("%s", problem)
                            .isCloseTo(all.row(query).probability(c), within(1e-5f));
                }
                assertThat(nearest.row(query).logMass())
                        .as("%s", problem)
                        .isCloseTo(all.row(query).logMass(), within(1e-4));
            }
        }
    }

    @Test
    void oneKeyOfOneClassHasTheWholeProbability() {
        try (CacheIndex index = new CacheIndexBuilder(2, 1).build()) {
            index.add(new float[] {1, 0}, new int[] {0});
            Answer answer = index.answer(
                            Query.of(new float[] {-1, 0, 3, 0}).thetas(5).nearest(20))
                    .nearest(0);
            assertThat(answer.row(0).probability(0)).isEqualTo(1);
            assertThat(answer.row(0).logMass()).isEqualTo(-10);
            assertThat(answer.row(1).logMass()).isZero();
        }
    }

    @Test
    void aClassHasThePlaceOfItsProbabilityAndEqualOnesComeInOrder() {
        try (CacheIndex index = new CacheIndexBuilder(2, 5).build()) {
            index.add(new float[] {1, 0, 1, 0, 0.9f, 0.1f}, new int[] {3, 3, 1});
            Answer answer = index.answer(Query.of(new float[] {1, 0}).thetas(0).nearest(3))
                    .nearest(0);
            assertThat(IntStream.range(0, 5).map(label -> answer.row(0).place(label)))
                    .containsExactly(2, 1, 3, 0, 4);
        }
    }

    @Test
    void refusesWhatIsNoNumberOfKeys() {
        try (CacheIndex index = new CacheIndexBuilder(2, 2).build()) {
            index.add(new float[] {1, 0}, new int[] {0});
            float[] query = {1, 0};
            double[] theta = {10};
            assertIllegalArgument(
                            () -> index.answer(Query.of(query).thetas(theta).nearest(5, 0)))
                    .hasMessage("k 0: expected a positive number");
            assertIllegalArgument(() ->
                            index.answer(Query.of(query).thetas(new double[0]).nearest(1)))
                    .hasMessage("the query asks for no result: set thetas or neighbors");
            assertThatThrownBy(() ->
                            index.answer(Query.of(query).thetas(-1).nearest(1)).nearest(0))
                    .hasMessageContaining("theta -1.0");
        }
    }
}
