package io.github.afterimage.answer;

import static io.github.afterimage.Refusals.assertIllegalArgument;
import static io.github.afterimage.Refusals.assertIllegalState;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.afterimage.AddedKeys;
import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.Engines;
import io.github.afterimage.KeyBatch;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NoveltyThresholdTest {
    private static final int DIM = 8;
    /** Keys of each class; the last has none. */
    private static final int[] COUNTS = {40, 3, 1, 0};

    private final Random random = new Random(5);

    /** Returns rows around a direction that belongs to the class. */
    private float[][] rows(int label, int count, double noise) {
        Random ofClass = new Random(label);
        float[] middle = new float[DIM];
        for (int i = 0; i < DIM; i++) {
            middle[i] = (float) ofClass.nextGaussian();
        }
        float[][] rows = new float[count][DIM];
        for (float[] row : rows) {
            for (int i = 0; i < DIM; i++) {
                row[i] = middle[i] + (float) (noise * random.nextGaussian());
            }
        }
        return rows;
    }

    private static double[] unit(float[] row) {
        double norm = Math.sqrt(IntStream.range(0, DIM)
                .mapToDouble(i -> (double) row[i] * row[i])
                .sum());
        return IntStream.range(0, DIM).mapToDouble(i -> row[i] / norm).toArray();
    }

    private static double product(double[] a, double[] b) {
        return IntStream.range(0, DIM).mapToDouble(i -> a[i] * b[i]).sum();
    }

    private static int[] labels(int label, int count) {
        int[] labels = new int[count];
        Arrays.fill(labels, label);
        return labels;
    }

    /** Returns the distances by their definition, with the mean product of all pairs of keys of a class. */
    private static double[] distances(float[][][] keys, float[] query) {
        int classes = keys.length;
        double[][] sums = new double[classes][DIM];
        double[] spreads = new double[classes];
        double all = 0;
        int others = 0;
        for (int c = 0; c < classes; c++) {
            double pairs = 0;
            for (float[] one : keys[c]) {
                double[] key = unit(one);
                for (float[] other : keys[c]) {
                    pairs += other == one ? 0 : product(key, unit(other));
                }
                for (int i = 0; i < DIM; i++) {
                    sums[c][i] += key[i];
                }
            }
            int n = keys[c].length;
            double length = Math.sqrt(product(sums[c], sums[c])) / n;
            spreads[c] = n < 2 ? 0 : 1 - pairs / n / (n - 1) / length;
            all += Math.max(0, n - 1) * spreads[c];
            others += Math.max(0, n - 1);
        }
        double mean = all / others;
        double[] drawn = IntStream.range(0, classes)
                .filter(c -> keys[c].length > 0)
                .mapToDouble(c -> ((keys[c].length - 1) * spreads[c] + 20 * mean) / (keys[c].length - 1 + 20))
                .sorted()
                .toArray();
        double most = 1.25 * drawn[drawn.length / 2];
        double[] distances = new double[classes];
        for (int c = 0; c < classes; c++) {
            int n = keys[c].length;
            double spread = Math.min(most, ((n - 1) * spreads[c] + 20 * mean) / (n - 1 + 20));
            double cosine = product(unit(query), sums[c]) / Math.sqrt(product(sums[c], sums[c]));
            distances[c] = n == 0 ? Double.POSITIVE_INFINITY : (1 - cosine) / spread;
        }
        return distances;
    }

    private CacheIndex index(float[][][] keys, String engine) {
        return index(keys, engine, Map.of());
    }

    private static CacheIndex index(float[][][] keys, String engine, Map<String, String> attributes) {
        CacheIndex index = new CacheIndexBuilder(DIM, keys.length)
                .attributes(attributes)
                .engine(Engines.named(engine))
                .build();
        for (int c = 0; c < keys.length; c++) {
            if (keys[c].length > 0) {
                index.add(KeyBatch.of(keys[c], labels(c, keys[c].length)));
            }
        }
        return index;
    }

    private float[][][] keys() {
        return IntStream.range(0, COUNTS.length)
                .mapToObj(c -> rows(c, COUNTS[c], 0.3))
                .toArray(float[][][]::new);
    }

    @ParameterizedTest
    @ValueSource(strings = {"auto", "blas", "reference"})
    void theDistanceIsThatOfTheDefinitionAndTheNoveltyTheLeastSumWithTheNetworksDoubtUpToIt(String engine) {
        float[][][] keys = keys();
        float[][] queries = rows(1, 5, 1);
        try (CacheIndex index = index(keys, engine)) {
            Answer answer =
                    index.answer(Query.of(queries).thetas(3, 5).neighbors(1).evidence(true));
            float[] network = {0.25f, 0.75f, 0};
            for (int q = 0; q < queries.length; q++) {
                double[] expected = distances(keys, queries[q]);
                for (Answer.Row row :
                        new Answer.Row[] {answer.row(q), answer.at(1).rows(q, 1).row(0)}) {
                    for (int c = 0; c < expected.length; c++) {
                        assertThat((double) row.distance(c)).isCloseTo(expected[c], within(1e-5));
                    }
                    assertThat(row.novelty(null))
                            .isCloseTo(Arrays.stream(expected).min().orElseThrow(), within(1e-5));
                    double doubted = IntStream.range(0, 3)
                            .mapToDouble(c -> expected[c] + Math.min(expected[c], 1 - network[c]))
                            .min()
                            .orElseThrow();
                    assertThat(row.novelty(network)).isCloseTo(doubted, within(1e-5));
                    assertThat(row.novelty(new float[] {0}))
                            .as("classes that the network does not know are not doubted")
                            .isCloseTo(
                                    Math.min(
                                            expected[0] + Math.min(expected[0], 1), Math.min(expected[1], expected[2])),
                                    within(1e-5));
                }
            }
            assertIllegalState(() -> index.query(queries[0], 3).row(0).novelty(null))
                    .hasMessageContaining("Query.evidence");
            assertIllegalArgument(
                            () -> index.partial(Query.of(queries).thetas(3).novelty(null)))
                    .hasMessageContaining("the query has novelty");
        }
    }

    @Test
    void distancesAfterChangesAreThoseOfTheKeysThatAreLeft() {
        float[][][] keys = keys();
        float[][] query = rows(0, 1, 1);
        Query asked = Query.of(query).thetas(3).evidence(true);
        try (CacheIndex index = index(keys, "auto")) {
            double before = index.answer(asked).row(0).distance(0);
            AddedKeys more = index.add(KeyBatch.of(rows(0, 30, 2), labels(0, 30)));
            assertThat(index.answer(asked).row(0).distance(0)).isNotEqualTo((float) before);
            index.remove(IntStream.range(0, 30).mapToLong(i -> more.first() + i).toArray());
            assertThat(index.answer(asked).row(0).distance(0)).isEqualTo((float) before);
        }
    }

    @Test
    void furtherExamplesOfAClassAreAsFarAsOneInTheMean() {
        float[][][] keys = {rows(0, 4000, 0.3), rows(1, 4000, 0.6)};
        try (CacheIndex index = index(keys, "auto")) {
            for (int c = 0; c < 2; c++) {
                int label = c;
                Answer answer = index.answer(
                        Query.of(rows(c, 2000, c == 0 ? 0.3 : 0.6)).thetas(3).evidence(true));
                assertThat(IntStream.range(0, 2000)
                                .mapToDouble(q -> answer.row(q).distance(label))
                                .average())
                        .hasValueCloseTo(1.0, within(0.06));
            }
        }
    }

    @Test
    void equalKeysAndClassesOfOneKeyHaveDistances() {
        try (CacheIndex index = new CacheIndexBuilder(2, 2).build()) {
            index.add(new float[] {1, 0, 0, 1}, new int[] {0, 1});
            Query asked = Query.of(new float[] {1, 1}).thetas(3).evidence(true);
            assertThat(index.answer(asked).row(0).distance(1)).isCloseTo(1 - (float) Math.sqrt(0.5), within(1e-6f));
            index.add(new float[] {1, 0, 0, 1}, new int[] {0, 1});
            assertThat(index.answer(asked).row(0).distance(1))
                    .isCloseTo(1000 * (1 - (float) Math.sqrt(0.5)), within(1e-2f));
        }
    }

    @Test
    void aClassOfKeysThatHaveNothingInCommonIsNotNearToEverything() {
        float[][][] keys =
                IntStream.range(0, 10).mapToObj(c -> rows(c, 20, 0.3)).toArray(float[][][]::new);
        keys[9] = rows(9, 20, 30);
        try (CacheIndex index = index(keys, "auto")) {
            Answer answer = index.answer(Query.of(rows(77, 100, 0.3)).thetas(3).evidence(true));
            assertThat(IntStream.range(0, 100)
                            .mapToDouble(q -> answer.row(q).distance(9))
                            .average()
                            .orElseThrow())
                    .as("over 1.25 times the spread of the others")
                    .isGreaterThan(2);
        }
    }

    @Test
    void theThresholdKeepsItsShareOfOtherKnownExamplesAndRefusesUnknownOnes() {
        double share = 0.05;
        float[][][] keys =
                IntStream.range(0, 10).mapToObj(c -> rows(c, 50, 0.4)).toArray(float[][][]::new);
        Tuner tuner = new Tuner(10);
        try (CacheIndex index = index(keys, "auto")) {
            for (int c = 0; c < 10; c++) {
                Query query =
                        Query.of(rows(c, 200, 0.4)).thetas(10).evidence(true).neighbors(1);
                tuner.accept(index.answer(query), null, null, labels(c, 200));
            }
        }
        try (CacheIndex index = index(keys, "auto", tuner.attributes(Map.of(), share))) {
            long refused = 0;
            for (int c = 0; c < 10; c++) {
                refused += refused(index, rows(c, 1000, 0.4));
            }
            assertThat(refused / 1e4).isBetween(share - 0.015, share + 0.015);
            assertThat(refused(index, rows(77, 1000, 0.4)) / 1e3).isGreaterThan(0.5);
        }
    }

    private static long refused(CacheIndex index, float[][] rows) {
        Answer answer = index.answer(Query.of(rows).thetas(10).novelty(null));
        return IntStream.range(0, rows.length)
                .filter(q -> !answer.row(q).isFamiliar())
                .count();
    }

    @Test
    void theThresholdIsThatOfTheNetworkIfThereIsOne() {
        assertThat(NoveltyThreshold.stored(Map.of("novelty_most", "1.5"), false))
                .isEmpty();
        assertIllegalArgument(() -> NoveltyThreshold.of(Map.of(), false))
                .hasMessage("the index has no threshold of novelty: tune it with labelled examples");
        Map<String, String> tuned = Map.of(
                "novelty_most", "1.5", "novelty_most_alone", "1.25", "novelty_near", "0.9", "novelty_share", "0.1");
        assertThat(NoveltyThreshold.of(tuned, true)).isEqualTo(new NoveltyThreshold(true, 1.5, 0.1, 0.9));
        assertThat(NoveltyThreshold.of(tuned, false)).isEqualTo(new NoveltyThreshold(false, 1.25, 0.1, 0.9));
        assertThat(StoredAttributes.finding(Map.of("novelty_share", "2"), 2))
                .isEqualTo("novelty_share \"2\", expected a number that is at least 0 and less than 1");
        for (String limit : List.of("novelty_most", "novelty_most_alone", "novelty_near")) {
            assertThat(StoredAttributes.finding(Map.of(limit, "NaN"), 2))
                    .isEqualTo(limit + " \"NaN\", expected a finite number")
                    .satisfies(finding ->
                            assertThat(StoredAttributes.named(finding)).containsExactly(limit));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void aRowLikeATaughtOneIsFamiliarHoweverFarItsClassIs(int neighbors) {
        Map<String, String> tuned = Map.of("novelty_most", "1.6", "novelty_most_alone", "1.5", "novelty_near", "0.98");
        float[] taught = rows(99, 1, 0)[0];
        float[] like = taught.clone();
        like[0] += 0.1f;
        float[][] asked = {like, rows(77, 1, 0)[0], rows(0, 1, 0)[0]};
        try (CacheIndex index = index(keys(), "auto", tuned)) {
            Query query = Query.of(asked).thetas(3).neighbors(neighbors).novelty(null);
            assertThat(familiar(index.answer(query))).containsExactly(false, false, true);
            index.add(taught, new int[] {0});
            Answer answer = index.answer(query);
            assertThat(familiar(answer)).containsExactly(true, false, true);
            assertThat(answer.row(0).novelty()).isGreaterThan(1.5);
            assertThat(answer.row(0).noveltyThreshold())
                    .map(NoveltyThreshold::most)
                    .hasValue(1.5);
            FloatBuffer doubts = FloatBuffer.allocate(12); // a network that doubts every class
            Answer doubted = Answer.joined(List.of(
                    index.answer(query.novelty(doubts).part(0, 1, 3)),
                    index.answer(query.novelty(doubts).part(1, 2, 3))));
            assertThat(doubted.row(0).noveltyThreshold())
                    .map(NoveltyThreshold::most)
                    .hasValue(1.6);
            assertThat(doubted.row(2).novelty()).isCloseTo(2 * answer.row(2).novelty(), within(1e-6));
            assertThat(familiar(doubted)).containsExactly(true, false, true);
            assertIllegalArgument(() -> index.answer(query.novelty(FloatBuffer.allocate(8))))
                    .hasMessage("the network's probabilities hold 8 values: expected 3 rows x 4 classes");
        }
        try (CacheIndex index = index(keys(), "auto")) {
            Answer.Row row =
                    index.answer(Query.of(asked).thetas(3).novelty(null)).row(0);
            assertThat(row.isFamiliar()).as("not tuned").isTrue();
            assertThat(row.novelty()).isNaN();
            assertThat(row.noveltyThreshold()).isEmpty();
        }
    }

    @Test
    void evidenceChangesNoJudgementWhicheverIsSetFirst() {
        try (CacheIndex index = index(keys(), "auto", Map.of("novelty_most_alone", "1.5"))) {
            Query query = Query.of(rows(77, 1, 0)).thetas(3);
            for (Query asked : List.of(
                    query.novelty(null),
                    query.novelty(null).evidence(true),
                    query.evidence(true).novelty(null),
                    query.novelty(null).evidence(false))) {
                Answer.Row row = index.answer(asked).row(0);
                assertThat(row.isFamiliar()).as("%s", asked).isFalse();
                assertThat(row.novelty()).isGreaterThan(1.5);
                assertThat(row.hasEvidence()).isEqualTo(true);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whoDidNotAskForNoveltyReadsNone(boolean evidence) {
        try (CacheIndex index = index(keys(), "auto", Map.of("novelty_most_alone", "1.5"))) {
            Answer.Row row = index.answer(Query.of(rows(77, 1, 0)).thetas(3).evidence(evidence))
                    .row(0);
            assertThat(row.hasNovelty()).isFalse();
            for (Runnable read : List.<Runnable>of(row::isFamiliar, row::novelty, row::noveltyThreshold)) {
                assertIllegalState(read::run).hasMessage("the answer has no novelty: ask for it with Query.novelty");
            }
        }
    }

    @Test
    void theNearestKeyDecidesWhereTheSumOfAllTermsDoesNot() {
        Map<String, String> tuned = Map.of("novelty_most_alone", "0.1", "novelty_near", "0.98");
        float[][] taught = rows(99, 1, 0);
        float[][] asked = IntStream.range(0, 200)
                .mapToObj(i -> rows(i % 2 == 0 ? 99 : 77, 1, i / 200.0)[0])
                .toArray(float[][]::new);
        try (CacheIndex index = index(keys(), "auto", tuned)) {
            index.add(KeyBatch.of(taught, new int[] {0}));
            Query query = Query.of(asked).thetas(100).novelty(null);
            assertThat(familiar(index.answer(query)))
                    .contains(true, false)
                    .isEqualTo(familiar(index.answer(query.neighbors(1))));
        }
    }

    private static List<Boolean> familiar(Answer answer) {
        return IntStream.range(0, answer.batch())
                .mapToObj(row -> answer.row(row).isFamiliar())
                .toList();
    }
}
