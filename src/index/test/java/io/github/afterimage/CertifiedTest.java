package io.github.afterimage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import io.github.afterimage.engine.Engines;
import io.github.afterimage.platform.NativeLibrary;
import io.github.afterimage.platform.NativeMemory;
import io.github.afterimage.tensors.ArrayFile;
import io.github.afterimage.tensors.NumericArray;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The class from the screen is the one that double precision names, whatever the keys. */
class CertifiedTest {
    private static final int[] BITS = {8, 4};
    private static final double[] TOLERANCES = {1, 1e-2, 1e-3, 1e-5};

    @BeforeAll
    static void needsTheKernels() {
        assumeTrue(NativeLibrary.available(), "no native library");
    }

    @Test
    void namesTheClassAndKeepsTheToleranceOnRandomKeys() {
        for (long seed = 1; seed <= 12; seed++) {
            Random random = new Random(seed);
            int dim = new int[] {1, 3, 64, 255, 256, 257, 600}[random.nextInt(7)];
            Problem problem = Problem.random(seed, 1 + random.nextInt(900), dim, 1 + random.nextInt(12), 9);
            check(problem.keys(), problem.labels(), problem.classes(), dim, problem.queries(), problem.toString());
        }
    }

    @Test
    void mostQueriesNeedNoKeyOfKeysWithClassStructure() {
        Problem problem = Problem.random(20, 4000, 300, 10, 64);
        try (CacheIndex index = problem.builder().screen(8).build()) {
            index.add(problem.keys(), problem.labels());
            int without = 0;
            for (int query = 0; query < 64; query++) {
                FloatBuffer row = FloatBuffer.wrap(problem.queries(), query * 300, 300);
                CertifiedDistributions answer = index.certified(Query.of(row).thetas(60));
                without += answer.byScreen(0) && answer.refined(0) == 0 ? 1 : 0;
            }
            assertThat(without).as(problem.toString()).isGreaterThan(48);
        }
    }

    @Test
    void theRoundingOfTheScreenNeverChangesTheClass() {
        // Pairs of keys that int8 cannot tell apart, of classes that differ: half of the pairs the wrong way round.
        Random random = new Random(30);
        int dim = 300;
        int size = 200;
        float[] keys = new float[size * dim];
        int[] labels = new int[size];
        for (int k = 0; k < size; k += 2) {
            for (int i = 0; i < dim; i++) {
                float value = Math.max(0, (float) random.nextGaussian());
                keys[k * dim + i] = value;
                keys[(k + 1) * dim + i] = value + (float) (1e-4 * random.nextGaussian());
            }
            labels[k] = k / 2 % 2;
            labels[k + 1] = 1 - labels[k];
        }
        float[] queries = Arrays.copyOf(keys, 40 * dim);
        check(keys, labels, 2, dim, queries, "seed 30");
    }

    @Test
    void duplicatesOfTwoClassesGiveTheFirstOfThem() {
        int dim = 70;
        float[] key = new float[dim];
        Arrays.fill(key, 0.3f);
        key[3] = 5;
        float[] keys = new float[6 * dim];
        for (int k = 0; k < 6; k++) {
            System.arraycopy(key, 0, keys, k * dim, dim);
        }
        int[] labels = {2, 1, 2, 1, 2, 1};
        check(keys, labels, 4, dim, key, "duplicates");
        try (CacheIndex index = CacheIndex.builder(dim, 4).screen(8).build()) {
            index.add(keys, labels);
            assertThat(index.certified(Query.of(FloatBuffer.wrap(key)).thetas(90))
                            .best(0))
                    .isEqualTo(1);
        }
    }

    @Test
    void farKeysOneClassAndOneKeyAreAnswered() {
        int dim = 40;
        float[] keys = new float[20 * dim];
        for (int k = 0; k < 20; k++) {
            keys[k * dim + k] = 1;
            keys[k * dim + 39] = -0.01f * k;
        }
        int[] labels = new int[20];
        for (int k = 0; k < 20; k++) {
            labels[k] = k % 3;
        }
        float[] query = new float[dim];
        query[39] = 1;
        check(keys, labels, 3, dim, query, "all far");
        check(keys, new int[20], 1, dim, query, "one class");
        check(Arrays.copyOf(keys, dim), new int[] {2}, 5, dim, query, "one key");
    }

    @Test
    void keysAddedLaterAreScreenedAndKeysOfAFileToo(@TempDir Path folder) throws IOException {
        Problem problem = Problem.random(40, 600, 300, 5, 6);
        Path file = folder.resolve("index.safetensors");
        try (CacheIndex index = problem.builder().build()) {
            index.add(Arrays.copyOf(problem.keys(), 400 * 300), Arrays.copyOf(problem.labels(), 400));
            index.save(file);
        }
        for (int bits : BITS) {
            growsWithItsScreen(file, bits, problem);
        }
        assertThat(NativeMemory.bytesInUse()).isZero();
    }

    private static void growsWithItsScreen(Path file, int bits, Problem problem) throws IOException {
        try (CacheIndex opened = CacheIndex.open(file, new OpenOptions().screen(bits))) {
            long bytes = opened.codeBytes();
            assertThat(bytes).isBetween(400L * 300 * bits / 8, 400L * 300 * bits / 8 * 12 / 10 + 1000);
            for (int k = 400; k < 600; k += 50) {
                opened.add(
                        Arrays.copyOfRange(problem.keys(), k * 300, (k + 50) * 300),
                        Arrays.copyOfRange(problem.labels(), k, k + 50));
            }
            check(opened, problem.keys(), problem.labels(), problem.queries(), 70, 1e-3, problem.toString());
            assertThat(opened.codeBytes()).isGreaterThan(bytes);
        }
    }

    @Test
    void keysOfSixteenBitsAreScreened() {
        for (ElementType type : new ElementType[] {ElementType.FLOAT16, ElementType.BFLOAT16}) {
            Problem problem = Problem.random(50, 500, 130, 4, 5);
            int bits = type == ElementType.FLOAT16 ? 8 : 4;
            try (CacheIndex index = problem.builder().type(type).screen(bits).build()) {
                index.add(problem.keys(), problem.labels());
                agreesWithTheReference(index, FloatBuffer.wrap(problem.queries()), 50);
                index.remove(3, 4, 5, 99, 250);
                agreesWithTheReference(index, FloatBuffer.wrap(problem.queries()), 50);
                index.compact();
                agreesWithTheReference(index, FloatBuffer.wrap(problem.queries()), 50);
            }
        }
    }

    @Test
    void theRoundingOfQueriesForBfloat16KeysNeverChangesTheClass() {
        for (long seed = 60; seed < 90; seed++) {
            int dim = new int[] {2, 3, 17, 40}[(int) seed % 4];
            Problem problem = Problem.random(seed, 13, dim, 5, 33);
            try (CacheIndex index =
                    problem.builder().type(ElementType.BFLOAT16).screen(8).build()) {
                index.add(problem.keys(), problem.labels());
                agreesWithTheReference(index, FloatBuffer.wrap(problem.queries()), 60);
            }
        }
    }

    @Test
    void featuresOfANetworkGetTheirExactClasses() throws IOException {
        List<String> names = List.of("features", "labels");
        try (ArrayFile file = ArrayFile.open(Path.of("models/cifar10-test.safetensors"), names)) {
            NumericArray features = file.require("features");
            int size = Math.toIntExact(features.shape()[0]);
            int dim = Math.toIntExact(features.rowLength());
            int[] labels = file.requireLabels("labels", size);
            FloatBuffer rows = FloatBuffer.allocate(size * dim);
            features.readRows(0, size, rows);
            int keys = size - 100;
            try (CacheIndex index = CacheIndex.builder(dim, 10).screen(8).build()) {
                index.add(rows.slice(0, keys * dim), Arrays.copyOf(labels, keys));
                agreesWithTheReference(index, rows.slice(keys * dim, 100 * dim), 80);
            }
        }
    }

    private static void agreesWithTheReference(CacheIndex index, FloatBuffer queries, double theta) {
        agreesWithTheReferenceAtOnce(index, queries, theta);
        int dim = index.dim();
        for (int row = 0; row * dim < queries.remaining(); row += 3) {
            int rows = Math.min(3, queries.remaining() / dim - row);
            agreesWithTheReferenceAtOnce(index, queries.slice(queries.position() + row * dim, rows * dim), theta);
        }
    }

    private static void agreesWithTheReferenceAtOnce(CacheIndex index, FloatBuffer queries, double theta) {
        Distributions expected = index.withEngine(Engines.named("reference")).query(queries, theta);
        for (double tolerance : TOLERANCES) {
            CertifiedDistributions answer =
                    index.certified(Query.of(queries).thetas(theta).tolerance(tolerance));
            for (int query = 0; query < answer.batch(); query++) {
                assertThat(answer.best(query)).as("query " + query).isEqualTo(expected.best(query));
                for (int c = 0; c < index.classes(); c++) {
                    assertThat((double) answer.probability(query, c))
                            .as("query " + query + ", class " + c)
                            .isCloseTo(expected.probability(query, c), within(answer.tolerance(query)));
                    assertThat(answer.tolerance(query)).isLessThanOrEqualTo(tolerance);
                }
            }
        }
    }

    @Test
    void aQueryTakesLittleOfTheJavaHeapHoweverManyKeysThereAre() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        Problem problem = Problem.random(41, 100_000, 16, 10, 1);
        try (CacheIndex index = problem.builder().screen(8).build()) {
            index.add(problem.keys(), problem.labels());
            index.remove(1, 500, 70_000);
            for (double theta : new double[] {5, 60}) {
                for (double tolerance : new double[] {1, 1e-4}) {
                    index.certified(Query.of(FloatBuffer.wrap(problem.queries()))
                            .thetas(theta)
                            .tolerance(tolerance));
                    long before = allocated(threads);
                    index.certified(Query.of(FloatBuffer.wrap(problem.queries()))
                            .thetas(theta)
                            .tolerance(tolerance));
                    assertThat(allocated(threads) - before)
                            .as("theta %s, tolerance %s", theta, tolerance)
                            .isLessThan(64 << 10);
                }
            }
        }
    }

    /** Bytes that this thread and the index's have taken from the Java heap. */
    private static long allocated(ThreadMXBean threads) {
        return Arrays.stream(threads.getAllThreadIds())
                .filter(id -> threads.getThreadInfo(id) != null)
                .filter(id -> id == Thread.currentThread().getId()
                        || threads.getThreadInfo(id).getThreadName().startsWith("afterimage"))
                .map(threads::getThreadAllocatedBytes)
                .sum();
    }

    @Test
    void whatCannotBeScreenedIsRefused() {
        assertThatThrownBy(() -> CacheIndex.builder(8, 2)
                        .type(ElementType.INT8)
                        .screen(8)
                        .build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("a screen of i8 keys");
        try (CacheIndex index = CacheIndex.builder(2, 2).build()) {
            index.add(new float[] {1, 2}, new int[] {1});
            FloatBuffer query = FloatBuffer.wrap(new float[] {1, 1});
            assertThat(index.codeBytes()).isZero();
            assertThatThrownBy(() -> index.certified(Query.of(query).thetas(5)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("screen(8)");
            for (double tolerance : new double[] {-1, 2, Double.NaN}) {
                assertThatThrownBy(
                                () -> index.certified(Query.of(query).thetas(5).tolerance(tolerance)))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("tolerance");
            }
        }
    }

    private static void check(float[] keys, int[] labels, int classes, int dim, float[] queries, String what) {
        for (int bits : BITS) {
            try (CacheIndex index =
                    CacheIndex.builder(dim, classes).screen(bits).build()) {
                index.add(keys, labels);
                for (double theta : new double[] {0, 1, 20, 80, 1000, 1e6}) {
                    for (double tolerance : TOLERANCES) {
                        check(index, keys, labels, queries, theta, tolerance, bits + " bits, " + what);
                    }
                }
            }
        }
        assertThat(NativeMemory.bytesInUse()).isZero();
    }

    /** Compares with the double reference over these keys, in the order of their ids. */
    static void check(
            CacheIndex index,
            float[] keys,
            int[] labels,
            float[] queries,
            double theta,
            double tolerance,
            String what) {
        float[] unitKeys = index.encode(FloatBuffer.wrap(keys));
        float[] unitQueries = index.encode(FloatBuffer.wrap(queries));
        int dim = index.dim();
        int batch = queries.length / dim;
        double[][] expected = new double[batch][];
        for (int query = 0; query < batch; query++) {
            expected[query] = probabilities(unitKeys, labels, unitQueries, query, dim, index.classes(), theta);
        }
        String where = what + ", theta " + theta + ", tolerance " + tolerance;
        check(
                index.certified(
                        Query.of(FloatBuffer.wrap(queries)).thetas(theta).tolerance(tolerance)),
                expected,
                0,
                tolerance,
                where + ", a batch");
        for (int first = 0; first < batch; first += 4) {
            int rows = Math.min(4, batch - first);
            CertifiedDistributions few = index.certified(Query.of(FloatBuffer.wrap(queries, first * dim, rows * dim))
                    .thetas(theta)
                    .tolerance(tolerance));
            check(few, expected, first, tolerance, where);
        }
    }

    private static void check(
            CertifiedDistributions answer, double[][] expected, int first, double tolerance, String what) {
        for (int query = 0; query < answer.batch(); query++) {
            double[] p = expected[first + query];
            String where = what + ", query " + (first + query);
            assertThat(answer.best(query)).as(where).isEqualTo(first(p));
            assertThat(answer.tolerance(query)).as(where).isLessThanOrEqualTo(tolerance);
            for (int c = 0; c < p.length; c++) {
                assertThat(Math.abs(answer.probability(query, c) - p[c]))
                        .as(where + ", class " + c)
                        .isLessThanOrEqualTo(answer.tolerance(query));
            }
        }
    }

    /** The greatest, the first of those that agree to nine digits. */
    private static int first(double[] p) {
        double greatest = Arrays.stream(p).max().orElseThrow();
        int first = 0;
        while (p[first] < greatest * (1 - 1e-9)) {
            first++;
        }
        return first;
    }

    private static double[] probabilities(
            float[] keys, int[] labels, float[] queries, int query, int dim, int classes, double theta) {
        double[] scores = new double[labels.length];
        double greatest = Double.NEGATIVE_INFINITY;
        for (int k = 0; k < labels.length; k++) {
            for (int i = 0; i < dim; i++) {
                scores[k] += (double) queries[query * dim + i] * keys[k * dim + i];
            }
            greatest = Math.max(greatest, scores[k]);
        }
        double[] sums = new double[classes];
        double total = 0;
        for (int k = 0; k < labels.length; k++) {
            double weight = Math.exp(theta * (scores[k] - greatest));
            sums[labels[k]] += weight;
            total += weight;
        }
        for (int c = 0; c < classes; c++) {
            sums[c] /= total;
        }
        return sums;
    }
}
