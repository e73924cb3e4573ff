package io.github.afterimage;

import static io.github.afterimage.Refusals.assertIllegalArgument;
import static io.github.afterimage.Refusals.assertIllegalState;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class KeyListTest {
    private static final float[] ONE = {1, 2};

    /** An index with the ids 0 to count - 1, with classes 0, 1, 2, 0, 1, and so on. */
    private static CacheIndex index(int count) {
        CacheIndex index = new CacheIndexBuilder(2, 4).build();
        IntStream.range(0, count)
                .forEach(i -> index.add(KeyBatch.of(ONE, new int[] {i % 3}).names(List.of("key " + i))));
        return index;
    }

    private static List<Long> ids(List<KeyEntry> keys) {
        return keys.stream().map(KeyEntry::id).toList();
    }

    @Test
    void pagesAscendFromTheFirstIdThatIsGreatEnough() {
        try (CacheIndex index = index(10)) {
            index.remove(0, 4, 5, 9);
            assertThat(ids(index.list(Long.MIN_VALUE, 3))).containsExactly(1L, 2L, 3L);
            assertThat(ids(index.list(4, 2))).containsExactly(6L, 7L);
            assertThat(ids(index.list(8, 100))).containsExactly(8L);
            assertThat(index.list(9, 100)).isEmpty();
            assertThat(index.list(Long.MAX_VALUE, Integer.MAX_VALUE)).isEmpty();
            assertThat(index.list(3, 1)).containsExactly(new KeyEntry(3, 0, "key 3", false));
        }
    }

    @Test
    void aKeyIsFoundByItsIdUntilItIsRemoved() {
        try (CacheIndex index = index(3)) {
            assertThat(index.key(1)).contains(new KeyEntry(1, 1, "key 1", false));
            index.remove(1);
            assertThat(index.key(1)).isEmpty();
            assertThat(index.key(3)).isEmpty();
            assertThat(index.key(-1)).isEmpty();
        }
    }

    @Test
    void aSnapshotListsTheKeysOfItsMoment() {
        try (CacheIndex index = index(5);
                CacheReader snapshot = index.snapshot()) {
            index.remove(0, 1);
            index.add(ONE, new int[] {3});
            assertThat(ids(snapshot.list(0, 10))).containsExactly(0L, 1L, 2L, 3L, 4L);
            assertThat(snapshot.classCounts()).containsExactly(2, 2, 1, 0);
            assertThat(ids(index.list(0, 10))).containsExactly(2L, 3L, 4L, 5L);
            assertThat(index.classCounts()).containsExactly(1, 1, 1, 1);
        }
    }

    @Test
    void anEmptyIndexHasNoKeysInAnyClass() {
        try (CacheIndex index = index(0)) {
            assertThat(index.list(0, 10)).isEmpty();
            assertThat(index.classCounts()).containsExactly(0, 0, 0, 0);
        }
    }

    @Test
    void refusesALimitThatIsNotPositive() {
        try (CacheIndex index = index(1)) {
            assertIllegalArgument(() -> index.list(0, 0)).hasMessage("limit 0: expected a positive number of keys");
        }
    }

    @Test
    void aClosedIndexListsNothing() {
        CacheIndex index = index(1);
        index.close();
        assertIllegalState(() -> index.list(0, 1));
        assertIllegalState(index::classCounts);
    }
}
