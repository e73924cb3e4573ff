package io.github.afterimage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.afterimage.platform.NativeLibrary;
import io.github.afterimage.platform.NativeMemory;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Certain answers are those of the keys that are left, and removed ones count for nothing in their bounds. */
class CertifiedRemovalTest {
    private static final int DIM = 270;
    private static final int CLASSES = 4;
    private static final double[] THETAS = {0, 3, 40, 400};
    private static final double[] TOLERANCES = {1, 1e-3};

    private final long bytesBefore = NativeMemory.bytesInUse();

    @BeforeAll
    static void needsTheKernels() {
        assumeTrue(NativeLibrary.available(), "no native library");
    }

    @AfterEach
    void nothingIsLeaked() {
        assertThat(NativeMemory.bytesInUse()).isEqualTo(bytesBefore);
    }

    private record Key(float[] features, int label) {}

    /** The keys that an index should hold, by id. */
    private static final class Expected {
        final TreeMap<Long, Key> keys = new TreeMap<>();
        /** A key that was removed, which would win where it still counted. */
        float[] removed;

        void add(long firstId, float[] rows, int[] labels) {
            for (int i = 0; i < labels.length; i++) {
                keys.put(firstId + i, new Key(Arrays.copyOfRange(rows, i * DIM, (i + 1) * DIM), labels[i]));
            }
        }

        void remove(long id) {
            Key key = keys.remove(id);
            removed = key == null ? removed : key.features;
        }

        void limit(Capacity capacity) {
            for (int label = 0; label < (capacity.perClass() ? CLASSES : 1); label++) {
                int wanted = label;
                List<Long> ids = keys.keySet().stream()
                        .filter(id -> !capacity.perClass() || keys.get(id).label == wanted)
                        .toList();
                ids.subList(0, (int) Math.max(0, ids.size() - capacity.keys())).forEach(this::remove);
            }
        }

        long[] some(Random random, int oneIn) {
            return keys.keySet().stream()
                    .filter(id -> random.nextInt(oneIn) == 0)
                    .mapToLong(id -> id)
                    .toArray();
        }

        void check(CacheIndex index, Random random, String as) {
            assertThat(index.size()).as(as).isEqualTo(keys.size());
            if (keys.isEmpty()) {
                return;
            }
            checkAnswers(index, random, as);
            float[] query = rows(random, 1);
            CertifiedDistributions answer =
                    index.certified(Query.of(FloatBuffer.wrap(query)).thetas(40));
            assertThat(answer.keys()).as(as).isEqualTo(keys.size());
            assertThat(answer.version()).as(as).isEqualTo(index.query(query, 40).version());
        }

        void checkAnswers(CacheIndex index, Random random, String as) {
            float[] rows = new float[keys.size() * DIM];
            int[] labels = new int[keys.size()];
            int row = 0;
            for (Key key : keys.values()) {
                System.arraycopy(key.features, 0, rows, DIM * row, DIM);
                labels[row++] = key.label;
            }
            float[] queries = Arrays.copyOf(removed == null ? rows(random, 1) : removed, 3 * DIM);
            System.arraycopy(rows(random, 2), 0, queries, DIM, 2 * DIM);
            for (double theta : THETAS) {
                for (double tolerance : TOLERANCES) {
                    CertifiedTest.check(index, rows, labels, queries, theta, tolerance, as);
                }
            }
        }
    }

    private static float[] rows(Random random, int count) {
        float[] rows = new float[count * DIM];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = (float) random.nextGaussian();
        }
        return rows;
    }

    static Stream<Capacity> capacities() {
        return Stream.of(Capacity.keepAll(), Capacity.lastKeys(150), Capacity.lastKeysPerClass(40));
    }

    @ParameterizedTest
    @MethodSource("capacities")
    void afterAnyChangesCertainAnswersAreThoseOfTheKeysThatAreLeft(Capacity capacity) {
        long seed = 91;
        Random random = new Random(seed);
        Expected expected = new Expected();
        try (CacheIndex index =
                CacheIndex.builder(DIM, CLASSES).capacity(capacity).screen(4).build()) {
            long nextId = 0;
            for (int step = 0; step < 60; step++) {
                int count = random.nextInt(step == 20 ? 1200 : 30);
                float[] rows = rows(random, count);
                int[] labels = random.ints(count, 0, CLASSES).toArray();
                long[] ids = expected.some(random, 25);
                switch (random.nextInt(5)) {
                    case 0 -> {
                        index.remove(ids);
                        Arrays.stream(ids).forEach(expected::remove);
                    }
                    case 1 -> {
                        index.replace(ids, KeyBatch.of(rows, labels));
                        Arrays.stream(ids).forEach(expected::remove);
                        expected.add(nextId, rows, labels);
                        nextId += count;
                    }
                    case 2 -> {
                        if (step % 3 == 0) {
                            index.compact();
                        }
                    }
                    default -> {
                        index.add(rows, labels);
                        expected.add(nextId, rows, labels);
                        nextId += count;
                    }
                }
                expected.limit(capacity);
                if (step % 2 == 0) {
                    expected.check(index, random, capacity + ", seed " + seed + ", step " + step);
                }
            }
        }
    }

    /** Weights of 2 count as the same key twice. */
    @Test
    void certainAnswersOfWeightedKeysAreThoseOfKeysThatOccurTwice() {
        Random random = new Random(94);
        float[] rows = rows(random, 200);
        int[] labels = random.ints(200, 0, CLASSES).toArray();
        try (CacheIndex index = CacheIndex.builder(DIM, CLASSES).screen(8).build()) {
            index.add(rows, labels);
            long[] twice = random.longs(150, 0, 200).distinct().toArray();
            float[] weights = new float[twice.length];
            Arrays.fill(weights, 2);
            index.weigh(twice, weights);
            Expected expected = new Expected();
            expected.add(0, rows, labels);
            for (long id : twice) {
                expected.add(1000 + id, Arrays.copyOfRange(rows, (int) id * DIM, (int) (id + 1) * DIM), new int[] {
                    labels[(int) id]
                });
            }
            expected.checkAnswers(index, random, "seed 94");
        }
    }

    @Test
    void aRemovedKeyThatWasTheOnlyNearOneLeavesNoTrace() {
        Random random = new Random(92);
        float[] rows = rows(random, 200);
        int[] labels = random.ints(200, 0, CLASSES).toArray();
        try (CacheIndex index = CacheIndex.builder(DIM, CLASSES).screen(4).build()) {
            index.add(rows, labels);
            FloatBuffer query = FloatBuffer.wrap(rows, 77 * DIM, DIM);
            assertThat(index.certified(Query.of(query).thetas(300)).best(0)).isEqualTo(labels[77]);
            Expected expected = new Expected();
            expected.add(0, rows, labels);
            expected.remove(77);
            index.remove(77);
            expected.check(index, random, "marked");
            index.compact();
            expected.check(index, random, "compacted");
        }
    }

    @Test
    void keysOfAFileAreRemovedReplacedAndCompactedWithTheirScreen(@TempDir Path folder) throws IOException {
        Random random = new Random(93);
        Path file = folder.resolve("index.safetensors");
        Expected expected = new Expected();
        float[] rows = rows(random, 300);
        int[] labels = random.ints(300, 0, CLASSES).toArray();
        try (CacheIndex index = CacheIndex.builder(DIM, CLASSES).build()) {
            index.add(rows, labels);
            index.save(file);
        }
        expected.add(0, rows, labels);
        OpenOptions options = new OpenOptions().screen(8).capacity(Capacity.lastKeys(280));
        expected.limit(Capacity.lastKeys(280));
        try (CacheIndex index = CacheIndex.open(file, options)) {
            expected.check(index, random, "opened");
            long[] ids = {31, 100, 101, 102, 299};
            index.replace(ids, KeyBatch.of(Arrays.copyOf(rows, 2 * DIM), new int[] {3, 0}));
            Arrays.stream(ids).forEach(expected::remove);
            expected.add(300, Arrays.copyOf(rows, 2 * DIM), new int[] {3, 0});
            expected.check(index, random, "replaced");
            long before = index.codeBytes();
            index.compact();
            expected.check(index, random, "compacted");
            assertThat(index.codeBytes()).isBetween(1L, before);
            List<Long> all = new ArrayList<>(expected.keys.keySet());
            index.remove(all.stream().mapToLong(id -> id).toArray());
            assertThat(index.codeBytes()).isZero();
            index.add(rows, labels);
            Expected again = new Expected();
            again.add(302, rows, labels);
            again.limit(Capacity.lastKeys(280));
            again.check(index, random, "filled again");
        }
    }
}
