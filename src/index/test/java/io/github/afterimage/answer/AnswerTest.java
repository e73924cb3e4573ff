package io.github.afterimage.answer;

import static io.github.afterimage.Numbers.normals;
import static io.github.afterimage.Refusals.assertIllegalArgument;
import static io.github.afterimage.Refusals.assertIllegalState;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.CacheReader;
import io.github.afterimage.Engine;
import io.github.afterimage.ForEachEngine;
import io.github.afterimage.KeyBatch;
import io.github.afterimage.Oracle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class AnswerTest {
    private static final int DIM = 24;
    private static final int CLASSES = 5;
    private static final int KEYS = 700;

    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);
    private final float[] keys = rows(KEYS);
    private final int[] labels = random.ints(KEYS, 0, CLASSES).toArray();

    private float[] rows(int count) {
        return normals(random, count * DIM);
    }

    private CacheIndex index() {
        CacheIndex index = new CacheIndexBuilder(DIM, CLASSES).threads(2).build();
        index.add(keys, labels);
        return index;
    }

    @Test
    void aQueryWithoutThetasIsAnsweredByTheRuleOfTheIndex() {
        Pool tuned = new Pool(30, 0, 0.7, 2);
        Map<String, String> pool = Calibration.of(tuned, Calibration.ALONE).attributes(Map.of());
        Map<String, String> paper = Map.of("theta", "12.5", "lambda", "0.4");
        float[] queries = rows(4);
        for (Map<String, String> attributes : List.of(Map.<String, String>of(), pool, paper)) {
            try (CacheIndex index =
                    new CacheIndexBuilder(DIM, CLASSES).attributes(attributes).build()) {
                index.add(keys, labels);
                AnswerRule rule = index.calibration(Calibration.ALONE).rule();
                Answer plain = index.answer(
                        Query.of(queries).thetas(rule.theta()).evidence(true).neighbors(3));
                Answer answer = index.query(Query.of(queries).neighbors(3));
                for (int row = 0; row < 4; row++) {
                    double[] expected = rule.alone(plain.row(row));
                    Answer.Row found = answer.rows(row, 1).row(0);
                    for (int c = 0; c < CLASSES; c++) {
                        assertThat(found.probability(c)).isEqualTo((float) expected[c]);
                        assertThat(found.probabilities()[c]).isEqualTo((float) expected[c]);
                    }
                    assertThat(found.best()).isEqualTo(ArgMax.of(expected));
                    assertThat(found.neighbors()).isEqualTo(plain.row(row).neighbors());
                    assertThat(found.logMass()).isEqualTo(plain.row(row).logMass());
                    assertThat(index.query(queries).row(row).probabilities()).isEqualTo(found.probabilities());
                }
                assertIllegalArgument(() -> index.query(Query.of(queries).thetas(5)))
                        .hasMessage(
                                "the query has the thetas [5.0]: ask with answer, or leave them out for the index's own");
            }
        }
    }

    @ForEachEngine
    void givesTheMassAndTheSharesOfTheDefinition(Engine engine) {
        float[] queries = rows(9);
        double[][] unit = Oracle.unit(queries, DIM);
        Oracle oracle = new Oracle(keys, labels, DIM, CLASSES);
        double[] thetas = {5, 90, 0, 4000};
        try (CacheIndex index = index()) {
            Answer answer = index.withEngine(engine)
                    .answer(Query.of(queries).thetas(thetas).neighbors(KEYS));
            assertThat(answer.batch()).isEqualTo(9);
            assertThat(answer.keys()).isEqualTo(KEYS);
            for (int query = 0; query < answer.batch(); query++) {
                double[] scores = oracle.scores(unit[query]);
                for (int t = 0; t < thetas.length; t++) {
                    double theta = thetas[t];
                    assertThat(answer.at(t).row(query).logMass())
                            .as("seed %d, theta %s", seed, theta)
                            .isCloseTo(logMass(scores, theta), within(1e-4 + theta * 3e-7));
                }
                double[] terms = Arrays.stream(scores)
                        .map(score -> Math.exp(thetas[0] * (score - 1)))
                        .toArray();
                for (Neighbor key : answer.row(query).neighbors()) {
                    double ofClass = IntStream.range(0, KEYS)
                            .filter(k -> labels[k] == key.label())
                            .mapToDouble(k -> terms[k])
                            .sum();
                    assertThat(key.share())
                            .as("seed %d", seed)
                            .isCloseTo(terms[(int) key.id()] / ofClass, within(1e-5));
                }
            }
        }
    }

    private static double logMass(double[] scores, double theta) {
        double best = Arrays.stream(scores).max().orElseThrow();
        double sum =
                Arrays.stream(scores).map(s -> Math.exp(theta * (s - best))).sum();
        return Math.log(sum) + theta * (best - 1);
    }

    @Test
    void rowsOfEveryKindOfArrayGetTheSameAnswer() {
        float[] queries = rows(3);
        float[][] arrays = new float[3][];
        for (int row = 0; row < 3; row++) {
            arrays[row] = Arrays.copyOfRange(queries, row * DIM, (row + 1) * DIM);
        }
        FloatBuffer direct = ByteBuffer.allocateDirect(Float.BYTES * (queries.length + 1))
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
        direct.position(1);
        direct.put(queries).position(1);
        try (CacheIndex index = index();
                CacheIndex other =
                        new CacheIndexBuilder(DIM, CLASSES).threads(2).build()) {
            float[] expected = index.query(queries, 60).row(2).probabilities();
            for (Query query : List.of(Query.of(queries), Query.of(arrays), Query.of(direct))) {
                assertThat(index.answer(query.thetas(60)).row(2).probabilities())
                        .isEqualTo(expected);
            }
            assertThat(direct.position()).isEqualTo(1);
            other.add(KeyBatch.of(arrays, new int[] {0, 1, 2}));
            assertThat(other.nearest(queries, 1).row(2).neighbors().get(0).label())
                    .isEqualTo(2);
            arrays[1] = new float[DIM + 1];
            assertIllegalArgument(() -> other.add(KeyBatch.of(arrays, new int[3])))
                    .hasMessage("row 1 holds 25 values: expected 24, as in row 0");
            assertThat(other.size()).isEqualTo(3);
        }
    }

    @Test
    void aQueryWithoutResultsOrOutOfRangeIsRefused() {
        Query query = Query.of(rows(1));
        try (CacheIndex index = index()) {
            assertIllegalArgument(() -> index.answer(query))
                    .hasMessage("the query asks for no result: set thetas or neighbors");
            assertIllegalArgument(() -> query.thetas(1, -1));
            assertIllegalArgument(() -> query.neighbors(-1));
            assertIllegalArgument(() -> query.within(Duration.ZERO));
            Answer.Row nearest = index.answer(query.neighbors(2)).row(0);
            assertThatThrownBy(nearest::best).hasMessageContaining("Query.thetas");
            assertThat(nearest.neighbors().get(0).share()).isNaN();
            Answer.Row shares = index.answer(query.thetas(1)).row(0);
            assertThatThrownBy(shares::neighbors).hasMessageContaining("Query.neighbors");
        }
    }

    @Test
    void aDeadlineIsForABatcher() {
        Query query = Query.of(rows(1));
        try (CacheIndex index = index()) {
            assertIllegalArgument(() -> index.answer(query.thetas(1).within(Duration.ofSeconds(1))))
                    .hasMessageContaining("submit the query to a Batcher");
        }
    }

    @Test
    void aSnapshotAnswersFromItsMomentWhateverChanges() {
        float[] queries = rows(4);
        try (CacheIndex index = index()) {
            Query query = Query.of(queries).thetas(20).neighbors(3);
            Answer before = index.answer(query);
            try (CacheReader snapshot = index.snapshot();
                    CacheReader again = snapshot.snapshot()) {
                index.remove(key -> key.label() != 1);
                index.add(rows(50), new int[50]);
                index.compact();
                for (CacheReader view : List.of(snapshot, again, snapshot.withoutReduction())) {
                    Answer after = view.answer(query);
                    assertThat(after.version()).isEqualTo(before.version());
                    assertThat(view.size()).isEqualTo(KEYS);
                    for (int row = 0; row < 4; row++) {
                        assertThat(after.row(row).probabilities())
                                .isEqualTo(before.row(row).probabilities());
                        assertThat(after.row(row).neighbors().get(2).id())
                                .isEqualTo(before.row(row).neighbors().get(2).id());
                    }
                }
                assertThat(index.answer(query).version()).isGreaterThan(before.version());
                CacheReader derived = snapshot.withoutReduction();
                snapshot.close();
                snapshot.close();
                assertIllegalState(() -> snapshot.answer(query));
                again.close();
                assertIllegalState(() -> derived.answer(query))
                        .hasMessage("the snapshot of the index is closed: take another one");
            }
        }
    }

    @Test
    void aSnapshotEndsWithItsIndex() {
        CacheIndex index = index();
        CacheReader snapshot = index.snapshot();
        index.remove(0, 1, 2);
        index.compact();
        index.close();
        assertIllegalState(() -> snapshot.query(rows(1), 1)).hasMessageContaining("is closed");
        snapshot.close();
    }

    @Test
    void answersThatNoArrayCanHoldAreRefused() {
        try (CacheIndex index = new CacheIndexBuilder(1, 4_000_000).build()) {
            index.add(new float[] {1}, new int[] {0});
            assertIllegalArgument(() -> index.query(new float[1000], 60))
                    .hasMessage("1000 queries x 4000000 classes: expected at most 2^31 - 1 numbers for each theta;"
                            + " ask for fewer queries at once");
        }
    }

    @Test
    void answersFromOtherKeysAreNotJoined() {
        assertIllegalArgument(() -> Answer.joined(List.of())).hasMessageContaining("expected at least one");
        Query query = Query.of(rows(2)).thetas(20);
        try (CacheIndex index = index()) {
            Answer before = index.answer(query);
            Answer some = index.answer(query.only(KeySet.labels(1)));
            assertThat(Answer.joined(List.of(before, index.answer(query))).batch())
                    .isEqualTo(4);
            assertIllegalArgument(() -> Answer.joined(List.of(before, some)))
                    .hasMessageContaining("from " + some.keys() + " keys")
                    .hasMessageContaining("from 700 keys");
            index.add(rows(1), new int[] {3});
            Answer after = index.answer(query);
            assertIllegalArgument(() -> Answer.joined(List.of(before, after)))
                    .hasMessage("an answer of version " + after.version() + " from 701 keys cannot be joined to one of"
                            + " version " + before.version() + " from 700 keys: ask for all rows at once, or from one"
                            + " snapshot");
        }
    }
}
