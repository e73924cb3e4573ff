package io.github.afterimage.keys;

import static io.github.afterimage.Numbers.normals;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.afterimage.platform.NativeMemory;
import io.github.afterimage.settings.ElementType;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ClassMeansTest {
    private static final int DIM = 19;
    private static final int CLASSES = 600; // in three blocks

    private static ClassMeans sum(Snapshot snapshot) {
        try (ClassSums sums = ClassSums.of(DIM, QueriedKeys.all(snapshot).labels(), NativeMemory::allocate)) {
            for (Keys keys : snapshot.range(0, snapshot.rows())) {
                sums.add(keys, () -> {});
            }
            return ClassMeans.of(sums);
        }
    }

    private static float[] floats(ClassMeans means) {
        List<ClassMeans.Rows> rows = means.rows();
        float[] all = new float
                [rows.stream().mapToInt(some -> some.labels().length * DIM).sum()];
        int from = 0;
        for (ClassMeans.Rows some : rows) {
            int length = some.labels().length * DIM;
            some.means().get(all, from, length);
            from += length;
        }
        return all;
    }

    private static void assertExact(KeyStore store, String after) {
        try (Snapshot snapshot = store.snapshot();
                ClassMeans expected = sum(snapshot)) {
            ClassMeans carried = Objects.requireNonNull(snapshot.means(), after);
            assertThat(carried.bytes()).as(after).isEqualTo(expected.bytes());
            assertThat(floats(carried)).as(after).isEqualTo(floats(expected));
        }
    }

    private static FloatBuffer features(Random random, int count) {
        float[] rows = normals(random, count * DIM);
        return FloatBuffer.wrap(rows);
    }

    private static int[] labels(Random random, int count) {
        // some classes have many keys, others come and go
        return random.ints(count, 0, 40)
                .map(i -> i < 30 ? i : random.nextInt(CLASSES))
                .toArray();
    }

    @ParameterizedTest
    @EnumSource(ElementType.class)
    void everyChangeLeavesTheBitsThatThePresentKeysHave(ElementType type) {
        for (long seed = 1; seed <= 6; seed++) {
            Random random = new Random(seed);
            try (KeyStore store = KeyStore.ofSmallSegments(50L * DIM * type.bytes(), DIM, CLASSES, type)) {
                store.add(KeyRows.of(features(random, 100), labels(random, 100)));
                try (Snapshot first = store.snapshot()) {
                    first.means(sum(first));
                }
                for (int step = 0; step < 60; step++) {
                    String change = "seed " + seed + " step " + step + " " + change(store, random);
                    assertExact(store, change);
                }
                store.removeIf(key -> true);
                assertExact(store, "removing all");
                store.add(KeyRows.of(features(random, 3), new int[] {599, 0, 599}));
                assertExact(store, "adding again");
            }
        }
    }

    private static String change(KeyStore store, Random random) {
        long[] ids = random.longs(1 + random.nextInt(20), 0, store.nextId())
                .sorted()
                .distinct()
                .toArray();
        long[] present;
        try (Snapshot snapshot = store.snapshot()) {
            present = Arrays.stream(ids).filter(id -> snapshot.row(id) >= 0).toArray();
        }
        int count = random.nextInt(30);
        KeyRows rows = KeyRows.of(features(random, count), labels(random, count));
        switch (random.nextInt(5)) {
            case 0 -> {
                store.add(rows);
                return "add " + count;
            }
            case 1 -> {
                store.remove(ids);
                return "remove";
            }
            case 2 -> {
                store.replace(present, rows, null);
                return "replace";
            }
            case 3 -> {
                int label = random.nextInt(40);
                store.removeIf(key -> key.label(0) == label);
                return "remove class";
            }
            default -> {
                store.compact();
                return "compact";
            }
        }
    }

    @Test
    void changesThatAreMadeWhileKeysAreSummedUpAreMadeUpFor() {
        for (long seed = 1; seed <= 10; seed++) {
            Random random = new Random(seed);
            try (KeyStore store = KeyStore.ofSmallSegments(50L * DIM * 4, DIM, CLASSES, ElementType.FLOAT32)) {
                store.add(KeyRows.of(features(random, 200), labels(random, 200)));
                try (Snapshot first = store.snapshot()) {
                    String changes = "";
                    for (int i = 0; i < 1 + seed % 5; i++) {
                        changes += change(store, random) + ", ";
                    }
                    first.means(sum(first));
                    store.carryMeans(first);
                    assertExact(store, "seed " + seed + ": " + changes);
                }
                assertExact(store, "seed " + seed + ", " + change(store, random));
            }
        }
    }

    @Test
    void meansAreThoseOfExactArithmetic() {
        Random random = new Random(7);
        try (KeyStore store = new KeyStore(new KeyFormat(DIM, CLASSES, ElementType.FLOAT32), 0)) {
            int count = 500;
            store.add(KeyRows.of(features(random, count), new int[count]));
            try (Snapshot snapshot = store.snapshot();
                    ClassMeans means = sum(snapshot)) {
                double[] sum = new double[DIM];
                double[] key = new double[DIM];
                for (int row = 0; row < count; row++) {
                    snapshot.key(row).read(0, key);
                    for (int i = 0; i < DIM; i++) {
                        sum[i] += key[i];
                    }
                }
                double norm = Math.sqrt(Arrays.stream(sum).map(x -> x * x).sum());
                float[] mean = floats(means);
                for (int i = 0; i < DIM; i++) {
                    assertThat((double) mean[i]).isCloseTo(sum[i] / norm, within(1e-6));
                }
            }
        }
    }

    @Test
    void numbersThatAreNoElementsOfAUnitRowDoNotCount() {
        KeyRun run = new KeyRun(4);
        run.add(FloatBuffer.wrap(new float[] {Float.NaN, Float.POSITIVE_INFINITY, -1e30f, 0.25f}), 0, 1);
        assertThat(new long[] {run.coarse(0), run.coarse(1), run.coarse(2), run.coarse(3)})
                .containsExactly(0, 0, 0, 256);
    }

    @Test
    void theSumsOfAsManyKeysAsAClassCanHaveDoNotOverflow() {
        long keys = 1L << 31;
        KeyRun run = new KeyRun(2);
        run.add(FloatBuffer.wrap(new float[] {2, -2 + 0x1p-22f}), 0, 1);
        for (int i = 0; i < 2; i++) {
            Math.multiplyExact(run.coarse(i), keys);
            Math.multiplyExact(run.fine(i), keys);
        }
        run.clear();
        run.add(FloatBuffer.wrap(new float[] {0x1p-11f, -0x1p-11f}), 0, 1);
        assertThat(Math.abs(Math.multiplyExact(run.fine(0), keys))).isLessThanOrEqualTo(1L << 62);
    }
}
