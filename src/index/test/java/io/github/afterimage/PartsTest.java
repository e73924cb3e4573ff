package io.github.afterimage;

import static io.github.afterimage.Refusals.assertIllegalArgument;
import static io.github.afterimage.Refusals.assertIllegalState;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.afterimage.answer.Answer;
import io.github.afterimage.answer.PartialAnswer;
import io.github.afterimage.answer.Query;
import io.github.afterimage.failure.InvalidRowException;
import io.github.afterimage.platform.NativeLibrary;
import io.github.afterimage.reduce.Reduction;
import io.github.afterimage.settings.ElementType;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** An index that is built and read in parts. */
class PartsTest {
    private static final int DIM = 256;
    private static final int CLASSES = 7;
    private static final int SIZE = 60_000;
    private static final int PART = 16_000;
    private static final double[] THETAS = {0, 10, 90};

    @TempDir
    private Path folder;

    private Path file;
    private float[] features;
    private int[] labels;
    private FloatBuffer queries;

    @BeforeEach
    void make() {
        file = folder.resolve("cache.safetensors");
        long seed = System.nanoTime();
        System.out.println("PartsTest seed " + seed);
        Random random = new Random(seed);
        features = new float[SIZE * DIM];
        for (int i = 0; i < features.length; i++) {
            features[i] = random.nextFloat() - 0.3f;
        }
        labels = random.ints(SIZE, 0, CLASSES).toArray();
        float[] rows = new float[5 * DIM];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = random.nextFloat() - 0.3f;
        }
        queries = FloatBuffer.wrap(rows);
    }

    private static CacheIndexBuilder builder(ElementType type) {
        return new CacheIndexBuilder(DIM, CLASSES).type(type).threads(2);
    }

    private void add(PartitionedIndexWriter build, int until) throws IOException {
        for (int first = (int) build.size(); first < until; ) {
            int count = Math.min(1000, until - first);
            build.add(KeyBatch.of(
                    FloatBuffer.wrap(features, first * DIM, count * DIM).slice(),
                    Arrays.copyOfRange(labels, first, first + count)));
            first += count;
        }
    }

    private CacheIndex whole(CacheIndexBuilder builder) {
        CacheIndex index = builder.build();
        index.add(features, labels);
        return index;
    }

    private void build(CacheIndexBuilder builder) throws IOException {
        try (PartitionedIndexWriter build = builder.buildInParts(file, PART)) {
            add(build, SIZE);
            build.complete();
        }
    }

    private static void assertSame(Answer actual, Answer expected, double tolerance) {
        for (int query = 0; query < expected.batch(); query++) {
            for (int c = 0; c < CLASSES; c++) {
                assertThat((double) actual.row(query).probability(c))
                        .isCloseTo(expected.row(query).probability(c), within(tolerance));
            }
        }
    }

    private long names() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.count();
        }
    }

    @ParameterizedTest
    @EnumSource(ElementType.class)
    void answersOfMappedPartsAreThoseOfTheWholeIndex(ElementType type) throws IOException {
        assumeTrue(NativeLibrary.available(), NativeLibrary.problem());
        build(builder(type));
        assertThat(names()).isEqualTo(5);
        try (CacheIndex whole = whole(builder(type));
                CacheIndex mapped =
                        CacheIndex.open(file, new OpenOptions().threads(2).load(false))) {
            assertThat(mapped.size()).isEqualTo(SIZE);
            for (int t = 0; t < THETAS.length; t++) {
                assertSame(
                        mapped.answer(Query.of(queries).thetas(THETAS)).at(t),
                        whole.answer(Query.of(queries).thetas(THETAS)).at(t),
                        1e-6);
            }
            Answer expected = whole.answer(Query.of(queries).neighbors(3));
            Answer nearest = mapped.answer(Query.of(queries).neighbors(3));
            for (int query = 0; query < 5; query++) {
                assertThat(nearest.row(query).neighbors().get(2).id())
                        .isEqualTo(expected.row(query).neighbors().get(2).id());
            }
        }
    }

    @Test
    void theKeysOfAPictureAreInOnePartAndABuildContinuesBehindThem() throws IOException {
        CacheIndexBuilder builder = new CacheIndexBuilder(2, CLASSES).threads(1);
        FloatBuffer rows = FloatBuffer.wrap(features, 0, 2 * 3 * 100);
        try (PartitionedIndexWriter build = builder.buildInParts(file, 16)) {
            build.add(KeyBatch.of(rows.slice(0, 2 * 3 * 17), Arrays.copyOf(labels, 17))
                    .views(3));
        }
        try (PartitionedIndexWriter build = builder.buildInParts(file, 16)) {
            assertThat(build.size()).as("three parts of 15 keys").isEqualTo(45);
            assertThat(build.pictures()).isEqualTo(15);
            build.add(KeyBatch.of(rows.slice(2 * 45, 2 * 255), Arrays.copyOfRange(labels, 15, 100))
                    .views(3));
            build.complete();
        }
        assertThat(names()).isEqualTo(21);
        try (CacheIndex index = CacheIndex.open(file)) {
            assertThat(index.size()).isEqualTo(300);
            assertThat(index.list(0, 1000)).hasSize(100).last().isEqualTo(new KeyEntry(99, labels[99], "", false));
            assertThat(index.remove(key -> key.id() > 3)).isEqualTo(96);
            assertThat(index.size()).isEqualTo(12);
        }
    }

    @Test
    void partsThatAreNotThereAreRefused() throws IOException {
        Path file = folder.resolve("one.safetensors");
        try (CacheIndex index = new CacheIndexBuilder(2, 2).build()) {
            index.add(new float[] {1, 2}, new int[] {0});
            index.save(file);
        }
        assertIllegalArgument(() -> CacheIndex.open(file, new OpenOptions().parts(7, 9)))
                .hasMessageContaining("expected at most 1");
    }

    @Test
    void anInterruptedBuildGoesOnBehindTheLastPartThatWasFinished() throws IOException {
        Reduction reduction = Reduction.gaussian(16);
        CacheIndexBuilder builder = builder(ElementType.FLOAT32).reduce(reduction);
        try (PartitionedIndexWriter build = builder.buildInParts(file, PART)) {
            add(build, 2 * PART + 5);
        }
        assertThat(file).doesNotExist();
        Path first = folder.resolve("cache.0001.safetensors");
        Object before = Files.getAttribute(first, "unix:ino");
        try (PartitionedIndexWriter build = builder.buildInParts(file, PART)) {
            assertThat(build.size()).isEqualTo(2 * PART);
            add(build, SIZE);
            build.complete();
        }
        assertThat(Files.getAttribute(first, "unix:ino")).isEqualTo(before);
        assertThat(names()).isEqualTo(5);
        try (CacheIndex whole = whole(builder);
                CacheIndex opened = CacheIndex.open(file)) {
            assertSame(
                    opened.answer(Query.of(queries).thetas(10)),
                    whole.answer(Query.of(queries).thetas(10)),
                    1e-6);
            assertThat(opened.answer(Query.of(queries).neighbors(1))
                            .row(0)
                            .neighbors()
                            .get(0)
                            .id())
                    .isEqualTo(whole.answer(Query.of(queries).neighbors(1))
                            .row(0)
                            .neighbors()
                            .get(0)
                            .id());
            assertThat(opened.add(KeyBatch.of(Arrays.copyOf(new float[] {1}, 16), new int[] {1})
                                    .reduced())
                            .first())
                    .isEqualTo(SIZE);
        }
    }

    @Test
    void aBuildWithOtherSettingsBeginsAnewAndLeavesNothingOfTheOld() throws IOException {
        try (PartitionedIndexWriter build = builder(ElementType.FLOAT32).buildInParts(file, PART)) {
            add(build, 2 * PART);
        }
        try (PartitionedIndexWriter build = builder(ElementType.FLOAT32)
                .attributes(Map.of("data", "others"))
                .buildInParts(file, 2 * PART)) {
            assertThat(build.size()).isZero();
            add(build, SIZE);
            build.complete();
        }
        assertThat(names()).isEqualTo(3);
        try (CacheIndex opened = CacheIndex.open(file)) {
            assertThat(opened.size()).isEqualTo(SIZE);
        }
    }

    @Test
    void aBatchOfTwoPartsIsRefusedAsAWhole() throws IOException {
        try (PartitionedIndexWriter build = builder(ElementType.FLOAT32).buildInParts(file, 2)) {
            float[] rows = new float[3 * DIM];
            Arrays.fill(rows, 0, 2 * DIM, 1);
            assertThatThrownBy(() -> build.add(rows, new int[3]))
                    .isInstanceOf(InvalidRowException.class)
                    .hasMessage("key 2 is all zeros and has no direction: remove it; the whole batch is refused");
            assertThat(build.size()).isZero();
        }
    }

    @Test
    void anIndexThatIsNamedAsAPartIsNotReplaced() throws IOException {
        Path other = folder.resolve("cache.0002.safetensors");
        try (CacheIndex index = new CacheIndexBuilder(2, 2).build()) {
            index.add(new float[] {1, 2}, new int[] {0});
            index.save(other);
        }
        byte[] before = Files.readAllBytes(other);
        build(builder(ElementType.FLOAT32));
        assertThat(other).hasBinaryContent(before);
        try (CacheIndex opened = CacheIndex.open(file)) {
            assertThat(opened.size()).isEqualTo(SIZE);
        }
    }

    @Test
    void partialAnswersOfPartsMergeToTheAnswerOfAll() throws IOException {
        build(builder(ElementType.FLOAT32));
        try (CacheIndex whole = whole(builder(ElementType.FLOAT32).engine(Engines.named("reference")))) {
            PartialAnswer merged = null;
            for (int part = 0; part < 4; part++) {
                try (CacheIndex index = CacheIndex.open(file, new OpenOptions().parts(part, part + 1))) {
                    assertThat(index.size()).isEqualTo(part == 3 ? SIZE - 3 * PART : PART);
                    PartialAnswer partial =
                            index.partial(Query.of(queries).thetas(THETAS).neighbors(3));
                    assertThat(partial.bytes()).isLessThan(8L * (THETAS.length * 5 * CLASSES + 5 + 5));
                    merged = merged == null ? partial : partial.merge(merged);
                }
            }
            assertThat(merged.keys()).isEqualTo(SIZE);
            Answer expected = whole.answer(Query.of(queries).neighbors(3));
            for (int t = 0; t < THETAS.length; t++) {
                assertSame(
                        merged.answer().at(t),
                        whole.answer(Query.of(queries).thetas(THETAS[t])),
                        THETAS[t] > 10 ? 2e-5 : 1e-6);
            }
            for (int place = 0; place < 3; place++) {
                assertThat(merged.answer().row(4).neighbors().get(place).id())
                        .isEqualTo(expected.row(4).neighbors().get(place).id());
            }
        }
        try (CacheIndex none = CacheIndex.open(file, new OpenOptions().parts(2, 2))) {
            assertThat(none.size()).isZero();
            assertIllegalState(() -> none.partial(Query.of(queries).thetas(THETAS)));
        }
    }
}
