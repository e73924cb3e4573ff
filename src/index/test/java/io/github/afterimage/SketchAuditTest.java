package io.github.afterimage;

import static io.github.afterimage.Refusals.assertIllegalArgument;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.afterimage.platform.MemoryLedger;
import io.github.afterimage.platform.NativeLibrary;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.function.IntFunction;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rare keys lie in directions that a sketch does not keep, so estimates for queries near them are wrong. */
class SketchAuditTest {
    private static final int DIM = 160;
    private static final int KEPT = 100;
    private static final int SIZE = 24_000;
    private static final int RARE = 100;
    private static final int CENTRES = 200;
    private static final double THETA = 20;

    private final Random random = new Random(21);
    private final float[] keys = new float[SIZE * DIM];
    private final int[] labels = new int[SIZE];

    @TempDir
    private Path folder;

    @BeforeAll
    static void needsTheKernels() {
        assumeTrue(NativeLibrary.available(), "no native library");
    }

    /** The last keys are the rare ones; the others lie around centres. */
    @BeforeEach
    void draw() {
        float[][] centres = new float[CENTRES][];
        for (int c = 0; c < CENTRES; c++) {
            centres[c] = row(0, KEPT, 1);
        }
        for (int k = 0; k < SIZE; k++) {
            boolean rare = k >= SIZE - RARE;
            int centre = random.nextInt(CENTRES);
            labels[k] = rare ? 2 : centre % 2;
            put(k, rare ? row(KEPT, DIM, 1) : sum(1, centres[centre], 0.5, row(0, KEPT, 1)));
        }
    }

    /** Returns a row of falling values, as activations have them, scaled to a norm. */
    private float[] row(int from, int to, double norm) {
        float[] row = new float[DIM];
        double squares = 0;
        for (int i = from; i < to; i++) {
            row[i] = (float) (random.nextGaussian() / Math.sqrt(1 + i));
            squares += row[i] * row[i];
        }
        return sum(norm / Math.sqrt(squares), row, 0, row);
    }

    private static float[] sum(double a, float[] first, double b, float[] second) {
        float[] sum = new float[DIM];
        for (int i = 0; i < DIM; i++) {
            sum[i] = (float) (a * first[i] + b * second[i]);
        }
        return sum;
    }

    private void put(int key, float[] row) {
        System.arraycopy(row, 0, keys, key * DIM, DIM);
    }

    private float[] key(int key) {
        return Arrays.copyOfRange(keys, key * DIM, (key + 1) * DIM);
    }

    /** Returns a query near a rare key, whose sketch is that of a key of another class. */
    private float[] between(int number) {
        return sum(0.5, key(number), 0.8, key(SIZE - RARE + number));
    }

    private CacheIndex open(double audited) throws IOException {
        return open(ElementType.FLOAT32, audited);
    }

    private CacheIndex open(ElementType type, double audited) throws IOException {
        Path file = folder.resolve("rare.safetensors");
        try (CacheIndex index = new CacheIndexBuilder(DIM, 3).type(type).build()) {
            index.add(keys, labels);
            index.save(file);
        }
        return CacheIndex.open(file, new OpenOptions().sketch(64).audit(audited).threads(1));
    }

    /** Returns the number of answers whose interval does not hold. */
    private int missed(CacheIndex index, int count, IntFunction<float[]> queries) {
        int missed = 0;
        for (int number = 0; number < count; number++) {
            float[] query = queries.apply(number);
            Answer estimated = index.answer(Query.of(query).thetas(THETA).tolerance(0.01));
            missed += 1 - NaturalKeys.covered(estimated, index.query(query, THETA));
        }
        return missed;
    }

    @Test
    void anAuditFindsWrongIntervalsAndThePlainPassAnswersThen() throws IOException {
        try (CacheIndex index = open(0)) {
            assertThat(missed(index, RARE, this::between))
                    .as("without an audit, seed 21")
                    .isGreaterThan(RARE / 2);
            assertThat(index.statistics().estimates().audited()).isZero();
            assertThat(index.statistics().estimates().missRate()).isNaN();
        }
        try (CacheIndex index = open(1)) {
            int missed = missed(index, RARE, this::between);
            SketchAudit audit = index.statistics().estimates();
            assertThat(missed).as("with an audit, seed 21").isBetween(1, 5);
            assertThat(audit.missed()).isEqualTo(missed);
            assertThat(audit.audited()).isEqualTo(audit.estimated()).isLessThan(RARE);
            assertThat(audit.maxMissRate()).isGreaterThanOrEqualTo(audit.missRate());
            index.add(keys, labels); // other keys are measured again
            assertThat(missed(index, 20, this::key)).as("1 % may miss").isLessThan(3);
            assertThat(index.statistics().estimates().estimated()).isGreaterThan(audit.estimated());
        }
    }

    @Test
    void estimatesComeBackWhenQueriesAreLikeTheKeysAgain() throws IOException {
        try (CacheIndex index = open(1)) {
            assertThat(missed(index, 1, this::between)).isEqualTo(1);
            assertThat(missed(index, 20, this::key)).as("by the plain pass").isZero();
            assertThat(index.statistics().estimates().audited()).isEqualTo(1);
            long estimated = index.statistics().estimates().estimated();
            assertThat(missed(index, 190, this::key)).as("seed 21").isLessThan(9);
            assertThat(index.statistics().estimates().estimated()).isGreaterThan(estimated + 20);
        }
    }

    @Test
    void refusedMemoryEndsInARightAnswerOrARefusal() throws IOException {
        long before = MemoryUse.bytes();
        long limit = MemoryUse.limit();
        int answered = 0;
        int refused = 0;
        try (CacheIndex index = open(1)) {
            assertThat(missed(index, 1, this::key)).isZero(); // measures intervals
            for (long room = 1 << 12; room < 1 << 24; room += room / 4) {
                float[] query = key(answered + refused);
                Answer exact = index.query(query, THETA);
                MemoryUse.limit(MemoryLedger.claimedBytes() + room);
                try {
                    Answer answer = index.answer(Query.of(query).thetas(THETA).tolerance(0.01));
                    assertThat(NaturalKeys.error(answer, exact)).isLessThan(0.02);
                    answered++;
                } catch (NotEnoughMemoryException e) {
                    refused++;
                } finally {
                    MemoryUse.limit(limit);
                }
            }
            System.out.println("seed 21: " + answered + " answers, " + refused + " refusals, "
                    + index.statistics().estimates());
            assertThat(index.statistics().estimates().audited())
                    .isBetween(1L, index.statistics().estimates().estimated());
        }
        assertThat(answered).isPositive();
        assertThat(refused).isPositive();
        assertThat(MemoryUse.bytes()).isEqualTo(before);
    }

    @Test
    void anEngineThatRoundsQueriesIsNoMeasureOfEstimates() throws IOException {
        try (CacheIndex index = open(ElementType.BFLOAT16, 1)) {
            for (int number = 0; number < 300; number++) {
                float[] query = sum(0.6, key(number), 0.5, key(number + 1));
                index.answer(Query.of(query).thetas(2 * THETA).tolerance(0.0005));
            }
            SketchAudit audit = index.statistics().estimates();
            assertThat(audit.estimated()).as("seed 21").isGreaterThan(60);
            assertThat(audit.missed()).as("seed 21").isLessThan(9);
        }
    }

    @Test
    void aShareIsAudited() throws IOException {
        try (CacheIndex index = open(0.25)) {
            assertThat(missed(index, 200, this::key))
                    .as("queries like the keys, seed 21")
                    .isLessThan(9);
            SketchAudit audit = index.statistics().estimates();
            assertThat(audit.estimated()).isGreaterThan(150);
            assertThat(audit.audited()).as("a quarter of about 200, at random").isBetween(15L, 90L);
        }
        for (double share : new double[] {-0.1, 1.1, Double.NaN}) {
            assertIllegalArgument(() -> new OpenOptions().audit(share))
                    .hasMessage("audit " + share + ": expected a share of 0 to 1");
        }
    }

    /** The expected figures are those of {@code scipy.stats.binomtest(k, n).proportion_ci(method='wilson')}. */
    @Test
    void theUpperEndOfTheMissRateIsThatOfWilson() {
        assertThat(new SketchAudit(900, 100, 0).maxMissRate()).isCloseTo(0.03699, within(1e-5));
        assertThat(new SketchAudit(900, 400, 5).maxMissRate()).isCloseTo(0.02892, within(1e-5));
        assertThat(new SketchAudit(2000, 1000, 12).maxMissRate()).isCloseTo(0.02086, within(1e-5));
    }
}
