package io.github.afterimage;

import static io.github.afterimage.Refusals.assertIllegalArgument;
import static io.github.afterimage.Refusals.assertIllegalState;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.afterimage.answer.Answer;
import io.github.afterimage.answer.ArgMax;
import io.github.afterimage.answer.Calibration;
import io.github.afterimage.answer.KeySet;
import io.github.afterimage.answer.Neighbor;
import io.github.afterimage.answer.PartialAnswer;
import io.github.afterimage.answer.Query;
import io.github.afterimage.serving.BatchOptions;
import io.github.afterimage.serving.Batcher;
import io.github.afterimage.settings.ElementType;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The answer of a memory for each class: the evidence, the direction of the class, and the number of its keys. */
class EvidenceTest {
    private static final double[] THETAS = {0, 10, 90};
    private static final int DIM = 24;
    private static final int CLASSES = 7;

    @TempDir
    Path folder;

    private static void assertEvidence(Answer.Row got, Oracle oracle, double[] query, double theta, String as) {
        double[] logs = oracle.logEvidence(query, theta);
        double[] directions = oracle.directions(query);
        for (int c = 0; c < CLASSES; c++) {
            String of = as + ", theta " + theta + ", class " + c;
            assertThat(got.logEvidence(c)).as(of).isCloseTo(logs[c], within(1e-5 + 1e-6 * theta));
            assertThat(got.direction(c)).as(of).isCloseTo(directions[c], within(2e-6));
            assertThat(got.keys(c)).as(of).isEqualTo(oracle.count(c));
        }
    }

    @ForEachEngine
    void agreesWithTheDefinition(Engine engine) {
        for (int batch : new int[] {1, 5, 70}) {
            Problem problem = Problem.random(batch, 300, DIM, CLASSES, batch);
            double[][] queries = Oracle.unit(problem.queries(), DIM);
            Oracle oracle = problem.oracle();
            try (CacheIndex index = problem.index()) {
                Query query = Query.of(problem.queries()).thetas(THETAS);
                Answer answer = index.withEngine(engine).answer(query.evidence(true));
                Answer plain = index.withEngine(engine).answer(query);
                for (int t = 0; t < THETAS.length; t++) {
                    for (int row = 0; row < batch; row++) {
                        Answer.Row got = answer.at(t).row(row);
                        assertEvidence(got, oracle, queries[row], THETAS[t], problem + ", row " + row);
                        assertThat(got.probabilities())
                                .isEqualTo(plain.at(t).row(row).probabilities());
                        assertThat(got.logMass()).isEqualTo(plain.at(t).row(row).logMass());
                    }
                }
            }
        }
    }

    @Test
    void aClassWithoutKeysHasNeitherMoreNorLessThanTheMeanOfTheKeys() {
        try (CacheIndex index = new CacheIndexBuilder(2, 4).build()) {
            index.add(new float[] {1, 0, 0, 1, 0, 1}, new int[] {1, 3, 3});
            Answer.Row row = index.answer(Query.of(new float[] {3, 4}).thetas(2).evidence(true))
                    .row(0);
            double one = Math.exp(2 * (0.6 - 1));
            double two = 2 * Math.exp(2 * (0.8 - 1));
            double mean = (one + two) / 3;
            for (int label : new int[] {0, 2}) {
                assertThat(row.logEvidence(label)).isCloseTo(Math.log(mean), within(1e-6));
                assertThat(row.direction(label)).isCloseTo((0.6 + 2 * 0.8) / 3, within(1e-6));
                assertThat(row.keys(label)).isZero();
            }
            assertThat(row.logEvidence(1)).isCloseTo(Math.log((one + 20 * mean) / 21), within(1e-6));
            assertThat(row.logEvidence(3)).isCloseTo(Math.log((two + 20 * mean) / 22), within(1e-6));
            assertThat(row.direction(3)).isCloseTo(0.8, within(1e-6));
            assertThat(row.keys(3)).isEqualTo(2);
        }
    }

    @Test
    @Timeout(60) // ends within days where each class without keys costs a sum over all classes
    void aMillionClassesOfWhichFewHaveKeysHaveTheMeanDirection() {
        int classes = 1_000_000;
        try (CacheIndex index = new CacheIndexBuilder(2, classes).build()) {
            index.add(new float[] {1, 0, 0, 1}, new int[] {0, classes - 1});
            Answer.Row row = index.answer(Query.of(new float[] {3, 4}).thetas(2).evidence(true))
                    .row(0);
            assertThat(ArgMax.of(index.calibration(Calibration.ALONE).rule().alone(row)))
                    .isEqualTo(classes - 1);
            for (int label = 1; label < classes - 1; label++) {
                assertThat(row.direction(label)).isCloseTo(0.7, within(1e-6));
            }
        }
    }

    @Test
    void theDoubtOfAMemoryAloneGrowsWithTheDistanceFromTheProbableClass() {
        try (CacheIndex index = new CacheIndexBuilder(2, 3).build()) {
            index.add(new float[] {0.8f, 0.6f, 0.8f, -0.6f, 0, 1}, new int[] {0, 0, 2});
            double mean = 2 * (1 - 0.8) / 3; // 1 - R of the keys: 0.2, 0.2 and 0
            double[] spreads = {(2 * 0.2 + mean) / 3, mean, mean / 2};
            for (float[] query : new float[][] {{1, 0}, {0.6f, 0.8f}, {-1, 0}}) {
                Answer.Row row = index.query(query).row(0);
                double entropy = 0;
                double distance = 0;
                for (int c = 0; c < 3; c++) {
                    double p = row.probability(c);
                    double direction = new double[] {query[0], (2 * query[0] + query[1]) / 3, query[1]}[c];
                    distance += p * (1 - direction) / spreads[c];
                    entropy -= p == 0 ? 0 : p * Math.log(p);
                }
                assertThat(row.doubt()).isCloseTo(entropy + Math.max(0, distance - 2), within(1e-5 * (1 + distance)));
            }
        }
        try (CacheIndex index = new CacheIndexBuilder(2, 2).build()) { // no key is away from the direction of its class
            index.add(new float[] {1, 0, 0, 1}, new int[] {0, 1});
            assertThat(index.query(new float[] {-1, -1}).row(0).doubt()).isCloseTo(Math.log(2), within(1e-6));
        }
    }

    @Test
    void theEvidenceForAClassDoesNotGrowWithTheNumberOfItsKeys() {
        float[] key = {1, 0};
        try (CacheIndex index = new CacheIndexBuilder(2, 2).build()) {
            index.add(new float[] {1, 0, 0, 1}, new int[2]);
            for (int i = 0; i < 5000; i++) {
                index.add(key, new int[] {1});
            }
            Answer.Row row = index.answer(
                            Query.of(new float[] {1, 1}).thetas(30).evidence(true))
                    .row(0);
            assertThat(row.probability(1)).isGreaterThan(0.999f);
            assertThat(row.logEvidence(1)).isCloseTo(row.logEvidence(0), within(1e-6));
        }
    }

    @ForEachEngine
    void everyFiniteThetaGivesFiniteEvidence(Engine engine) {
        Problem problem = Problem.random(3, 40, DIM, CLASSES, 9);
        double[] thetas = {0, 1e-300, 90, 1e5, 1e9, Double.MAX_VALUE};
        try (CacheIndex index = problem.index()) {
            Answer answer = index.withEngine(engine)
                    .answer(Query.of(problem.queries()).thetas(thetas).evidence(true));
            for (Answer point : answer.points()) {
                for (int row = 0; row < point.batch(); row++) {
                    for (int c = 0; c < CLASSES; c++) {
                        assertThat(point.row(row).logEvidence(c)).isFinite().isLessThan(1e-5);
                    }
                }
            }
            assertThat(answer.at(0).row(0).logEvidence(0)).isCloseTo(0, within(1e-6));
        }
    }

    @ForEachEngine
    void someKeysAnswerAsIfThereWereNoOthers(Engine engine) {
        Problem problem = Problem.random(11, 400, DIM, CLASSES, 6);
        double[][] queries = Oracle.unit(problem.queries(), DIM);
        long[] few = {3, 17, 18, 19, 30, 70, 99, 200, 399};
        Query query = Query.of(problem.queries()).thetas(12).evidence(true);
        try (CacheIndex index = problem.index()) {
            Map<Query, int[]> cases = Map.of(
                    query.only(KeySet.ids(few)),
                    keys(problem, id -> Arrays.binarySearch(few, id) >= 0),
                    query.only(KeySet.ids(few).complement()),
                    keys(problem, id -> Arrays.binarySearch(few, id) < 0),
                    query.only(KeySet.labels(1, 4)),
                    keys(problem, id -> problem.labels()[id] == 1 || problem.labels()[id] == 4),
                    query.only(KeySet.labels(2).complement())
                            .only(KeySet.ids(few).complement()),
                    keys(problem, id -> problem.labels()[id] != 2 && Arrays.binarySearch(few, id) < 0),
                    query.only(KeySet.labels(3, 5))
                            .only(KeySet.ids(
                                    IntStream.range(0, 300).asLongStream().toArray())),
                    keys(problem, id -> id < 300 && (problem.labels()[id] == 3 || problem.labels()[id] == 5)));
            cases.forEach((asked, chosen) -> {
                Answer answer = index.withEngine(engine).answer(asked);
                Oracle oracle = problem.oracle(chosen);
                for (int row = 0; row < queries.length; row++) {
                    assertEvidence(answer.row(row), oracle, queries[row], 12, asked + ", row " + row);
                }
            });
        }
    }

    private static int[] keys(Problem problem, IntPredicate chosen) {
        return IntStream.range(0, problem.size()).filter(chosen).toArray();
    }

    @Test
    void partsMergeToTheEvidenceOfTheWhole() throws IOException {
        Problem problem = Problem.random(14, 500, DIM, CLASSES, 8);
        Query query = Query.of(problem.queries()).thetas(5, 40).evidence(true);
        Path file = folder.resolve("parts.safetensors");
        try (CacheIndex index = problem.builder().build()) {
            for (int half = 0; half < 2; half++) { // each save writes a part
                int from = half * 300;
                int to = 300 + half * 200;
                index.add(
                        Arrays.copyOfRange(problem.keys(), from * DIM, to * DIM),
                        Arrays.copyOfRange(problem.labels(), from, to));
                index.remove(key -> key.label() == 4); // no part has a key of this class
                index.save(file);
            }
            try (CacheIndex first = CacheIndex.open(file, new OpenOptions().parts(0, 1));
                    CacheIndex second = CacheIndex.open(file, new OpenOptions().parts(1, 2))) {
                assertThat(second.size()).isPositive().isLessThan(index.size());
                PartialAnswer sums = second.partial(query);
                PartialAnswer merged = sums.merge(first.partial(query));
                assertThat(merged.bytes()).isPositive();
                Answer whole = index.answer(query);
                for (int t = 0; t < 2; t++) {
                    for (int row = 0; row < 8; row++) {
                        Answer.Row got = merged.answer().at(t).row(row);
                        Answer.Row expected = whole.at(t).row(row);
                        for (int c = 0; c < CLASSES; c++) {
                            assertThat(got.logEvidence(c)).isCloseTo(expected.logEvidence(c), within(1e-5));
                            assertThat(got.direction(c)).isCloseTo(expected.direction(c), within(1e-6));
                            assertThat(got.keys(c)).isEqualTo(expected.keys(c));
                        }
                    }
                }
                assertIllegalArgument(() -> sums.merge(first.partial(query.evidence(false))))
                        .hasMessageContaining("other settings");
                Query some = Query.of(Arrays.copyOfRange(problem.queries(), 0, 7 * DIM))
                        .thetas(5, 40)
                        .evidence(true);
                Query others = Query.of(Arrays.copyOfRange(problem.queries(), DIM, 8 * DIM))
                        .thetas(5, 40)
                        .evidence(true);
                assertIllegalArgument(() -> first.partial(others).merge(second.partial(some)))
                        .hasMessageContaining("other queries");
            }
        }
    }

    @Test
    void sharesOfTheKeysOfAClassAddUpToOne() {
        Problem problem = Problem.random(4, 50, DIM, CLASSES, 3);
        Query query = Query.of(problem.queries()).thetas(7).neighbors(50);
        try (CacheIndex index = problem.index()) {
            Answer answer = index.answer(query);
            Answer partial = index.partial(query).answer();
            for (int row = 0; row < 3; row++) {
                double[] shares = new double[CLASSES];
                for (int place = 0; place < 50; place++) {
                    Neighbor key = answer.row(row).neighbors().get(place);
                    shares[key.label()] += key.share();
                    assertThat(partial.row(row).neighbors().get(place).share()).isCloseTo(key.share(), within(1e-6));
                }
                for (int c = 0; c < CLASSES; c++) {
                    assertThat(shares[c]).as("row %d class %d", row, c).isCloseTo(1, within(1e-5));
                }
            }
        }
    }

    @Test
    void theBatcherAndSnapshotsAndOtherViewsAnswerAlike() throws Exception {
        Problem problem = Problem.random(6, 200, DIM, CLASSES, 40);
        Query query = Query.of(problem.queries()).thetas(9).evidence(true);
        CacheIndex index = problem.index();
        try (Batcher batcher = new Batcher(index, new BatchOptions().maxBatch(16))) {
            Answer direct = index.answer(query);
            Answer batched = batcher.submit(query.within(Duration.ofMinutes(1))).get();
            try (CacheReader snapshot = index.snapshot()) {
                index.remove(key -> key.label() == 0);
                Answer before = snapshot.withoutReduction().answer(query);
                for (int row = 0; row < 40; row++) {
                    Answer.Row expected = direct.row(row);
                    for (int c = 0; c < CLASSES; c++) {
                        assertThat(batched.row(row).logEvidence(c)).isCloseTo(expected.logEvidence(c), within(1e-5));
                        assertThat(batched.row(row).direction(c)).isCloseTo(expected.direction(c), within(1e-5));
                        assertThat(batched.row(row).keys(c)).isEqualTo(expected.keys(c));
                        assertThat(before.row(row).logEvidence(c)).isEqualTo(expected.logEvidence(c));
                        assertThat(before.row(row).direction(c)).isEqualTo(expected.direction(c));
                    }
                }
                assertThat(index.answer(query).row(0).keys(0)).isZero();
            }
        }
    }

    @Test
    void everyTypeAgreesWithTheReference() {
        Problem problem = Problem.random(21, 200, DIM, CLASSES, 5);
        Query query = Query.of(problem.queries()).thetas(3).evidence(true);
        for (ElementType type : ElementType.values()) {
            try (CacheIndex index = problem.builder().type(type).build()) {
                index.add(problem.keys(), problem.labels());
                Answer expected = index.withEngine(Engines.named("reference")).answer(query);
                Answer answer = index.answer(query);
                for (int row = 0; row < 5; row++) {
                    for (int c = 0; c < CLASSES; c++) {
                        assertThat(answer.row(row).direction(c))
                                .as("%s", type)
                                .isCloseTo(expected.row(row).direction(c), within(1e-6));
                    }
                }
            }
        }
    }

    @Test
    void whoAsksForEvidenceOfTheNearestKeysOnlyHasDirectionsWithoutTheta() {
        Problem problem = Problem.random(22, 50, DIM, CLASSES, 1);
        double[] query = Oracle.unit(problem.queries(), DIM)[0];
        try (CacheIndex index = problem.index()) {
            Answer.Row row = index.answer(
                            Query.of(problem.queries()).neighbors(1).evidence(true))
                    .row(0);
            assertThat(row.direction(2)).isCloseTo(problem.oracle().directions(query)[2], within(1e-6));
            assertThat(row.keys(2)).isEqualTo(problem.oracle().count(2));
            assertIllegalState(() -> row.logEvidence(2)).hasMessageContaining("Query.thetas");
        }
    }

    @Test
    void refusesWhatHasNoEvidence() {
        try (CacheIndex index = new CacheIndexBuilder(2, 2).build()) {
            index.add(new float[] {1, 0, 0, 1}, new int[] {0, 1});
            Query query = Query.of(new float[] {1, 1}).thetas(1);
            Answer.Row plain = index.answer(query).row(0);
            assertThat(plain.hasEvidence()).isFalse();
            for (Runnable read :
                    List.<Runnable>of(() -> plain.logEvidence(0), () -> plain.direction(0), () -> plain.keys(0))) {
                assertIllegalState(read::run)
                        .hasMessage("the answer has no evidence for classes: ask for it with Query.evidence");
            }
            Answer.Row row = index.answer(query.evidence(true)).row(0);
            for (int label : new int[] {-1, 2}) {
                for (Runnable read : List.<Runnable>of(
                        () -> row.logEvidence(label), () -> row.direction(label), () -> row.keys(label))) {
                    assertThatThrownBy(read::run).isInstanceOf(IndexOutOfBoundsException.class);
                }
            }
        }
    }
}
