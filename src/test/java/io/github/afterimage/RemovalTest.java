package io.github.afterimage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.afterimage.engine.Engine;
import io.github.afterimage.engine.Engines;
import io.github.afterimage.store.Capacity;
import io.github.afterimage.store.ElementType;
import io.github.afterimage.store.Memory;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class RemovalTest {
    private static final int DIM = 20;
    private static final int CLASSES = 5;

    private final long bytesBefore = Memory.bytesInUse();

    @AfterEach
    void nothingIsLeaked() {
        assertThat(Memory.bytesInUse()).isEqualTo(bytesBefore);
    }

    /** What an index should hold: features and labels by id. */
    private static final class Expected {
        final Map<Long, float[]> features = new TreeMap<>();
        final Map<Long, Integer> labels = new TreeMap<>();

        void add(long firstId, float[] rows, int[] newLabels) {
            for (int i = 0; i < newLabels.length; i++) {
                features.put(firstId + i, Arrays.copyOfRange(rows, i * DIM, (i + 1) * DIM));
                labels.put(firstId + i, newLabels[i]);
            }
        }

        void remove(long id) {
            features.remove(id);
            labels.remove(id);
        }

        void limit(Capacity capacity) {
            if (!capacity.perClass()) {
                while (labels.size() > capacity.keys()) {
                    remove(labels.keySet().iterator().next());
                }
                return;
            }
            for (int label = 0; label < CLASSES; label++) {
                int wanted = label;
                List<Long> ids = labels.keySet().stream()
                        .filter(id -> labels.get(id) == wanted)
                        .toList();
                ids.subList(0, (int) Math.max(0, ids.size() - capacity.keys())).forEach(this::remove);
            }
        }

        Oracle oracle() {
            float[] rows = new float[features.size() * DIM];
            int row = 0;
            for (float[] feature : features.values()) {
                System.arraycopy(feature, 0, rows, DIM * row++, DIM);
            }
            return new Oracle(rows, labels.values().stream().mapToInt(i -> i).toArray(), DIM, CLASSES);
        }
    }

    private static float[] rows(Random random, int count) {
        float[] rows = new float[count * DIM];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = (float) random.nextGaussian();
        }
        return rows;
    }

    private static void compare(CacheIndex index, Expected expected, Random random, Engine engine, String as) {
        assertThat(index.size()).as(as).isEqualTo(expected.labels.size());
        if (expected.labels.isEmpty()) {
            return;
        }
        float[] queries = rows(random, 3);
        double[][] unit = Oracle.unit(queries, DIM);
        Oracle oracle = expected.oracle();
        CacheIndex view = index.with(engine);
        Distributions answer = view.query(queries, 10);
        Neighbors nearest = view.nearest(FloatBuffer.wrap(queries), expected.labels.size() + 1);
        assertThat(answer.keys()).isEqualTo(expected.labels.size());
        assertThat(nearest.k()).isEqualTo(expected.labels.size());
        for (int b = 0; b < 3; b++) {
            double[] probabilities = oracle.probabilities(unit[b], 10);
            for (int c = 0; c < CLASSES; c++) {
                assertThat(answer.probability(b, c)).as(as).isCloseTo((float) probabilities[c], within(2e-6f));
            }
            List<Long> ids = new ArrayList<>();
            for (int place = 0; place < nearest.k(); place++) {
                ids.add(nearest.id(b, place));
                assertThat(nearest.label(b, place)).isEqualTo(expected.labels.get(nearest.id(b, place)));
            }
            assertThat(ids).as(as).containsExactlyInAnyOrderElementsOf(expected.labels.keySet());
        }
    }

    static Stream<Arguments> policies() {
        List<Arguments> arguments = new ArrayList<>();
        for (Engine engine : Engines.available()) {
            for (Capacity capacity :
                    List.of(Capacity.keepAll(), Capacity.lastKeys(400), Capacity.lastKeysPerClass(90))) {
                arguments.add(Arguments.of(engine, capacity));
            }
        }
        return arguments.stream();
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("policies")
    void afterAnyChangesTheAnswersAreThoseOfTheKeysThatAreLeft(Engine engine, Capacity capacity) {
        long seed = 4711;
        Random random = new Random(seed);
        Expected expected = new Expected();
        try (CacheIndex index = CacheIndex.builder(DIM, CLASSES)
                .capacity(capacity)
                .threads(1 + random.nextInt(3))
                .build()) {
            long nextId = 0;
            for (int step = 0; step < 250; step++) {
                String as = "seed " + seed + " step " + step;
                int count = random.nextInt(random.nextInt(10) == 0 ? 600 : 40);
                float[] rows = rows(random, count);
                int[] labels = random.ints(count, 0, CLASSES).toArray();
                List<Long> ids = new ArrayList<>(expected.labels.keySet());
                switch (random.nextInt(6)) {
                    case 0 -> {
                        // Some twice, some that no key has.
                        long[] gone = random.longs(60, -3, nextId + 3).toArray();
                        long removed = Arrays.stream(gone)
                                .distinct()
                                .filter(expected.labels::containsKey)
                                .count();
                        assertThat(index.remove(gone)).as(as).isEqualTo(removed);
                        Arrays.stream(gone).forEach(expected::remove);
                    }
                    case 1 -> {
                        int label = random.nextInt(8);
                        if (random.nextInt(4) == 0) {
                            List<Long> gone = ids.stream()
                                    .filter(id -> expected.labels.get(id) == label)
                                    .toList();
                            assertThat(index.remove(c -> c == label)).as(as).isEqualTo(gone.size());
                            gone.forEach(expected::remove);
                        }
                    }
                    case 2 -> {
                        long[] gone = ids.stream()
                                .filter(id -> random.nextInt(10) == 0)
                                .mapToLong(id -> id)
                                .toArray();
                        assertThat(index.replace(gone, rows, labels)).as(as).isEqualTo(nextId);
                        Arrays.stream(gone).forEach(expected::remove);
                        expected.add(nextId, rows, labels);
                        nextId += count;
                    }
                    case 3 -> {
                        if (random.nextInt(5) == 0) {
                            index.compact();
                        }
                    }
                    default -> {
                        assertThat(index.add(rows, labels)).as(as).isEqualTo(nextId);
                        expected.add(nextId, rows, labels);
                        nextId += count;
                    }
                }
                expected.limit(capacity);
                if (step % 5 == 0) {
                    compare(index, expected, random, engine, as);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(ElementType.class)
    void removedKeysAreNotSavedAndTheirIdsAreNotGivenAgain(ElementType type, @TempDir Path folder) throws Exception {
        Random random = new Random(1);
        Path file = folder.resolve("index");
        Expected expected = new Expected();
        try (CacheIndex index = CacheIndex.builder(DIM, CLASSES).type(type).build()) {
            float[] rows = rows(random, 30);
            int[] labels = random.ints(30, 0, CLASSES).toArray();
            index.add(rows, labels);
            expected.add(0, rows, labels);
            for (long id : new long[] {0, 7, 8, 20, 28, 29}) {
                index.remove(id);
                expected.remove(id);
            }
            index.save(file);
        }
        for (int round = 0; round < 2; round++) {
            try (CacheIndex index = CacheIndex.open(file)) {
                assertThat(index.size()).isEqualTo(24 - round);
                Neighbors all = index.nearest(FloatBuffer.wrap(rows(random, 1)), 30);
                List<Long> ids = new ArrayList<>();
                for (int place = 0; place < all.k(); place++) {
                    ids.add(all.id(0, place));
                    assertThat(all.label(0, place)).isEqualTo(expected.labels.get(all.id(0, place)));
                }
                assertThat(ids).containsExactlyInAnyOrderElementsOf(expected.labels.keySet());
                // A mapped key is removed, too.
                assertThat(index.remove(27 - round)).isEqualTo(1);
                expected.remove(27 - round);
                index.save(file);
                assertThat(index.add(rows(random, 1), new int[] {0})).isEqualTo(30);
            }
        }
    }

    @Test
    void replacingAKeyThatIsNotThereChangesNothing() {
        try (CacheIndex index = CacheIndex.builder(DIM, CLASSES).build()) {
            Random random = new Random(2);
            index.add(rows(random, 3), new int[3]);
            index.remove(1);
            for (long id : new long[] {1, 3, -1}) {
                assertThatThrownBy(() -> index.replace(new long[] {0, id}, rows(random, 1), new int[1]))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("id " + id + " at place 1");
            }
            float[] bad = rows(random, 1);
            bad[3] = Float.NaN;
            assertThatThrownBy(() -> index.replace(new long[] {0}, bad, new int[1]))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThat(index.size()).isEqualTo(2);
            assertThat(index.remove(0, 1, 2)).isEqualTo(2);
            assertThatThrownBy(() -> index.query(rows(random, 1), 1)).hasMessageContaining("no keys");
            assertThat(index.add(rows(random, 1), new int[1])).isEqualTo(3);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aBoundedIndexDoesNotGrowHoweverManyKeysPass(boolean perClass) {
        Capacity capacity = perClass ? Capacity.lastKeysPerClass(20_000 / CLASSES) : Capacity.lastKeys(20_000);
        try (CacheIndex index =
                CacheIndex.builder(DIM, CLASSES).capacity(capacity).build()) {
            Random random = new Random(3);
            float[] rows = rows(random, 500);
            long most = 0;
            for (int step = 0; step < 400; step++) {
                index.add(rows, random.ints(500, 0, CLASSES).toArray());
                most = Math.max(most, Memory.bytesInUse() - bytesBefore);
                assertThat(index.size()).isLessThanOrEqualTo(20_000);
            }
            // 96 bytes a key, segments of 1 MiB, and one in the making.
            assertThat(most).isLessThan(2 * 20_000L * 96 + (2L << 20));
        }
    }

    @Test
    void aFileWithMoreKeysThanTheCapacityIsCutWhenItIsOpened(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("index");
        try (CacheIndex index = Problem.random(5, 100, DIM, CLASSES, 1).index()) {
            index.save(file);
        }
        try (CacheIndex index = CacheIndex.open(file, new OpenOptions().capacity(Capacity.lastKeys(30)))) {
            assertThat(index.size()).isEqualTo(30);
            assertThat(index.remove(69)).isZero();
            assertThat(index.remove(70)).isEqualTo(1);
        }
    }
}
