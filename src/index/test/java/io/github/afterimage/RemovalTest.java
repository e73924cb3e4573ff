package io.github.afterimage;

import static io.github.afterimage.Refusals.assertIllegalArgument;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class RemovalTest {
    private static final int DIM = ExpectedKeys.DIM;
    private static final int CLASSES = ExpectedKeys.CLASSES;

    private final long bytesBefore = MemoryUse.bytes();

    @Test
    void afterAnyChangesTheAnswersAreThoseOfTheKeysThatAreLeft() {
        long seed = 4711;
        Random random = new Random(seed);
        ExpectedKeys expected = new ExpectedKeys();
        try (CacheIndex index = new CacheIndexBuilder(DIM, CLASSES)
                .threads(1 + random.nextInt(3))
                .build()) {
            long nextId = 0;
            for (int step = 0; step < 250; step++) {
                String as = "seed " + seed + " step " + step;
                int count = random.nextInt(random.nextInt(10) == 0 ? 600 : 40);
                int views = 1 + random.nextInt(3);
                float[] rows = ExpectedKeys.rows(random, count * views);
                int[] labels = random.ints(count, 0, CLASSES).toArray();
                KeyBatch batch = KeyBatch.of(rows, labels).views(views);
                List<Long> ids = new ArrayList<>(expected.labels.keySet());
                switch (random.nextInt(7)) {
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
                            assertThat(index.remove(key -> key.label() == label))
                                    .as(as)
                                    .isEqualTo(gone.size());
                            gone.forEach(expected::remove);
                        }
                    }
                    case 2 -> {
                        int oldest = random.nextInt(4) == 0 ? ids.size() / 2 : 0;
                        long[] gone = IntStream.range(0, ids.size())
                                .filter(i -> i < oldest || random.nextInt(10) == 0)
                                .mapToLong(ids::get)
                                .toArray();
                        assertThat(index.replace(gone, batch)).as(as).isEqualTo(new AddedKeys(nextId, count, false));
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
                        assertThat(index.add(batch).ids())
                                .as(as)
                                .isEqualTo(
                                        LongStream.range(nextId, nextId + count).toArray());
                        expected.add(nextId, rows, labels);
                        nextId += count;
                    }
                }
                if (step % 5 == 0) {
                    expected.compare(index, random, Engines.available(), as);
                }
            }
        }
    }

    @Test
    void removesTheKeysThatAConditionAccepts() {
        try (CacheIndex index = new CacheIndexBuilder(2, 2).build()) {
            KeyBatch keys = KeyBatch.of(new float[] {1, 0, 0, 1, 1, 1}, new int[] {0, 1, 1});
            index.add(keys.names(List.of("a/1", "a/2", "b/1")));
            assertThat(index.remove(key -> key.label() == 1 && key.name().startsWith("a/")))
                    .isEqualTo(1);
            assertThat(index.list(0, 9)).extracting(KeyEntry::name).containsExactly("a/1", "b/1");
        }
    }

    @Test
    void replacingAKeyThatIsNotThereChangesNothing() {
        try (CacheIndex index = new CacheIndexBuilder(DIM, CLASSES).build()) {
            Random random = new Random(2);
            index.add(ExpectedKeys.rows(random, 3), new int[3]);
            index.remove(1);
            for (long id : new long[] {1, 3, -1}) {
                assertIllegalArgument(() -> index.replace(
                                new long[] {0, id}, KeyBatch.of(ExpectedKeys.rows(random, 1), new int[1])))
                        .hasMessageContaining("id " + id + " at place 1");
            }
            float[] bad = ExpectedKeys.rows(random, 1);
            bad[3] = Float.NaN;
            assertIllegalArgument(() -> index.replace(new long[] {0}, KeyBatch.of(bad, new int[1])));
            assertThat(index.size()).isEqualTo(2);
            assertThat(index.remove(0, 1, 2)).isEqualTo(2);
            assertThatThrownBy(() -> index.query(ExpectedKeys.rows(random, 1), 1))
                    .hasMessageContaining("no keys");
            assertThat(index.add(ExpectedKeys.rows(random, 1), new int[1]).first())
                    .isEqualTo(3);
        }
    }

    @Test
    void anIndexWhoseOldestKeysMakeRoomDoesNotGrowHoweverManyKeysPass() {
        try (CacheIndex index = new CacheIndexBuilder(DIM, CLASSES).build()) {
            Random random = new Random(3);
            float[] rows = ExpectedKeys.rows(random, 500);
            long most = 0;
            for (int step = 0; step < 400; step++) {
                long[] oldest = step < 40
                        ? new long[0]
                        : LongStream.range(500L * (step - 40), 500L * (step - 39))
                                .toArray();
                index.replace(
                        oldest, KeyBatch.of(rows, random.ints(500, 0, CLASSES).toArray()));
                most = Math.max(most, MemoryUse.bytes() - bytesBefore);
            }
            assertThat(index.size()).isEqualTo(20_000);
            // 96 bytes a key, segments of 1 MiB, and one in the making.
            assertThat(most).isLessThan(2 * 20_000L * 96 + (2L << 20));
        }
    }
}
