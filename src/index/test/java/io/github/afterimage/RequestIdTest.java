package io.github.afterimage;

import static io.github.afterimage.Refusals.assertIllegalArgument;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.afterimage.failure.InvalidRowException;
import io.github.afterimage.failure.RequestConflictException;
import io.github.afterimage.settings.Durability;
import io.github.afterimage.settings.ElementType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Requests that are made again, in one process and after it. */
class RequestIdTest {
    private static final int VIEWS = 2;
    private static final OpenOptions LOGGED = new OpenOptions().threads(1).log(Durability.everyChange());

    @TempDir
    private Path folder;

    private static CacheIndex index() {
        return new CacheIndexBuilder(2, 3).threads(1).build();
    }

    private static KeyBatch keys(int count) {
        float[] features = new float[2 * count * VIEWS];
        for (int i = 0; i < count * VIEWS; i++) {
            features[2 * i] = 1;
            features[2 * i + 1] = i;
        }
        return KeyBatch.of(features, new int[count]).views(VIEWS);
    }

    private Path copyOfTheFiles(int number) throws IOException {
        Path copy = Files.createDirectory(folder.resolveSibling(folder.getFileName() + "-" + number));
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.copy(file, copy.resolve(file.getFileName()));
            }
        }
        return copy.resolve("index");
    }

    @Test
    void theKeysOfARequestAreAddedOnceEvenIfTheyAreRemovedMeanwhile() {
        try (CacheIndex index = index()) {
            index.add(keys(1));
            KeyBatch batch = keys(2).requestId("a");
            assertThat(index.add(batch)).isEqualTo(new AddedKeys(1, 2, false));
            long version = index.version();
            assertThat(index.add(batch).first()).isEqualTo(1);
            assertThat(index.add(batch)).isEqualTo(new AddedKeys(1, 2, true));
            assertThat(index.add(batch).ids()).containsExactly(1, 2);
            assertThat(index.version()).isEqualTo(version);
            index.remove(1, 2);
            assertThat(index.add(batch).first()).isEqualTo(1);
            assertThat(index.size()).isEqualTo(VIEWS);
            assertThat(index.add(keys(2).requestId("b")).first()).isEqualTo(3);
            assertThat(index.add(keys(2)).first()).as("without a request").isEqualTo(5);
        }
    }

    @Test
    void aReplacementIsMadeOnceAlthoughItsOldKeysAreGone() {
        try (CacheIndex index = index()) {
            index.add(keys(2));
            long[] old = {0};
            assertThat(index.replace(old, keys(1).requestId("a")).first()).isEqualTo(2);
            assertThat(index.replace(old, keys(1).requestId("a")).first()).isEqualTo(2);
            assertThat(index.size()).isEqualTo(2 * VIEWS);
            assertThatThrownBy(() -> index.replace(old, keys(1).requestId("b")))
                    .hasMessageContaining("no key has this id");
        }
    }

    @Test
    void otherKeysWithTheSameRequestIdAreRefused() {
        try (CacheIndex index = index()) {
            index.add(keys(2).names(List.of("x", "y")).requestId("a"));
            for (KeyBatch other : List.of(
                    keys(1),
                    keys(2),
                    keys(2).names(List.of("xy", "")),
                    KeyBatch.of(new float[] {1, 0, 1, 1, 1, 2, 1, 3}, new int[] {0, 1})
                            .views(VIEWS)
                            .names(List.of("x", "y")))) {
                assertThatThrownBy(() -> index.add(other.requestId("a")))
                        .isInstanceOf(RequestConflictException.class)
                        .hasMessageContaining("request id a belongs to other keys");
            }
            assertThat(index.add(keys(2).requestId("a").names(List.of("x", "y")))
                            .first())
                    .isZero();
            assertThat(index.size()).isEqualTo(2 * VIEWS);
        }
    }

    @Test
    void aDigestOfTheCallerTakesThePlaceOfThatOfTheKeys() {
        try (CacheIndex index = index()) {
            assertThat(index.added("a", 5)).isEmpty();
            index.add(keys(1).requestId("a", 5));
            assertThat(index.added("a", 5)).contains(new AddedKeys(0, 1, true));
            assertThat(index.add(keys(2).requestId("a", 5)).first()).isZero();
            assertThatThrownBy(() -> index.added("a", 6)).isInstanceOf(RequestConflictException.class);
            assertThatThrownBy(() -> index.add(keys(1).requestId("a", 6))).isInstanceOf(RequestConflictException.class);
        }
    }

    @Test
    void aRequestThatWasRefusedMayBeMadeAgain() {
        try (CacheIndex index = index()) {
            KeyBatch zeros = KeyBatch.of(new float[] {0, 0}, new int[] {0});
            assertThatThrownBy(() -> index.add(zeros.requestId("a"))).isInstanceOf(InvalidRowException.class);
            assertThat(index.add(keys(1).requestId("a")).repeated()).isFalse();
            assertThat(index.add(keys(0).requestId("none")).repeated()).isFalse();
            assertThat(index.add(keys(1).requestId("none")).repeated()).isFalse();
        }
    }

    @Test
    void aRequestIdHas1To255BytesAndNoControlCharacters() {
        for (String id : List.of("", "a\nb", "\ud800", "ü".repeat(128))) {
            assertIllegalArgument(() -> keys(1).requestId(id)).hasMessageContaining("request id");
        }
        try (CacheIndex index = index()) {
            index.add(keys(1).requestId("ü".repeat(127)));
            assertIllegalArgument(() -> index.added("", 0));
        }
    }

    @Test
    void ofManyThreadsWithTheSameRequestOneAddsTheKeys() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try (CacheIndex index = index()) {
            for (int round = 0; round < 50; round++) {
                KeyBatch batch = keys(3).requestId("round " + round);
                Callable<AddedKeys> add = () -> index.add(batch);
                Set<AddedKeys> answers = new HashSet<>();
                int repeated = 0;
                for (Future<AddedKeys> answer : threads.invokeAll(Collections.nCopies(8, add))) {
                    repeated += answer.get().repeated() ? 1 : 0;
                    answers.add(answer.get());
                }
                assertThat(repeated).isEqualTo(7);
                assertThat(answers).hasSize(2).allMatch(answer -> answer.count() == 3);
            }
            assertThat(index.size()).isEqualTo(150 * VIEWS);
        } finally {
            threads.shutdown();
        }
    }

    /** Adds a request to the index of a file, and returns whether it was there. */
    private static boolean again(Path file, OpenOptions options, KeyBatch batch, AddedKeys expected)
            throws IOException {
        try (CacheIndex index = CacheIndex.open(file, options)) {
            long size = index.size();
            AddedKeys added = index.add(batch);
            assertThat(index.size()).isEqualTo(size + (added.repeated() ? 0 : batch.count() * VIEWS));
            assertThat(added.repeated() ? added : expected).isEqualTo(expected);
            return added.repeated();
        }
    }

    @Test
    void aRequestIsKnownAfterAKillAfterASaveAndAfterAnEnd() throws IOException {
        Path file = folder.resolve("index");
        KeyBatch first = keys(2).requestId("first");
        KeyBatch second = keys(3).requestId("second");
        try (CacheIndex index = index()) {
            index.add(keys(100));
            index.save(file);
        }
        try (CacheIndex index = CacheIndex.open(file, LOGGED)) {
            index.add(first);
            assertThat(again(copyOfTheFiles(1), LOGGED, first, new AddedKeys(100, 2, true)))
                    .isTrue();
            index.save(file);
            assertThat(again(copyOfTheFiles(2), LOGGED, first, new AddedKeys(100, 2, true)))
                    .isTrue();
            index.add(second);
            Path killed = copyOfTheFiles(3);
            for (KeyBatch each : List.of(first, second)) {
                assertThat(again(killed, LOGGED, each, index.add(each))).isTrue();
            }
        }
        try (CacheIndex index = CacheIndex.open(file, LOGGED)) {
            index.save(file); // the log is gone
            assertThat(StoredIndex.check(file)).isEmpty();
            assertThat(StoredIndex.files(file)).as("in parts").hasSizeGreaterThan(1);
            index.files().saveWhole(folder.resolve("whole"), index.attributes());
        }
        for (Path saved : List.of(file, folder.resolve("whole"))) {
            assertThat(again(saved, new OpenOptions(), first, new AddedKeys(100, 2, true)))
                    .isTrue();
            assertThat(again(saved, new OpenOptions(), second, new AddedKeys(102, 3, true)))
                    .isTrue();
        }
        try (CacheIndex index = CacheIndex.open(file, LOGGED)) {
            index.add(keys(4).requestId("taken back"));
            assertThat(index.files().revert()).isTrue();
        }
        assertThat(again(file, LOGGED, keys(4).requestId("taken back"), new AddedKeys(105, 4, false)))
                .isFalse();
    }

    @Test
    void aCopyInAnotherTypeKnowsTheRequests() throws IOException {
        Path file = folder.resolve("index");
        Path copy = folder.resolve("copy");
        try (CacheIndex index = index()) {
            index.add(keys(2).requestId("a"));
            index.save(file);
        }
        try (StoredIndex stored = StoredIndex.open(file, true)) {
            stored.convert(copy, ElementType.FLOAT16, Progress.NONE);
        }
        assertThat(again(copy, new OpenOptions(), keys(2).requestId("a"), new AddedKeys(0, 2, true)))
                .isTrue();
    }

    @Test
    void theNewestRequestsAreRememberedInAMebibyte() throws IOException {
        Path file = folder.resolve("index");
        int count = 20_000;
        List<String> ids =
                Stream.generate(() -> UUID.randomUUID().toString()).limit(count).toList();
        try (CacheIndex index = index()) {
            for (String id : ids) {
                index.add(keys(1).requestId(id, 0));
            }
            index.save(file);
        }
        try (CacheIndex index = CacheIndex.open(file)) {
            int first = 0;
            while (index.added(ids.get(first), 0).isEmpty()) {
                first++;
            }
            assertThat(count - first).isEqualTo(16_912 + 1);
            for (int i = first; i < count; i++) {
                assertThat(index.added(ids.get(i), 0)).isEqualTo(Optional.of(new AddedKeys(i, 1, true)));
            }
        }
    }
}
