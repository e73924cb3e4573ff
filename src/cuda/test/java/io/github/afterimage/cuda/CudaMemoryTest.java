package io.github.afterimage.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.CacheReader;
import io.github.afterimage.Engine;
import io.github.afterimage.Engines;
import io.github.afterimage.MemoryUse;
import io.github.afterimage.OpenOptions;
import io.github.afterimage.answer.Answer;
import io.github.afterimage.answer.Query;
import io.github.afterimage.failure.NotEnoughMemoryException;
import io.github.afterimage.keys.KeyFormat;
import io.github.afterimage.keys.KeyRows;
import io.github.afterimage.keys.KeyStore;
import io.github.afterimage.keys.Keys;
import io.github.afterimage.keys.Snapshot;
import io.github.afterimage.settings.ElementType;
import io.github.afterimage.settings.MemoryKind;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Where keys are, and the two paths, make no difference to an answer. Needs a GPU:
 * tools/gpu-check.sh runs it on one, tools/cuda-on-host.sh on a stand-in.
 */
class CudaMemoryTest {
    private static final int CLASSES = 37;
    private static final int BATCH = 33;

    @TempDir
    Path folder;

    @BeforeEach
    void needsAGpu() {
        assumeTrue(new CudaProvider().problem() == null, "no GPU: " + new CudaProvider().problem());
    }

    @AfterEach
    void forgetSettings() {
        System.clearProperty(CudaProperties.KEY_LIMIT);
        System.clearProperty(CudaProperties.PATH);
        System.clearProperty(CudaProperties.PIN_MAPPED);
    }

    private static float[] random(int length, long seed) {
        Random random = new Random(seed);
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = (float) random.nextGaussian() + 0.5f;
        }
        return values;
    }

    private static CacheIndex index(int size, int dim, ElementType type, boolean sorted) {
        CacheIndex index =
                new CacheIndexBuilder(dim, CLASSES).type(type).threads(4).build();
        Random random = new Random(5);
        int[] labels = new int[size];
        for (int i = 0; i < size; i++) {
            labels[i] = sorted ? (int) ((long) i * CLASSES / size) : random.nextInt(CLASSES);
        }
        index.add(random(size * dim, 6), labels);
        return index;
    }

    /** Rounding the queries, to the type of the keys, is what these allow for; float32 is the design's tolerance. */
    private static float tolerance(ElementType type) {
        return switch (type) {
            case FLOAT32 -> 2e-5f;
            case FLOAT16 -> 3e-3f;
            case BFLOAT16 -> 2e-2f;
            case INT8 -> 8e-2f;
        };
    }

    private static void assertSame(Answer found, Answer expected, float tolerance) {
        for (int b = 0; b < expected.batch(); b++) {
            assertThat(found.row(b).probabilities())
                    .containsExactly(expected.row(b).probabilities(), within(tolerance));
        }
    }

    @ParameterizedTest
    @EnumSource(ElementType.class)
    void residentAndStreamedKeysOnBothPathsGiveTheReferencesAnswer(ElementType type) {
        for (int dim : new int[] {1, 33}) {
            for (boolean sorted : new boolean[] {true, false}) {
                try (CacheIndex index = index(700, dim, type, sorted)) {
                    float[] queries = random(BATCH * dim, 7);
                    Answer expected =
                            index.withEngine(Engines.named("reference")).query(queries, 90);
                    for (String path : List.of("gemm", "fused")) {
                        System.setProperty(CudaProperties.PATH, path);
                        System.setProperty(CudaProperties.KEY_LIMIT, "0");
                        Answer streamed =
                                index.withEngine(Engines.named("cuda")).query(queries, 90);
                        System.clearProperty(CudaProperties.KEY_LIMIT);
                        Answer resident =
                                index.withEngine(Engines.named("cuda")).query(queries, 90);
                        assertSame(streamed, expected, tolerance(type));
                        assertSame(resident, expected, tolerance(type));
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"gemm", "fused"})
    void moreThetasThanBlocksInADirectionOfAGridGetTheReferencesAnswers(String path) {
        System.setProperty(CudaProperties.PATH, path);
        double[] thetas = IntStream.range(0, 65_537).mapToDouble(i -> i % 91).toArray();
        try (CacheIndex index = new CacheIndexBuilder(20, 2)
                .type(ElementType.FLOAT16)
                .threads(1)
                .build()) {
            index.add(random(3 * 20, 1), new int[] {0, 1, 1});
            Query query = Query.of(random(20, 2)).thetas(thetas);
            Answer found = index.withEngine(Engines.named("cuda")).answer(query);
            Answer expected = index.withEngine(Engines.named("reference")).answer(query);
            for (int t = 0; t < thetas.length; t++) {
                assertSame(found.at(t), expected.at(t), tolerance(ElementType.FLOAT16));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(ElementType.class)
    void keysThatComeAndGoAreInTheNextAnswer(ElementType type) {
        Engine cuda = Engines.named("cuda");
        try (CacheIndex index = index(500, 40, type, true)) {
            float[] queries = random(BATCH * 40, 8);
            for (int step = 0; step < 6; step++) {
                if (step % 2 == 0) {
                    index.add(random(40 * 7, step), new int[] {0, 1, 2, 3, 4, 5, 6});
                } else {
                    index.remove(step, step + 20L, step + 300L);
                }
                Answer expected = index.withEngine(Engines.named("reference")).query(queries, 30);
                Answer found = index.withEngine(cuda).query(queries, 30);
                assertThat(found.keys()).isEqualTo(expected.keys());
                assertSame(found, expected, tolerance(type));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(ElementType.class)
    void theNearestKeysAreTheReferencesUpToRounding(ElementType type) {
        try (CacheIndex index = index(700, 40, type, false)) {
            index.remove(3, 500);
            float[] queries = random(BATCH * 40, 13);
            Answer expected = index.withEngine(Engines.named("reference")).nearest(queries, 75);
            Answer found = index.withEngine(Engines.named("cuda")).nearest(queries, 75);
            for (int b = 0; b < BATCH; b++) {
                for (int place = 0; place < 75; place++) {
                    assertThat(found.row(b).neighbors().get(place).score())
                            .isCloseTo(
                                    expected.row(b).neighbors().get(place).score(),
                                    within(tolerance(type) / 3 + 1e-6f));
                    assertThat(found.row(b).neighbors().get(place).id()).isNotIn(3L, 500L);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(ElementType.class)
    void theGradientIsTheReferencesWhateverTheType(ElementType type) {
        try (CacheIndex index = index(700, 40, type, true)) {
            index.remove(3, 500);
            float[] queries = random(BATCH * 40, 14);
            float[] cotangents = random(BATCH * CLASSES, 15);
            float[] expected = index.withEngine(Engines.named("reference"))
                    .gradient(Query.of(FloatBuffer.wrap(queries)).thetas(10), cotangents);
            float[] found = index.withEngine(Engines.named("cuda"))
                    .gradient(Query.of(FloatBuffer.wrap(queries)).thetas(10), cotangents);
            // The product is float32; only the class sums that it is relative to are of rounded queries.
            assertThat(found).containsExactly(expected, within(1e-4f + 2 * tolerance(type)));
        }
    }

    private Path saved(int keys, int dim) throws IOException {
        Path file = folder.resolve("keys.safetensors");
        try (CacheIndex index = index(keys, dim, ElementType.FLOAT32, false)) {
            index.save(file);
        }
        return file;
    }

    @Test
    void aMappedFileIsStreamedToo() throws Exception {
        Path file = saved(2000, 48);
        System.setProperty(CudaProperties.KEY_LIMIT, "0");
        // Twice: the stand-in refuses every other registration of host memory.
        for (int i = 0; i < 2; i++) {
            try (CacheIndex index = CacheIndex.open(file, new OpenOptions().threads(2))) {
                float[] queries = random(BATCH * 48, 9);
                assertSame(
                        index.withEngine(Engines.named("cuda")).query(queries, 90),
                        index.withEngine(Engines.named("reference")).query(queries, 90),
                        2e-5f);
            }
        }
    }

    /** Queries a mapped file and returns the bytes of its keys that count as pinned meanwhile, not as mapped. */
    private static long pinnedBytes(Path file, boolean pinMapped) throws IOException {
        System.setProperty(CudaProperties.KEY_LIMIT, "0");
        System.setProperty(CudaProperties.PIN_MAPPED, String.valueOf(pinMapped));
        long most = 0;
        // Twice: the stand-in refuses every other registration of host memory.
        for (int i = 0; i < 2; i++) {
            long pinned = MemoryUse.bytes(MemoryKind.PINNED);
            try (CacheIndex index =
                    CacheIndex.open(file, new OpenOptions().threads(1).load(false))) {
                long mapped = MemoryUse.bytes(MemoryKind.MAPPED);
                float[] queries = random(3 * 48, 9);
                assertSame(
                        index.withEngine(Engines.named("cuda")).query(queries, 90),
                        index.withEngine(Engines.named("reference")).query(queries, 90),
                        2e-5f);
                most = Math.max(most, mapped - MemoryUse.bytes(MemoryKind.MAPPED));
                assertThat(MemoryUse.bytes(MemoryKind.PINNED) - pinned).isGreaterThan(most);
            }
            assertThat(MemoryUse.bytes(MemoryKind.PINNED)).isEqualTo(pinned);
        }
        return most;
    }

    @Test
    void aMappedFileIsPinnedOnlyWhereThatIsAskedForAndOnlyAsFarAsMemoryAllows() throws Exception {
        long keyBytes = 60_000L * 48 * Float.BYTES;
        Path file = saved(60_000, 48);
        assertThat(pinnedBytes(file, false)).isZero();
        assertThat(pinnedBytes(file, true)).isEqualTo(keyBytes);
        long limit = MemoryUse.limit();
        try {
            // A GiB stays free. Tiles beyond the edge, and the one across it, go through a buffer.
            MemoryUse.limit(limit - MemoryUse.free() + (1L << 30) + keyBytes);
            assertThat(pinnedBytes(file, true)).isBetween(1L, keyBytes - 1);
        } finally {
            MemoryUse.limit(limit);
        }
    }

    @Test
    void keysAreUploadedInPiecesThatACancelledCallLeavesForTheNext() {
        int dim = 1000;
        int size = 20_000; // 80 MB: two pieces
        try (KeyStore store = new KeyStore(new KeyFormat(dim, CLASSES, ElementType.FLOAT32), size)) {
            float[] rows = random(1000 * dim, 3);
            for (int i = 0; i < size; i += 1000) {
                store.add(KeyRows.of(FloatBuffer.wrap(rows), new int[1000]));
            }
            Cuda cuda = Cuda.open();
            try (Snapshot snapshot = store.snapshot();
                    Cuda.Entered entered = cuda.enter();
                    CudaStream stream = new CudaStream(cuda)) {
                Keys keys = snapshot.range(0, size).get(0);
                DeviceKeys segment = DeviceKeys.of(cuda, keys);
                int[] checks = {0};
                assertThatThrownBy(() -> segment.upload(keys, stream, () -> {
                            if (checks[0]++ == 1) {
                                throw new CancellationException();
                            }
                        }))
                        .isInstanceOf(CancellationException.class);
                // One piece is there, one is left, and then nothing.
                checks[0] = 0;
                assertThat(segment.upload(keys, stream, () -> checks[0]++)).isTrue();
                assertThat(checks[0]).isEqualTo(2);
            }
        }
    }

    /** The stand-in adds the terms of narrow products in another order than those of wide ones, as cuBLAS may. */
    @ParameterizedTest
    @ValueSource(longs = {Long.MAX_VALUE, 0})
    void equalKeysInANarrowerLastTileTieByTheirRows(long keyLimit) {
        System.setProperty(CudaProperties.KEY_LIMIT, String.valueOf(keyLimit));
        int size = 2 * 1024 + 100;
        int dim = 77;
        float[] key = random(dim, 1);
        float[] keys = random(size * dim, 2);
        long[] places = {5, 1500, 2050, 2100};
        for (long place : places) {
            System.arraycopy(key, 0, keys, (int) place * dim, dim);
        }
        try (CacheIndex index = new CacheIndexBuilder(dim, 1).threads(1).build()) {
            index.add(keys, new int[size]);
            float[] queries = random(300 * dim, 3);
            System.arraycopy(key, 0, queries, 7 * dim, dim);
            Answer found = index.withEngine(Engines.named("cuda")).nearest(queries, 4);
            for (int place = 0; place < places.length; place++) {
                assertThat(found.row(7).neighbors().get(place).id()).isEqualTo(places[place]);
                assertThat(found.row(7).neighbors().get(place).score())
                        .isEqualTo(found.row(7).neighbors().get(0).score());
            }
        }
    }

    @Test
    void aBatchThatTheDeviceHasNoRoomForIsCutUntilItFits() {
        assumeTrue(
                "52m".equals(System.getProperty(CudaProperties.MEMORY_LIMIT)),
                "the device's memory is not limited: run with -D" + CudaProperties.MEMORY_LIMIT + "=52m");
        try (CacheIndex index = index(40, 512, ElementType.FLOAT32, false)) {
            float[] queries = random(1500 * 512, 12);
            assertSame(
                    index.withEngine(Engines.named("cuda")).query(queries, 90),
                    index.withEngine(Engines.named("reference")).query(queries, 90),
                    2e-5f);
        }
    }

    @Test
    void aCallThatIsNoLargerThanOneBeforeAllocatesNothing() {
        try (CacheIndex index = index(2000, 48, ElementType.BFLOAT16, false)) {
            CacheReader cuda = index.withEngine(Engines.named("cuda"));
            long used = 0;
            for (int call = 0; call < 4; call++) {
                int batch = 64 - 10 * call;
                float[] queries = random(batch * 48, call);
                cuda.query(queries, 90);
                cuda.nearest(queries, 5);
                cuda.gradient(Query.of(FloatBuffer.wrap(queries)).thetas(10), random(batch * CLASSES, 3));
                long now = MemoryUse.bytes(MemoryKind.DEVICE) + MemoryUse.bytes(MemoryKind.PINNED);
                assertThat(call == 0 || now == used)
                        .as("%d bytes, then %d", used, now)
                        .isTrue();
                used = now;
            }
        }
    }

    @Test
    void moreBatchSizesThanTablesAreKeptForGetTheReferencesAnswer() {
        try (CacheIndex index = index(9000, 20, ElementType.FLOAT32, false)) {
            for (int round = 0; round < 2; round++) {
                for (int batch : new int[] {1, 16, 40, 80, 150, 300}) {
                    float[] queries = random(batch * 20, batch);
                    assertSame(
                            index.withEngine(Engines.named("cuda")).query(queries, 90),
                            index.withEngine(Engines.named("reference")).query(queries, 90),
                            2e-5f);
                }
            }
        }
    }

    /** More keys than a page of tables, in the order of their classes and not, for a batch of several tiles and one of few. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void keysThatAreAppendedAreSeenAtOnce(boolean sorted) {
        System.setProperty(CudaProperties.PATH, sorted ? "fused" : "gemm");
        int first = 66_000;
        try (CacheIndex index = new CacheIndexBuilder(8, CLASSES)
                .type(ElementType.BFLOAT16)
                .threads(2)
                .build()) {
            index.add(
                    random(first * 8, 1),
                    IntStream.range(0, first)
                            .map(i -> sorted ? i * (CLASSES - 1) / first : i % CLASSES)
                            .toArray());
            for (int round = 0; round < 2; round++) {
                for (int batch : sorted ? new int[] {40} : new int[] {1, 40}) {
                    float[] queries = random(batch * 8, round);
                    assertSame(
                            index.withEngine(Engines.named("cuda")).query(queries, 10),
                            index.withEngine(Engines.named("reference")).query(queries, 10),
                            1e-4f);
                }
                int label = CLASSES - 1;
                index.add(
                        random(500 * 8, round),
                        IntStream.range(0, 500).map(i -> label).toArray());
            }
        }
    }

    @Test
    void severalCallersGetTheSameBits() throws Exception {
        ExecutorService callers = Executors.newFixedThreadPool(8);
        try (CacheIndex index = index(2500, 32, ElementType.FLOAT32, false)) {
            CacheReader cuda = index.withEngine(Engines.named("cuda"));
            float[] queries = random(BATCH * 32, 10);
            Answer expected = cuda.query(queries, 90);
            List<Future<Answer>> answers = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                answers.add(callers.submit(() -> cuda.query(queries, 90)));
            }
            for (Future<Answer> answer : answers) {
                for (int b = 0; b < BATCH; b++) {
                    assertThat(answer.get().row(b).probabilities())
                            .containsExactly(expected.row(b).probabilities());
                }
            }
        } finally {
            callers.shutdown();
        }
    }

    @Test
    void nothingIsLeftOnTheDeviceOrPinnedWhenTheIndexIsClosed() {
        long device = MemoryUse.bytes(MemoryKind.DEVICE);
        long pinned = MemoryUse.bytes(MemoryKind.PINNED);
        for (int i = 0; i < 3; i++) {
            try (CacheIndex index = index(1000, 32, ElementType.BFLOAT16, false)) {
                index.withEngine(Engines.named("cuda")).query(random(32, 11), 10);
                assertThat(MemoryUse.bytes(MemoryKind.DEVICE)).isGreaterThan(device);
            }
            assertThat(MemoryUse.bytes(MemoryKind.DEVICE)).isEqualTo(device);
            assertThat(MemoryUse.bytes(MemoryKind.PINNED)).isEqualTo(pinned);
        }
    }

    @Test
    void tooLittleDeviceMemoryIsAnErrorWithNumbersAndTheIndexGoesOn() {
        assumeTrue(
                "36m".equals(System.getProperty(CudaProperties.MEMORY_LIMIT)),
                "the device's memory is not limited: run with -D" + CudaProperties.MEMORY_LIMIT + "=36m");
        try (CacheIndex index = index(20_000, 256, ElementType.FLOAT32, false)) {
            float[] queries = random(BATCH * 256, 12);
            Answer before = index.withEngine(Engines.named("fused")).query(queries, 90);
            for (int i = 0; i < 3; i++) {
                assertThatThrownBy(() -> index.withEngine(Engines.named("cuda")).query(queries, 90))
                        .isInstanceOf(NotEnoughMemoryException.class)
                        .hasMessageContaining("device memory requested while")
                        .hasMessageContaining("raise -D" + CudaProperties.MEMORY_LIMIT);
            }
            assertSame(index.withEngine(Engines.named("fused")).query(queries, 90), before, 0);
        }
        assertThat(MemoryUse.bytes(MemoryKind.DEVICE)).isZero();
    }
}
