package io.github.afterimage;

import static io.github.afterimage.Numbers.normals;
import static io.github.afterimage.Refusals.assertIllegalArgument;
import static io.github.afterimage.Refusals.assertNotEnoughMemory;
import static io.github.afterimage.Slopes.assertSlopes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.sun.management.ThreadMXBean;
import io.github.afterimage.serving.BatchOptions;
import io.github.afterimage.serving.Batcher;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClassFactorTest {
    private static final double[] THETAS = {0, 10, 90};
    private static final double[] BETAS = {0, 1, 20, 1000};
    private static final int DIM = 24;
    private static final int CLASSES = 7;

    @TempDir
    Path folder;

    private static double tolerance(double theta, double beta) {
        return 2e-6 + 3e-7 * (theta + beta);
    }

    @ForEachEngine
    void agreesWithTheDefinition(Engine engine) {
        for (int batch : new int[] {1, 5, 70}) {
            Problem problem = Problem.random(batch, 300, DIM, CLASSES, batch);
            double[][] queries = Oracle.unit(problem.queries(), DIM);
            Oracle oracle = problem.oracle();
            try (CacheIndex index = problem.index()) {
                Query query = Query.of(problem.queries()).thetas(THETAS).classFactor(BETAS);
                Answer answer = index.withEngine(engine).answer(query);
                Answer plain = index.withEngine(engine).answer(query.classFactor());
                for (int t = 0; t < THETAS.length; t++) {
                    for (int b = 0; b < BETAS.length; b++) {
                        Answer got = answer.at(t, b);
                        for (int row = 0; row < batch; row++) {
                            double[] expected = oracle.probabilities(queries[row], THETAS[t], BETAS[b]);
                            assertAnswer(got, row, expected, tolerance(THETAS[t], BETAS[b]));
                            assertThat(got.row(row).logMass())
                                    .isEqualTo(plain.at(t).row(row).logMass());
                            if (BETAS[b] == 0) {
                                assertThat(got.row(row).probabilities())
                                        .isEqualTo(plain.at(t).row(row).probabilities());
                            }
                        }
                    }
                }
            }
        }
    }

    private static void assertAnswer(Answer got, int row, double[] expected, double tolerance) {
        double sum = 0;
        for (int c = 0; c < expected.length; c++) {
            float p = got.row(row).probability(c);
            sum += p;
            assertThat((double) p).as("row %d class %d", row, c).isCloseTo(expected[c], within(tolerance));
            double product = got.row(row).probabilityOfKeys(c) * got.row(row).classFactor(c);
            if (got.row(row).probabilityOfKeys(c) > 1e-30) {
                assertThat(product).isCloseTo(p, within(1e-6));
            }
        }
        assertThat(sum).isCloseTo(1, within(2e-6));
    }

    @Test
    void aClassWithoutKeysHasProbabilityZero() {
        try (CacheIndex index = new CacheIndexBuilder(2, 4).build()) {
            index.add(new float[] {1, 0, 0, 1}, new int[] {1, 3}); // one key a class
            Answer answer = answer(index, new float[] {1, 2}, 3, 5);
            double product = (2 - 1) / Math.sqrt(5) * (3 + 5);
            assertThat(answer.row(0).probabilities())
                    .containsExactly(
                            new float[] {
                                0, (float) (1 / (1 + Math.exp(product))), 0, (float) (1 / (1 + Math.exp(-product)))
                            },
                            within(1e-6f));
            assertThat(answer.row(0).classFactor(0)).isZero();
        }
    }

    private static Answer answer(CacheIndex index, float[] queries, double theta, double beta) {
        return index.answer(Query.of(queries).thetas(theta).classFactor(beta));
    }

    @Test
    void oneClassIsCertainAndOppositeKeysHaveTheFactorOne() {
        try (CacheIndex one = new CacheIndexBuilder(2, 1).build();
                CacheIndex two = new CacheIndexBuilder(2, 2).build()) {
            one.add(new float[] {1, 0, 0, 1}, new int[2]);
            assertThat(answer(one, new float[] {-1, 0}, 90, 1e300).row(0).probabilities())
                    .containsExactly(1f);
            two.add(new float[] {3, 4, -3, -4, 4, -3}, new int[] {0, 0, 1});
            Answer answer = answer(two, new float[] {3, 4}, 0, 30);
            assertThat(answer.row(0).probabilities()).containsExactly(new float[] {2 / 3f, 1 / 3f}, within(1e-6f));
        }
    }

    @ForEachEngine
    void everyFiniteBetaGivesFiniteProbabilities(Engine engine) {
        Problem problem = Problem.random(3, 40, DIM, CLASSES, 9);
        try (CacheIndex index = problem.index()) {
            double[] extremes = {1e-300, 1e-3, 700, 1e5, 1e9, Double.MAX_VALUE};
            double[] thetas = {0, 90, 1e5, 1e9};
            Answer answer = index.withEngine(engine)
                    .answer(Query.of(problem.queries()).thetas(thetas).classFactor(extremes));
            for (int i = 0; i < thetas.length * extremes.length; i++) {
                Answer some = answer.at(i / extremes.length, i % extremes.length);
                for (int row = 0; row < some.batch(); row++) {
                    double sum = 0;
                    for (float p : some.row(row).probabilities()) {
                        assertThat(p).isBetween(0f, 1f);
                        sum += p;
                    }
                    assertThat(sum).isCloseTo(1, within(2e-6));
                    assertThat(some.row(row).classFactor(0)).isNotNaN();
                }
            }
        }
    }

    @ForEachEngine
    void someKeysAnswerAsIfThereWereNoOthers(Engine engine) {
        Problem problem = Problem.random(11, 400, DIM, CLASSES, 6);
        double[][] queries = Oracle.unit(problem.queries(), DIM);
        long[] few = {3, 17, 18, 19, 30, 70, 99, 200, 399};
        Query query = Query.of(problem.queries()).thetas(12).classFactor(15);
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
                for (int row = 0; row < queries.length; row++) {
                    assertAnswer(answer, row, problem.oracle(chosen).probabilities(queries[row], 12, 15), 2e-5);
                }
            });
        }
    }

    private static int[] keys(Problem problem, IntPredicate chosen) {
        return IntStream.range(0, problem.size()).filter(chosen).toArray();
    }

    @ForEachEngine
    void aKeyThatIsLeftOutLeavesTheMeanOfItsClass(Engine engine) {
        Problem problem = Problem.random(5, 60, DIM, CLASSES, 1);
        double[][] keys = Oracle.unit(problem.keys(), DIM);
        long[] ids = IntStream.range(0, 60).asLongStream().toArray();
        ids[7] = -1;
        Query query = Query.of(problem.keys()).thetas(20).classFactor(0, 9).excludingEach(ids);
        try (CacheIndex index = problem.index()) {
            Answer answer = index.withEngine(engine).answer(query);
            for (int row = 0; row < 60; row++) {
                int own = (int) ids[row];
                double[] expected =
                        problem.oracle(keys(problem, id -> id != own)).probabilities(keys[row], 20, 9);
                assertAnswer(answer.at(0, 1), row, expected, 1e-5);
            }
        }
        try (CacheIndex index = new CacheIndexBuilder(2, 2).build()) { // no key is left of the class
            index.add(new float[] {1, 0, 0, 1}, new int[] {0, 1});
            Query alone = Query.of(new float[] {1, 0}).thetas(5).classFactor(5).excludingEach(0);
            assertThat(index.answer(alone).row(0).probabilities()).containsExactly(0f, 1f);
        }
    }

    @ForEachEngine
    void theGradientIsThatOfTheDefinition(Engine engine) {
        Problem problem = Problem.random(8, 90, DIM, CLASSES, 4);
        double[][] queries = Oracle.unit(problem.queries(), DIM);
        Random random = new Random(8);
        float[] cotangents = normals(random, 4 * CLASSES);
        try (CacheIndex index = problem.index()) {
            for (long[] left : new long[][] {{}, {3, -1, 50, 0}}) {
                float[] got = index.withEngine(engine)
                        .gradient(
                                Query.of(problem.queries())
                                        .thetas(6)
                                        .classFactor(11)
                                        .excludingEach(left),
                                cotangents);
                for (int row = 0; row < 4; row++) {
                    int own = left.length == 0 ? -1 : (int) left[row];
                    Oracle oracle = problem.oracle(keys(problem, id -> id != own));
                    // The index gives the gradient with respect to the unit query.
                    assertSlopes(got, row, queries[row], cotangents, q -> oracle.probabilities(q, 6, 11), 2e-4);
                }
            }
        }
    }

    @Test
    void theGradientOfManyQueriesIsThatOfEachAndTakesMemoryInProportion() {
        int classes = 100;
        int few = 1100; // more than two blocks
        int many = 8 * few;
        Problem problem = Problem.random(9, 300, 2, classes, many);
        float[] cotangents = normals(new Random(9), many * classes);
        try (CacheIndex index = problem.index()) {
            gradient(index, problem, cotangents, 1); // loads classes
            long before = allocated();
            float[] ofFew = gradient(index, problem, cotangents, few);
            long bytes = allocated() - before;
            float[] ofMany = gradient(index, problem, cotangents, many);
            assertThat(allocated() - before - bytes).isLessThan(12 * bytes);
            assertThat(Arrays.copyOf(ofMany, ofFew.length)).containsExactly(ofFew, within(1e-4f));
        }
    }

    private static float[] gradient(CacheIndex index, Problem problem, float[] cotangents, int count) {
        Query query =
                Query.of(Arrays.copyOf(problem.queries(), 2 * count)).thetas(6).classFactor(11);
        return index.gradient(query, Arrays.copyOf(cotangents, count * index.classes()));
    }

    private static long allocated() {
        return ((ThreadMXBean) ManagementFactory.getThreadMXBean())
                .getThreadAllocatedBytes(Thread.currentThread().getId());
    }

    @Test
    void partsMergeToTheAnswerOfTheWhole() throws IOException {
        Problem problem = Problem.random(14, 500, DIM, CLASSES, 8);
        Query query = Query.of(problem.queries()).thetas(5, 40).classFactor(0, 12);
        Path file = folder.resolve("parts.safetensors");
        try (CacheIndex index = problem.builder().build()) {
            for (int half = 0; half < 2; half++) { // each save writes a part
                int from = half * 300;
                int to = 300 + half * 200;
                index.add(
                        Arrays.copyOfRange(problem.keys(), from * DIM, to * DIM),
                        Arrays.copyOfRange(problem.labels(), from, to));
                index.save(file);
            }
            try (CacheIndex first = CacheIndex.open(file, new OpenOptions().parts(0, 1));
                    CacheIndex second = CacheIndex.open(file, new OpenOptions().parts(1, 2))) {
                assertThat(second.size()).isBetween(1L, 499L);
                PartialAnswer sums = second.partial(query);
                PartialAnswer merged = sums.merge(first.partial(query));
                assertThat(merged.bytes()).isPositive();
                Answer whole = index.answer(query);
                for (int i = 0; i < 4; i++) {
                    Answer got = merged.answer().points().get(i);
                    Answer expected = whole.at(i / 2, i % 2);
                    for (int row = 0; row < 8; row++) {
                        assertThat(got.row(row).probabilities())
                                .containsExactly(expected.row(row).probabilities(), within(2e-6f));
                        assertThat(got.row(row).classFactor(2))
                                .isCloseTo(expected.row(row).classFactor(2), within(1e-4));
                    }
                }
                assertIllegalArgument(() -> sums.merge(first.partial(query.classFactor(0, 0))))
                        .hasMessageContaining("other betas");
                assertIllegalArgument(() -> sums.merge(first.partial(query.classFactor(0, 13))))
                        .hasMessageContaining("other queries or betas");
            }
        }
    }

    @Test
    void sharesOfTheKeysOfAClassAddUpToItsProbability() {
        Problem problem = Problem.random(4, 50, DIM, CLASSES, 3);
        try (CacheIndex index = problem.index()) {
            Answer answer = index.answer(
                    Query.of(problem.queries()).thetas(7).classFactor(14).neighbors(50));
            Answer partial = index.partial(Query.of(problem.queries())
                            .thetas(7)
                            .classFactor(14)
                            .neighbors(50))
                    .answer();
            for (int row = 0; row < 3; row++) {
                double[] shares = new double[CLASSES];
                for (int place = 0; place < 50; place++) {
                    Neighbor key = answer.row(row).neighbors().get(place);
                    shares[key.label()] += key.share();
                    assertThat(partial.row(row).neighbors().get(place).share()).isCloseTo(key.share(), within(1e-6));
                }
                for (int c = 0; c < CLASSES; c++) {
                    assertThat(shares[c]).isCloseTo(answer.row(row).probability(c), within(1e-5));
                }
            }
        }
    }

    @Test
    void theBatcherAndSnapshotsAndOtherViewsAnswerAlike() throws Exception {
        Problem problem = Problem.random(6, 200, DIM, CLASSES, 40);
        Query query = Query.of(problem.queries()).thetas(9).classFactor(21, 3);
        CacheIndex index = problem.index();
        try (Batcher batcher = new Batcher(index, new BatchOptions().maxBatch(16))) {
            Answer direct = index.answer(query);
            Answer batched = batcher.submit(query.within(Duration.ofMinutes(1))).get();
            Answer alone = batcher.submit(query.classFactor(3)).get();
            try (CacheIndex snapshot = index.snapshot()) {
                index.remove(key -> key.label() == 0);
                Answer before = snapshot.withoutReduction().answer(query);
                for (int row = 0; row < 40; row++) {
                    for (int b = 0; b < 2; b++) {
                        float[] expected = direct.at(0, b).row(row).probabilities();
                        assertThat(batched.at(0, b).row(row).probabilities()).containsExactly(expected, within(1e-5f));
                        assertThat(before.at(0, b).row(row).probabilities()).isEqualTo(expected);
                        assertThat(batched.at(0, b).row(row).classFactor(1))
                                .isCloseTo(direct.at(0, b).row(row).classFactor(1), within(1e-4));
                        assertThat(batched.at(0, b).row(row).probabilityOfKeys(1))
                                .isCloseTo(direct.at(0, b).row(row).probabilityOfKeys(1), within(1e-6f));
                    }
                    assertThat(alone.row(row).probabilities())
                            .containsExactly(direct.at(0, 1).row(row).probabilities(), within(1e-5f));
                }
                assertThat(index.answer(query).row(0).probability(0)).isZero();
            }
        }
    }

    @Test
    void everyTypeAgreesWithTheReference() {
        Problem problem = Problem.random(21, 200, DIM, CLASSES, 5);
        Query query = Query.of(problem.queries()).thetas(0).classFactor(20); // theta 0: factors only
        for (ElementType type : ElementType.values()) {
            try (CacheIndex index = problem.builder().type(type).build()) {
                index.add(problem.keys(), problem.labels());
                Answer expected = index.withEngine(Engines.named("reference")).answer(query);
                Answer answer = index.answer(query);
                for (int row = 0; row < 5; row++) {
                    assertThat(answer.row(row).probabilities())
                            .containsExactly(expected.row(row).probabilities(), within(1e-5f));
                }
            }
        }
    }

    @Test
    void addsWhileQueriesRunAndEachSeesTheMeansOfItsKeys() throws Exception {
        int size = 400;
        Problem problem = Problem.random(2, size, DIM, CLASSES, 3);
        Query query = Query.of(problem.queries()).thetas(8).classFactor(13);
        List<Answer> answers = new ArrayList<>();
        try (CacheIndex index = problem.builder().build()) {
            index.add(Arrays.copyOf(problem.keys(), DIM), Arrays.copyOf(problem.labels(), 1));
            CompletableFuture<Void> adding = CompletableFuture.runAsync(() -> {
                for (int key = 1; key < size; key++) {
                    index.add(
                            Arrays.copyOfRange(problem.keys(), key * DIM, (key + 1) * DIM),
                            new int[] {problem.labels()[key]});
                }
            });
            do {
                answers.add(index.answer(query));
            } while (!adding.isDone());
            adding.get();
            answers.add(index.answer(query));
        }
        for (int i = 0; i < answers.size(); i += Math.max(1, answers.size() / 20)) {
            Answer answer = answers.get(i);
            int keys = (int) answer.keys();
            try (CacheIndex prefix = problem.builder().build()) {
                prefix.add(Arrays.copyOf(problem.keys(), keys * DIM), Arrays.copyOf(problem.labels(), keys));
                Answer expected = prefix.answer(query);
                for (int row = 0; row < 3; row++) {
                    assertThat(answer.row(row).probabilities())
                            .as("%d keys", keys)
                            .containsExactly(expected.row(row).probabilities(), within(1e-5f));
                }
            }
        }
    }

    @Test
    void anIndexThatForgetsKeysAnswersWithTheBitsOfOneThatNeverHadThem() throws IOException {
        Problem problem = Problem.random(16, 300, DIM, CLASSES, 10);
        Query query = Query.of(problem.queries()).thetas(15).classFactor(10);
        int half = 150;
        float[] first = Arrays.copyOf(problem.keys(), half * DIM);
        int[] labels = Arrays.copyOf(problem.labels(), half);
        try (CacheIndex forgetful = problem.builder().build();
                CacheIndex ignorant = problem.builder().build()) {
            ignorant.add(first, labels);
            forgetful.add(first, labels);
            forgetful.answer(query);
            long added = forgetful
                    .add(
                            Arrays.copyOfRange(problem.keys(), half * DIM, 300 * DIM),
                            Arrays.copyOfRange(problem.labels(), half, 300))
                    .first();
            forgetful.answer(query);
            forgetful.remove(IntStream.range(0, half).mapToLong(i -> added + i).toArray());
            forgetful.compact();
            Answer expected = ignorant.answer(query);
            assertSameBits(forgetful.answer(query), expected);
            Path file = folder.resolve("forgot.safetensors");
            forgetful.files().saveWhole(file, Map.of());
            try (CacheIndex opened = CacheIndex.open(file)) {
                assertSameBits(opened.answer(query), expected);
            }
        }
    }

    @Test
    void changesOfALogThatAreMadeAgainGiveTheBitsOfTheirKeys() throws IOException {
        Problem problem = Problem.random(18, 200, DIM, CLASSES, 10);
        Query query = Query.of(problem.queries()).thetas(15).classFactor(10);
        Path file = folder.resolve("logged.safetensors");
        OpenOptions logged = new OpenOptions().log(Durability.never());
        try (CacheIndex index = problem.builder().build()) {
            index.add(Arrays.copyOf(problem.keys(), 100 * DIM), Arrays.copyOf(problem.labels(), 100));
            index.save(file);
        }
        float[] others = Arrays.copyOfRange(problem.keys(), 100 * DIM, 200 * DIM);
        try (CacheIndex index = CacheIndex.open(file, logged)) {
            index.answer(query);
            index.add(others, Arrays.copyOfRange(problem.labels(), 100, 200));
            index.remove(LongStream.range(0, 100).filter(id -> id % 3 == 0).toArray());
        }
        try (CacheIndex again = CacheIndex.open(file, logged);
                CacheIndex fresh = problem.builder().build()) {
            again.answer(query);
            again.remove(2);
            again.compact();
            int[] kept = keys(problem, id -> id > 2 && (id >= 100 || id % 3 != 0) || id == 1);
            for (int id : kept) {
                fresh.add(
                        Arrays.copyOfRange(problem.keys(), id * DIM, (id + 1) * DIM), new int[] {problem.labels()[id]});
            }
            fresh.compact();
            assertSameBits(again.answer(query), fresh.answer(query));
        }
    }

    private static void assertSameBits(Answer answer, Answer expected) {
        for (int row = 0; row < expected.batch(); row++) {
            assertThat(answer.row(row).probabilities())
                    .isEqualTo(expected.row(row).probabilities());
            for (int c = 0; c < CLASSES; c++) {
                assertThat(answer.row(row).classFactor(c))
                        .isEqualTo(expected.row(row).classFactor(c));
            }
        }
    }

    @Test
    void meansCountAsMemoryFromTheFirstFactorOnAndAreRefusedBeyondTheLimit() {
        long limit = MemoryUse.limit();
        try (CacheIndex index = new CacheIndexBuilder(1000, 4000).build()) {
            float[] keys = new float[3 * 1000];
            keys[0] = keys[1001] = keys[2002] = 1;
            index.add(keys, new int[] {0, 1, 3999}); // two blocks
            Query query = Query.of(Arrays.copyOf(keys, 1000)).thetas(1);
            index.answer(query);
            long withoutFactor = MemoryUse.bytes(MemoryKind.HOST);
            try {
                MemoryUse.limit(limit - MemoryUse.free() + 59_999);
                assertNotEnoughMemory(() -> index.answer(query.classFactor(1)));
                index.answer(query);
            } finally {
                MemoryUse.limit(limit);
            }
            index.answer(query.classFactor(1));
            assertThat(MemoryUse.bytes(MemoryKind.HOST) - withoutFactor).isBetween(60_000L, 200_000L);
            index.add(keys, new int[] {5, 6, 7});
            index.answer(query.classFactor(1));
        }
    }

    @Test
    void aFileKeepsTheSharpnessOfTheClassFactor() throws IOException {
        Path file = folder.resolve("beta.safetensors");
        try (CacheIndex index = new CacheIndexBuilder(2, 2).build()) {
            index.add(new float[] {1, 0, 0, 1}, new int[] {0, 1});
            Hyperparameters tuned = new Hyperparameters(3, 0.5, 7);
            index.files().save(file, tuned.attributes());
            try (CacheIndex opened = CacheIndex.open(file)) {
                assertThat(Hyperparameters.of(opened.attributes())).isEqualTo(tuned);
            }
            index.files().save(file, new Hyperparameters(3, 0.5).attributes());
            try (CacheIndex opened = CacheIndex.open(file)) {
                assertThat(Hyperparameters.of(opened.attributes()).beta()).isZero();
            }
            assertIllegalArgument(() -> index.files().save(file, Map.of("beta", "-1")))
                    .hasMessageContaining("beta \"-1\"");
        }
    }

    @Test
    void refusesWhatHasNoFactor() {
        assertIllegalArgument(() -> Query.of(new float[2]).classFactor(1, -1))
                .hasMessageContaining("beta -1.0: expected a finite number that is not negative");
        assertIllegalArgument(() -> new Hyperparameters(1, 1, Double.POSITIVE_INFINITY));
        try (CacheIndex index = new CacheIndexBuilder(2, 2).build()) {
            index.add(new float[] {1, 0, 0, 1}, new int[] {0, 1});
            Query query = Query.of(new float[] {1, 1}).thetas(1).classFactor(2);
            assertThatThrownBy(() -> index.partial(query.excludingEach(1))).hasMessageContaining("excludingEach");
            assertThatThrownBy(() -> index.gradient(query.classFactor(1, 2), new float[2]))
                    .hasMessageContaining("2 betas");
        }
    }
}
