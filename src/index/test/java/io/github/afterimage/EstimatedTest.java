package io.github.afterimage;

import static io.github.afterimage.NaturalKeys.CLASSES;
import static io.github.afterimage.NaturalKeys.DIM;
import static io.github.afterimage.NaturalKeys.QUERIES;
import static io.github.afterimage.NaturalKeys.SIZE;
import static io.github.afterimage.NaturalKeys.covered;
import static io.github.afterimage.NaturalKeys.error;
import static io.github.afterimage.NaturalKeys.estimated;
import static io.github.afterimage.Numbers.filled;
import static io.github.afterimage.Refusals.assertIllegalArgument;
import static io.github.afterimage.Refusals.assertIllegalState;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.afterimage.platform.NativeLibrary;
import io.github.afterimage.serving.Batcher;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Estimates are as near the exact probabilities as their intervals say. */
class EstimatedTest {
    /** Drawn once, because that takes as long as most tests. */
    private static final NaturalKeys DRAWN = new NaturalKeys(11);

    private final float[] keys = DRAWN.keys;
    private final int[] labels = DRAWN.labels;
    private final float[] queries = DRAWN.queries;
    private final Random random = new Random(12);

    @TempDir
    private Path folder;

    @BeforeAll
    static void needsTheKernels() {
        assumeTrue(NativeLibrary.available(), "no native library");
    }

    private CacheIndex open(Path file) throws IOException {
        return CacheIndex.open(file, new OpenOptions().sketch(64).threads(1));
    }

    private Path saved(ElementType type) throws IOException {
        return DRAWN.save(folder, type);
    }

    private FloatBuffer query(int number) {
        return DRAWN.query(number);
    }

    /** Checks the intervals of all queries; returns the mean share of keys that were read. */
    private double check(CacheIndex index, double theta, double tolerance) {
        int covered = 0;
        long read = 0;
        double logMassError = 0;
        for (int query = 0; query < QUERIES; query++) {
            Answer estimated = estimated(index, query(query), theta, tolerance);
            Answer exact = index.answer(Query.of(query(query)).thetas(theta));
            assertThat(estimated.row(0).halfWidth()).isBetween(0.0, tolerance);
            covered += covered(estimated, exact);
            read += estimated.row(0).keysRead();
            logMassError = Math.max(
                    logMassError,
                    Math.abs(estimated.row(0).logMass() - exact.row(0).logMass()));
        }
        assertThat(logMassError).as("of the log mass").isLessThan(0.2);
        String what = "seed 11, theta " + theta + ", within " + tolerance + ": " + covered + " of " + QUERIES
                + " queries covered, " + read / QUERIES + " of " + index.size() + " keys read";
        System.out.println(what);
        // 99 % of 150 are 148.5; 141 would be six standard deviations below.
        assertThat(covered).as(what).isGreaterThanOrEqualTo(141);
        return (double) read / QUERIES / index.size();
    }

    @Test
    void intervalsHoldTheProbabilitiesOfNearlyAllQueriesAndFewKeysAreRead() throws IOException {
        for (ElementType type : new ElementType[] {ElementType.FLOAT32, ElementType.BFLOAT16, ElementType.FLOAT16}) {
            try (CacheIndex index = open(saved(type))) {
                assertThat(check(index, 20, 0.01)).as("share of keys").isLessThan(0.2);
                if (type == ElementType.FLOAT32) { // others are read as fast as they are estimated
                    assertThat(check(index, 5, 0.01)).as("share of keys").isLessThan(0.2);
                }
                check(index, 40, 0.05);
                check(index, 20, 0.001);
            }
        }
        assertThat(MemoryUse.bytes()).isZero();
    }

    @Test
    void extremeThetasAreAnsweredToo() throws IOException {
        try (CacheIndex index = open(saved(ElementType.FLOAT32))) {
            assertThat(check(index, 0, 0.01)).as("share of keys").isLessThan(0.02);
            for (double theta : new double[] {1000, 1e6}) {
                Answer estimated = estimated(index, query(0), theta, 0.01);
                assertThat(estimated.row(0).keysRead()).as("by the plain pass").isEqualTo(SIZE);
                assertThat(estimated.row(0).halfWidth()).isZero();
                assertThat(error(estimated, index.answer(Query.of(query(0)).thetas(theta))))
                        .isLessThan(2e-5);
            }
        }
    }

    @Test
    void anAnswerDependsOnItsQueryAloneAndNotOnTheThreadsOrWhereKeysAre() throws IOException {
        Path file = saved(ElementType.FLOAT32);
        OpenOptions onDisk =
                new OpenOptions().sketch(64).threads(2).verify(false).residentBytes(24 << 20);
        try (CacheIndex index = open(file);
                CacheIndex threads =
                        CacheIndex.open(file, new OpenOptions().sketch(64).threads(3));
                CacheIndex disk = CacheIndex.open(file, onDisk)) {
            List<Answer.Row> forwards = new ArrayList<>();
            for (int query = 0; query < 70; query++) {
                forwards.add(estimated(index, query(query), 20, 0.01).row(0));
            }
            for (int query = 69; query >= 0; query--) {
                for (CacheIndex other : List.of(threads, disk)) {
                    Answer.Row row = estimated(other, query(query), 20, 0.01).row(0);
                    assertThat(row.keysRead()).isEqualTo(forwards.get(query).keysRead());
                    assertThat(row.probabilities())
                            .containsExactly(forwards.get(query).probabilities());
                }
            }
            assertThat(forwards).allMatch(row -> row.keysRead() < SIZE);
        }
    }

    @Test
    void anUnverifiedKeyThatIsNotANumberIsNotIgnored() throws IOException {
        Path file = saved(ElementType.FLOAT32);
        int bad = SIZE / 2 + 9; // learning the components does not read it
        byte[] bytes = Files.readAllBytes(file);
        ByteBuffer floats = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        try (CacheIndex index = open(file)) {
            float[] key = index.encode(FloatBuffer.wrap(keys, bad * DIM, DIM));
            int offset = Math.toIntExact(8 + floats.getLong(0));
            while (floats.getFloat(offset) != key[0] || floats.getFloat(offset + 4) != key[1]) {
                offset += Float.BYTES;
            }
            floats.putFloat(offset, Float.NaN);
        }
        Files.write(file, bytes);
        try (CacheIndex index =
                CacheIndex.open(file, new OpenOptions().sketch(64).threads(1).verify(false))) {
            for (int query = 0; query < 20; query++) {
                FloatBuffer asked = query(query);
                assertIllegalState(() -> estimated(index, asked, 20, 0.01)).hasMessageContaining("not finite numbers");
            }
        }
    }

    @Test
    void keysThatAreAddedWeighedOrRemovedCountAtOnce() throws IOException {
        try (CacheIndex index = open(saved(ElementType.FLOAT32))) {
            check(index, 20, 0.01);
            long bytes = index.statistics().sketchBytes();
            float[] added = Arrays.copyOf(queries, 50 * DIM); // these queries now have a key of their own
            int[] addedLabels = new int[50];
            Arrays.fill(addedLabels, CLASSES - 1);
            index.add(added, addedLabels);
            assertThat(index.statistics().sketchBytes()).isGreaterThan(bytes);
            index.remove(LongStream.range(0, 3000).toArray());
            float[] weights = new float[5000];
            for (int i = 0; i < weights.length; i++) {
                weights[i] = (float) Math.exp(random.nextGaussian());
            }
            index.weigh(LongStream.range(5000, 10_000).toArray(), weights);
            index.weigh(LongStream.range(SIZE, SIZE + 50).toArray(), filled(50, 500));
            check(index, 20, 0.01);
            int others = 0;
            for (int query = 0; query < 50; query++) {
                others += estimated(index, query(query), 20, 0.01).row(0).best() == CLASSES - 1 ? 0 : 1;
            }
            assertThat(others).as("queries whose own key does not decide").isZero();
        }
    }

    @Test
    void aSketchMayKeepAllComponents() throws IOException {
        try (CacheIndex index = CacheIndex.open(
                saved(ElementType.BFLOAT16), new OpenOptions().sketch(DIM).threads(1))) {
            check(index, 20, 0.01);
            assertThat(index.statistics().sketchBytes())
                    .as("a quarter of a byte for each")
                    .isLessThan(index.size() * (DIM / 4 + 4));
        }
    }

    @Test
    void whatHasNoSketchIsRefused() throws IOException {
        assertIllegalArgument(() -> new OpenOptions().sketch(70))
                .hasMessage("sketch 70: expected a multiple of 32 components, or 0 for none");
        Path file = saved(ElementType.FLOAT32);
        assertIllegalArgument(() -> CacheIndex.open(file, new OpenOptions().sketch(192)))
                .hasMessageContaining("a sketch of 192 components: expected at most 160");
        Path int8 = saved(ElementType.INT8);
        assertIllegalArgument(() -> open(int8)).hasMessageContaining("a sketch of i8 keys");
        Path few = folder.resolve("few.safetensors");
        try (CacheIndex index = new CacheIndexBuilder(DIM, CLASSES).build()) {
            index.add(Arrays.copyOf(keys, DIM), new int[] {1});
            index.save(few);
        }
        assertIllegalArgument(() -> open(few)).hasMessageContaining("a sketch of 64 components of 1 keys");
        assertThat(MemoryUse.bytes()).isZero();
    }

    /** Larger batches pay if keys are long. */
    @Test
    void theQueriesOfABatchHaveTheirOwnAnswers() throws IOException {
        int dim = 1536;
        int size = 8000;
        float[] longKeys = new float[size * dim];
        for (int i = 0; i < longKeys.length; i++) {
            longKeys[i] = (float) (random.nextGaussian() / Math.sqrt(1 + i % dim));
        }
        Path file = folder.resolve("long.safetensors");
        try (CacheIndex index = new CacheIndexBuilder(dim, CLASSES).build()) {
            index.add(longKeys, Arrays.copyOf(labels, size));
            index.save(file);
        }
        for (int threads : new int[] {1, 4}) {
            try (CacheIndex index = CacheIndex.open(
                    file, new OpenOptions().sketch(64).threads(threads).audit(0.5))) {
                int covered = 0;
                for (int first = 0; first < 96; first += 3) {
                    FloatBuffer batch = FloatBuffer.wrap(longKeys, first * dim, 3 * dim);
                    Answer estimated = estimated(index, batch, 10, 0.03);
                    Answer exact = index.answer(Query.of(batch).thetas(10));
                    covered += covered(estimated, exact);
                }
                SketchAudit audit = index.statistics().estimates();
                String what = threads + " threads, seed 11: " + covered + " of 96 covered, " + audit;
                System.out.println(what);
                assertThat(covered).as(what).isGreaterThan(90);
                assertThat(audit.estimated()).as(what).isGreaterThan(60);
                assertThat(audit.missed()).as(what).isLessThan(4);
            }
        }
    }

    private static void checkExact(CacheIndex index, Query query) {
        Answer allowed = index.answer(query.tolerance(0.01));
        Answer exact = index.answer(query);
        assertThat(allowed.row(0).halfWidth()).isZero();
        assertThat(allowed.row(0).keysRead()).isEqualTo(allowed.keys()).isEqualTo(exact.keys());
        assertThat(error(allowed, exact)).isLessThan(2e-5);
        assertThat(allowed.row(0).logMass()).isCloseTo(exact.row(0).logMass(), within(1e-4));
    }

    @Test
    void answersAreExactWhereASketchIsOfNoUse() throws IOException {
        Query one = Query.of(query(0)).thetas(20);
        Path file = saved(ElementType.FLOAT32);
        try (CacheIndex index = open(file)) {
            assertThat(index.answer(one.tolerance(0.01)).row(0).keysRead()).isLessThan(SIZE / 4);
            checkExact(index, Query.of(queries).thetas(20));
            checkExact(index, one.thetas(20, 30));
            checkExact(index, one.neighbors(3));
            checkExact(index, one.only(KeySet.labels(1, 2)));
            checkExact(index, one.excludingEach(7));
            assertThat(index.answer(one.tolerance(1e-6)).row(0).keysRead()).isEqualTo(SIZE);
            assertThat(index.answer(Query.of(query(0)).thetas(20)).row(0).halfWidth())
                    .isZero();
        }
        try (CacheIndex plain = CacheIndex.open(file)) {
            checkExact(plain, one);
        }
    }

    @Test
    void aBatcherAnswersEachQueryWithItsTolerance() throws IOException {
        Query one = Query.of(query(0)).thetas(20);
        try (Batcher batcher = new Batcher(open(saved(ElementType.FLOAT32)))) {
            Answer exact = batcher.submit(one).join();
            Answer estimated = batcher.submit(one.tolerance(0.01)).join();
            assertThat(exact.row(0).halfWidth()).isZero();
            assertThat(exact.row(0).keysRead()).isEqualTo(SIZE);
            assertThat(estimated.row(0).halfWidth()).isBetween(1e-6, 0.01);
            assertThat(estimated.row(0).keysRead()).isLessThan(SIZE / 4);
            assertThat(error(estimated, exact)).isLessThanOrEqualTo(0.01);
            Answer many =
                    batcher.submit(Query.of(queries).thetas(20).tolerance(0.01)).join();
            assertThat(many.batch()).isEqualTo(QUERIES);
            assertThat(many.row(QUERIES - 1).halfWidth()).isZero();
        }
    }

    @Test
    void aToleranceOutOfRangeIsRefused() {
        for (double tolerance : new double[] {-1, 1e-7, 2, Double.NaN, Double.POSITIVE_INFINITY}) {
            assertIllegalArgument(() -> Query.of(queries).tolerance(tolerance))
                    .hasMessage("tolerance " + tolerance
                            + ": expected 1.0E-6 to 1, of a probability, or 0 for exact probabilities");
        }
    }

    @Test
    void removedKeysDoNotCountAtThetaZero() throws IOException {
        try (CacheIndex index = open(saved(ElementType.FLOAT32))) {
            index.remove(LongStream.range(0, SIZE)
                    .filter(id -> labels[(int) id] == 0)
                    .toArray());
            Answer estimated = estimated(index, query(0), 0, 0.01);
            assertThat(estimated.row(0).probability(0)).isZero();
            assertThat(error(estimated, index.answer(Query.of(query(0)).thetas(0))))
                    .isLessThan(0.01);
        }
    }

    @Test
    void intervalsHoldIfEveryKeyIsThereTwiceOrAllKeysWeighAMillion() throws IOException {
        Path file = folder.resolve("twice.safetensors");
        try (CacheIndex index = new CacheIndexBuilder(DIM, CLASSES).build()) {
            index.add(keys, labels);
            index.add(keys, labels);
            float[] weights = filled(2 * SIZE, 1e6f);
            index.weigh(LongStream.range(0, 2 * SIZE).toArray(), weights);
            index.save(file);
        }
        try (CacheIndex index =
                CacheIndex.open(file, new OpenOptions().sketch(64).threads(2))) {
            assertThat(check(index, 20, 0.01)).as("share of keys").isLessThan(0.2);
            check(index, 60, 0.01);
        }
    }

    @Test
    void identicalKeysAndAGreatFirstThetaHaveAnAnswer() throws IOException {
        NaturalKeys same = new NaturalKeys(11);
        for (int k = 1; k < SIZE; k++) {
            System.arraycopy(keys, 0, same.keys, k * DIM, DIM);
        }
        for (double theta : new double[] {1e6, 300, 1}) {
            try (CacheIndex index = open(same.save(folder, ElementType.FLOAT32))) {
                Answer estimated = estimated(index, query(0), theta, 0.01);
                assertThat(error(estimated, index.answer(Query.of(query(0)).thetas(theta))))
                        .isLessThan(0.02);
            }
        }
    }
}
