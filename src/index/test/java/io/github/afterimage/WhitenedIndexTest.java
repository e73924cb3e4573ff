package io.github.afterimage;

import static io.github.afterimage.Refusals.assertIllegalArgument;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.afterimage.answer.Query;
import io.github.afterimage.platform.NativeLibrary;
import io.github.afterimage.reduce.ComponentLearner;
import io.github.afterimage.reduce.LearnedReducer;
import io.github.afterimage.reduce.Reduction;
import io.github.afterimage.settings.ElementType;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** An index whose keys are whitened. */
class WhitenedIndexTest {
    private static final int DIM = 24;
    private static final int CLASSES = 5;
    private static final int BATCH = 4;
    private static final float THETA = 9;

    @TempDir
    private Path folder;

    private Path file;
    private Problem problem;

    @BeforeEach
    void make() {
        file = folder.resolve("cache.safetensors");
        problem = Problem.random(2, 400, DIM, CLASSES, BATCH);
    }

    private LearnedReducer learn(Reduction reduction) {
        try (ComponentLearner learner = LearnedReducer.learner(reduction, DIM, problem.size())) {
            learner.add(FloatBuffer.wrap(problem.keys()), problem.labels());
            return learner.learn(2);
        }
    }

    private CacheIndexBuilder builder(String reduction) {
        return problem.builder().threads(2).reduce(learn(Reduction.parse(reduction)));
    }

    private CacheIndex index(String reduction) {
        CacheIndex index = builder(reduction).build();
        index.add(problem.keys(), problem.labels());
        return index;
    }

    private float[] row(CacheReader index, int row) {
        return index.query(problem.queries(), THETA).row(row).probabilities();
    }

    private void assertSameAnswers(CacheIndex actual, CacheIndex expected, float tolerance) {
        for (int row = 0; row < BATCH; row++) {
            assertThat(row(actual, row)).containsExactly(row(expected, row), within(tolerance));
        }
    }

    @ParameterizedTest
    @EnumSource(ElementType.class)
    void aFileHoldsTheMapOfKeysOfEveryType(ElementType type) throws IOException {
        assumeTrue(type == ElementType.FLOAT32 || NativeLibrary.available(), NativeLibrary.problem());
        for (String reduction : new String[] {"whiten:24:epsilon=0.3", "whiten:7:seed=3"}) {
            try (CacheIndex index = builder(reduction).type(type).build()) {
                index.add(problem.keys(), problem.labels());
                index.save(file);
                try (CacheIndex opened = CacheIndex.open(file)) {
                    assertThat(opened.format().reduction()).contains(Reduction.parse(reduction));
                    assertThat(opened.dim()).isEqualTo(DIM);
                    FloatBuffer queries = FloatBuffer.wrap(problem.queries());
                    assertThat(opened.encode(queries)).containsExactly(index.encode(queries));
                    assertSameAnswers(opened, index, 0);
                    assertThat(StoredIndex.check(file)).isEmpty();
                }
            }
        }
    }

    @Test
    void keysThatAreAddedLaterUseTheMapOfTheFile() throws IOException {
        int first = problem.size() / 2;
        try (CacheIndex half = builder("whiten:9").build()) {
            half.add(Arrays.copyOf(problem.keys(), first * DIM), Arrays.copyOf(problem.labels(), first));
            half.save(file);
        }
        try (CacheIndex opened = CacheIndex.open(file)) {
            opened.add(
                    Arrays.copyOfRange(problem.keys(), first * DIM, problem.keys().length),
                    Arrays.copyOfRange(problem.labels(), first, problem.size()));
            opened.save(file); // a part beside the first keys
        }
        try (CacheIndex all = index("whiten:9");
                CacheIndex opened = CacheIndex.open(file)) {
            assertSameAnswers(opened, all, 1e-6f);
        }
    }

    @Test
    void anInterruptedBuildContinuesWithTheSameMapAndStartsAgainWithAnother() throws IOException {
        try (PartitionedIndexWriter build = builder("whiten:9").buildInParts(file, 100)) {
            build.add(Arrays.copyOf(problem.keys(), 250 * DIM), Arrays.copyOf(problem.labels(), 250));
        }
        try (PartitionedIndexWriter build = builder("whiten:9").buildInParts(file, 100)) {
            assertThat(build.size()).isEqualTo(200);
        }
        try (PartitionedIndexWriter build = builder("whiten:9:epsilon=2").buildInParts(file, 100)) {
            assertThat(build.size()).isZero();
            build.add(problem.keys(), problem.labels());
            build.complete();
        }
        try (CacheIndex opened = CacheIndex.open(file);
                CacheIndex all = index("whiten:9:epsilon=2")) {
            assertSameAnswers(opened, all, 1e-6f);
        }
    }

    @Test
    void keysOfComponentsAreWhitenedWithoutTheOriginalRows() throws IOException {
        try (CacheIndex components = index("pca:9")) {
            components.save(file);
        }
        try (StoredIndex stored = StoredIndex.open(file, true);
                CacheIndex converted = stored.reduce(
                                Reduction.whitened(9, 0.3), ElementType.FLOAT32, 1000, 2, Progress.NONE)
                        .index();
                CacheIndex built = index("whiten:9:epsilon=0.3")) {
            assertThat(converted.format().reduction()).isEqualTo(built.format().reduction());
            assertThat(converted.dim()).isEqualTo(DIM);
            assertSameAnswers(converted, built, 1e-4f);
            converted.save(file);
            try (CacheIndex opened = CacheIndex.open(file)) {
                assertSameAnswers(opened, converted, 0);
            }
        }
    }

    @Test
    void keysAsTheyAreAreWhitenedByThemselves() throws IOException {
        try (CacheIndex plain = problem.index()) {
            plain.save(file);
        }
        for (int dim : new int[] {DIM, 9}) {
            try (StoredIndex stored = StoredIndex.open(file, true);
                    CacheIndex converted = stored.reduce(
                                    Reduction.whitened(dim), ElementType.FLOAT32, 1000, 2, Progress.NONE)
                            .index();
                    CacheIndex built = index("whiten:" + dim)) {
                assertSameAnswers(converted, built, 1e-4f);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "pca:9 > whiten:8",
                "pca:9 > pca:9",
                "gaussian:9 > whiten:9",
                "whiten:9 > whiten:9",
                "pca:24 > whiten:24"
            })
    void otherReducedKeysAreRefused(String reductions) throws IOException {
        String[] both = reductions.split(" > ");
        Reduction before = Reduction.parse(both[0]);
        try (CacheIndex index = before.learned()
                ? index(both[0])
                : problem.builder().reduce(before).build()) {
            index.add(problem.keys(), problem.labels());
            index.save(file);
        }
        try (StoredIndex stored = StoredIndex.open(file, true)) {
            assertIllegalArgument(
                            () -> stored.reduce(Reduction.parse(both[1]), ElementType.FLOAT32, 1000, 2, Progress.NONE))
                    .hasMessage(file + " is reduced already (" + both[0]
                            + "): reduce the index that it was made from"
                            + (both[0].equals("pca:9") ? ", or whiten its keys (whiten:9)" : ""));
        }
    }

    /** p_mem of a row before reduction, in double. */
    private double[] probabilities(LearnedReducer reducer, Oracle keys, double[] row) {
        int dim = reducer.outputDim();
        float[] projection = reducer.projection();
        double[] r = row;
        if (projection.length > 0) {
            r = new double[dim];
            for (int i = 0; i < projection.length; i++) {
                r[i / DIM] += projection[i] * row[i % DIM];
            }
            r = unit(r);
        }
        float[] map = reducer.whitening();
        float[] offset = reducer.offset();
        double[] whitened = new double[dim];
        for (int i = 0; i < map.length; i++) {
            whitened[i / dim] += map[i] * (r[i % dim] - offset[i % dim]);
        }
        return keys.probabilities(unit(whitened), THETA);
    }

    private static double[] unit(double[] row) {
        double norm = Math.sqrt(Arrays.stream(row).map(value -> value * value).sum());
        return Arrays.stream(row).map(value -> value / norm).toArray();
    }

    @ParameterizedTest
    @ValueSource(ints = {DIM, 9})
    void answersAndGradientsAreThoseOfTheEquation(int dim) {
        float[] cotangents = new float[BATCH * CLASSES];
        Random random = new Random(3);
        for (int i = 0; i < cotangents.length; i++) {
            cotangents[i] = (float) random.nextGaussian();
        }
        try (LearnedReducer map = learn(Reduction.whitened(dim, 0.5));
                CacheIndex index = index("whiten:" + dim + ":epsilon=0.5")) {
            float[] keys = index.encode(FloatBuffer.wrap(problem.keys()));
            Oracle oracle = new Oracle(keys, problem.labels(), dim, CLASSES);
            double[][] queries = Oracle.unit(problem.queries(), DIM);
            for (Engine engine : Engines.available()) {
                CacheReader asked = index.withEngine(engine);
                float[] gradient = asked.gradient(Query.of(problem.queries()).thetas(THETA), cotangents);
                for (int row = 0; row < BATCH; row++) {
                    double[] expected = probabilities(map, oracle, queries[row]);
                    for (int c = 0; c < CLASSES; c++) {
                        assertThat((double) row(asked, row)[c]).isCloseTo(expected[c], within(1e-5));
                    }
                    for (int i = 0; i < DIM; i++) {
                        double step = 1e-6;
                        double[] moved = queries[row].clone();
                        moved[i] += step;
                        double[] above = probabilities(map, oracle, moved);
                        moved[i] -= 2 * step;
                        double[] below = probabilities(map, oracle, moved);
                        double slope = 0;
                        for (int c = 0; c < CLASSES; c++) {
                            slope += cotangents[row * CLASSES + c] * (above[c] - below[c]) / (2 * step);
                        }
                        assertThat((double) gradient[row * DIM + i])
                                .as("%s, row %d, value %d", engine.name(), row, i)
                                .isCloseTo(slope, within(1e-4 * (1 + Math.abs(slope))));
                    }
                }
            }
        }
    }
}
