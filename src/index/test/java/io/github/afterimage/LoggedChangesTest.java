package io.github.afterimage;

import static io.github.afterimage.Numbers.filled;
import static io.github.afterimage.Refusals.assertIllegalState;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.afterimage.answer.Answer;
import io.github.afterimage.failure.UnsavedChangeException;
import io.github.afterimage.file.IndexCheck;
import io.github.afterimage.settings.Durability;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** An index that is open with a log, as its callers see it. */
class LoggedChangesTest {
    private static final int THREADS = 4;

    @TempDir
    private Path folder;

    private Path file;

    @BeforeEach
    void name() {
        file = folder.resolve("cache.safetensors");
    }

    static Stream<Durability> durabilities() {
        return Stream.of(Durability.everyChange(), Durability.every(Duration.ofMillis(2)), Durability.never());
    }

    private static CacheIndex open(Path file) throws IOException {
        return CacheIndex.open(file, new OpenOptions().threads(1));
    }

    private static CacheIndex open(Path file, Durability durability) throws IOException {
        return CacheIndex.open(file, new OpenOptions().threads(1).log(durability));
    }

    private static void add(CacheIndex index, String name) {
        index.add(KeyBatch.of(new float[] {1, 2}, new int[] {1}).names(List.of(name)));
    }

    @Test
    void theLogOfANewIndexBeginsWithItsFirstSave() throws IOException {
        try (CacheIndex index = new CacheIndexBuilder(2, 2)
                .threads(1)
                .log(Durability.everyChange())
                .build()) {
            add(index, "a");
            index.files().save(file, Map.of("data", "some"));
            add(index, "b");
            assertThat(FileNames.in(folder))
                    .containsExactly(".cache.safetensors.lock", "cache.safetensors", "cache.safetensors.0001.log");
            try (CacheIndex reader = open(file)) {
                assertThat(reader.size()).isEqualTo(2);
            }
        }
        try (CacheIndex index = open(file, Durability.never())) {
            assertThat(index.size()).isEqualTo(2);
            assertThat(index.attributes()).containsEntry("data", "some");
            index.save(file);
        }
        assertThat(FileNames.in(folder)).containsExactly("cache.safetensors");
    }

    @ParameterizedTest
    @ValueSource(strings = {"rw-------", "rw-rw----"})
    void allFilesOfAnIndexHaveItsPermissions(String permissions) throws IOException {
        try (CacheIndex index = new CacheIndexBuilder(2, 2).threads(1).build()) {
            add(index, "a");
            add(index, "b");
            index.save(file);
        }
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
        try (CacheIndex index = open(file, Durability.everyChange())) {
            for (int save = 0; save < 3; save++) {
                add(index, "c");
                for (String name : FileNames.in(folder)) {
                    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve(name))))
                            .as(name)
                            .isEqualTo(permissions);
                }
                index.save(file);
            }
            assertThat(FileNames.in(folder)).hasSizeGreaterThan(3);
        }
    }

    @Test
    void revertTakesBackTheChangesThatNoSaveHas() throws IOException {
        try (CacheIndex index = new CacheIndexBuilder(2, 2).threads(1).build()) {
            add(index, "a");
            index.save(file);
            assertIllegalState(() -> index.files().revert()).hasMessageContaining("was not opened with a log");
        }
        byte[] before = Files.readAllBytes(file);
        CacheIndex reverted = open(file, Durability.everyChange());
        add(reverted, "b");
        reverted.remove(0);
        assertThat(reverted.files().revert()).isTrue();
        assertThat(file).hasBinaryContent(before);
        assertThat(FileNames.in(folder)).containsExactly("cache.safetensors");
        assertIllegalState(() -> add(reverted, "c"));

        try (CacheIndex index = open(file, Durability.everyChange())) {
            add(index, "b");
        }
        List<String> logged = FileNames.in(folder);
        CacheIndex saved = open(file, Durability.never());
        add(saved, "c");
        assertThat(saved.files().revert()).isTrue();
        assertThat(FileNames.in(folder)).isEqualTo(logged);
        saved = open(file, Durability.everyChange());
        saved.save(file);
        add(saved, "c");
        assertThat(saved.files().revert()).isFalse();
        try (CacheIndex index = open(file)) {
            assertThat(index.size()).isEqualTo(3);
        }
    }

    @Test
    void aSecondWriterIsRefusedAndToldWhoTheFirstIs() throws IOException {
        try (CacheIndex index = new CacheIndexBuilder(2, 2).threads(1).build()) {
            add(index, "a");
            index.save(file);
        }
        try (CacheIndex first = open(file, Durability.everyChange())) {
            assertThatThrownBy(() -> open(file, Durability.everyChange()))
                    .isInstanceOf(FileSystemException.class)
                    .hasMessageContaining("another index of this process may save to it and holds its lock");
            add(first, "b");
        }
        open(file, Durability.everyChange()).close();
        assertThatThrownBy(() -> CacheIndex.open(
                        file, new OpenOptions().log(Durability.never()).parts(0, 1)))
                .hasMessageContaining("log with parts 0 to 1");
        assertThatThrownBy(() -> open(folder.resolve("none"), Durability.never()))
                .isInstanceOf(java.nio.file.NoSuchFileException.class);
        assertThat(FileNames.in(folder)).noneMatch(name -> name.endsWith(".lock"));
    }

    @Test
    void removedKeysAndTheirNamesAreInNoFileAfterASave() throws IOException {
        for (Durability durability : new Durability[] {null, Durability.everyChange()}) {
            Files.deleteIfExists(file);
            try (CacheIndex index = new CacheIndexBuilder(2, 2).threads(1).build()) {
                for (int i = 0; i < 1000; i++) {
                    index.add(KeyBatch.of(new float[] {1, i}, new int[] {1}).names(List.of("person " + i + "!")));
                }
                index.save(file);
            }
            try (CacheIndex index = durability == null ? open(file) : open(file, durability)) {
                for (int i = 1000; i < 1100; i++) {
                    index.add(KeyBatch.of(new float[] {1, i}, new int[] {1}).names(List.of("person " + i + "!")));
                }
                index.save(file);
                assertThat(find("person 17!")).isPositive();
                assertThat(find("person 1050!")).isPositive();
                index.remove(17, 1050);
                assertThat(find("person 17!")).isPositive();
                index.save(file);
                assertThat(find("person 17!")).isZero();
                assertThat(find("person 1050!")).isZero();
                assertThat(find("person 18!")).isEqualTo(1);
                assertThat(index.size()).isEqualTo(1098);
            }
        }
    }

    /** Returns how many files hold a text. */
    private int find(String text) throws IOException {
        int found = 0;
        try (Stream<Path> files = Files.list(folder)) {
            for (Path path : files.toList()) {
                found += new String(Files.readAllBytes(path), StandardCharsets.ISO_8859_1).contains(text) ? 1 : 0;
            }
        }
        return found;
    }

    @Test
    void theLogHasAsManyBytesAsItsFiles() throws IOException {
        Path file = folder.resolve("index");
        try (CacheIndex index = new CacheIndexBuilder(2, 2).threads(1).build()) {
            index.save(file);
        }
        OpenOptions options = new OpenOptions().threads(1).log(Durability.never());
        for (int session = 0; session < 3; session++) {
            long bytes;
            try (CacheIndex index = CacheIndex.open(file, options)) {
                assertThat(index.statistics().logBytes())
                        .isEqualTo(StoredIndex.log(file).bytes());
                index.add(new float[] {1, 0}, new int[1]);
                bytes = index.statistics().logBytes();
            }
            try (Stream<Path> files = Files.list(folder)) {
                assertThat(bytes)
                        .isEqualTo(files.filter(path -> !path.equals(file))
                                .mapToLong(path -> path.toFile().length())
                                .sum());
            }
        }
    }

    @Test
    void aLogBeyondItsBoundIsSavedInTheBackground() throws Exception {
        OpenOptions options =
                new OpenOptions().threads(1).log(Durability.never()).maxLogBytes(1 << 20);
        int dim = 256;
        try (CacheIndex index = new CacheIndexBuilder(dim, 2).threads(1).build()) {
            index.files().save(file, Map.of("data", "kept"));
        }
        int adds = 300;
        long most = 0;
        try (CacheIndex index = CacheIndex.open(file, options)) {
            Random random = new Random(3);
            for (int i = 0; i < adds; i++) {
                float[] rows = new float[64 * dim];
                for (int j = 0; j < rows.length; j++) {
                    rows[j] = random.nextFloat() - 0.5f;
                }
                index.add(rows, new int[64]);
                most = Math.max(most, index.statistics().logBytes());
            }
        }
        System.out.println("log of at most 1 MiB: " + most + " bytes at most, of " + 64L * dim * 4 * adds);
        assertThat(most).isLessThan((2 << 20) + 64 * dim * 4 + 4096);
        try (CacheIndex index = open(file)) {
            assertThat(index.size()).isEqualTo(64 * adds);
            assertThat(index.attributes()).containsEntry("data", "kept");
        }
        assertThat(IndexCheck.findings(file)).isEmpty();
        assertThat(StoredIndex.bytes(file)).isGreaterThan(64L * dim * 4 * (adds - 64));
    }

    @Test
    void changesAreRefusedOnceAnotherProcessHasReplacedTheFile() throws Exception {
        try (CacheIndex index = new CacheIndexBuilder(2, 2).threads(1).build()) {
            index.save(file);
        }
        Path other = Files.copy(file, folder.resolve("other"));
        byte[] whole;
        try (CacheIndex index = open(file, Durability.everyChange())) {
            add(index, "first");
            index.save(file);
            add(index, "second");
            whole = Files.readAllBytes(file);
            Files.move(other, file, StandardCopyOption.REPLACE_EXISTING);
            for (int i = 0; i < 2; i++) {
                assertThatThrownBy(() -> add(index, "third"))
                        .isInstanceOf(UncheckedIOException.class)
                        .isNotInstanceOf(UnsavedChangeException.class)
                        .hasMessageContaining(file + ": the change is refused: another process has replaced the file")
                        .hasMessageContaining("save this index to another name, or open the file again");
            }
            Files.delete(file);
            assertThatThrownBy(() -> index.remove(0)).hasMessageContaining("another process has removed the file");
            assertThat(index.size()).isEqualTo(2);
            Files.write(file, whole); // the same bytes in another file
            add(index, "third");
        }
        try (CacheIndex index = open(file)) {
            assertThat(index.size()).isEqualTo(3);
        }
    }

    @Test
    void savedAttributesAreThoseOfTheIndexAndOfEveryLaterSave() throws Exception {
        OpenOptions options =
                new OpenOptions().threads(1).log(Durability.never()).maxLogBytes(1 << 20);
        try (CacheIndex index = new CacheIndexBuilder(256, 2).threads(1).build()) {
            index.files().save(file, Map.of("theta", "1", "lambda", "0.5"));
        }
        try (CacheIndex index = CacheIndex.open(file, options)) {
            Map<String, String> tuned = Map.of("theta", "60", "lambda", "0.25");
            index.files().save(file, tuned);
            assertThat(index.attributes()).isEqualTo(tuned);
            index.nameClass(1, "bird");
            assertThatThrownBy(() -> index.files().save(folder.resolve("no/folder"), Map.of()))
                    .isInstanceOf(IOException.class);
            assertThat(index.attributes()).containsEntry("theta", "60");
            index.save(file);
            assertThat(stored()).containsAllEntriesOf(tuned).containsEntry("class_names", "class 0\nbird");
            index.nameClass(0, "frog");
            long before;
            do { // until the log is saved in the background
                before = index.statistics().logBytes();
                index.add(filled(64 * 256, 1), new int[64]);
            } while (index.statistics().logBytes() >= before);
        }
        assertThat(stored()).containsEntry("theta", "60").containsEntry("class_names", "frog\nbird");
    }

    private Map<String, String> stored() throws IOException {
        try (CacheIndex index = open(file)) {
            return index.attributes();
        }
    }

    @ParameterizedTest
    @MethodSource("durabilities")
    void addersSavesAndReadersTogetherLoseNothing(Durability durability) throws Exception {
        try (CacheIndex index = new CacheIndexBuilder(2, 2).threads(1).build()) {
            index.save(file);
        }
        int adds = 150;
        AtomicLongArray acknowledged = new AtomicLongArray(THREADS);
        ExecutorService threads = Executors.newFixedThreadPool(THREADS + 2);
        try (CacheIndex index = open(file, durability)) {
            List<Future<?>> running = new ArrayList<>();
            for (int thread = 0; thread < THREADS; thread++) {
                int own = thread;
                running.add(threads.submit((Callable<Void>) () -> {
                    for (int i = 0; i < adds; i++) {
                        index.add(KeyBatch.of(new float[] {1, 2, 3, 4}, new int[] {0, 1})
                                .names(List.of(own + " " + i, "gone")));
                        acknowledged.set(own, i + 1);
                        if (i % 7 == 0) {
                            Thread.currentThread().interrupt(); // does no harm to a change
                            index.remove(-1);
                            add(index, "gone");
                            Thread.interrupted();
                        }
                    }
                    return null;
                }));
            }
            List<Future<?>> adding = List.copyOf(running);
            Callable<Void> saves = () -> {
                while (!adding.stream().allMatch(Future::isDone)) {
                    index.save(file);
                }
                return null;
            };
            Callable<Void> reads = () -> {
                while (!adding.stream().allMatch(Future::isDone)) {
                    long[] before = new long[THREADS];
                    for (int i = 0; i < THREADS; i++) {
                        before[i] = acknowledged.get(i);
                    }
                    Map<Integer, Long> found = found();
                    for (int i = 0; i < THREADS && durability.interval().isEmpty(); i++) {
                        assertThat(found.getOrDefault(i, 0L)).isGreaterThanOrEqualTo(before[i]);
                    }
                }
                return null;
            };
            running.add(threads.submit(saves));
            running.add(threads.submit(reads));
            for (Future<?> future : running) {
                future.get();
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(found().values()).containsOnly((long) adds).hasSize(THREADS);
        assertThat(IndexCheck.findings(file)).isEmpty();
    }

    /** Opens the index; returns how many keys each thread has added, and checks that none is missing before them. */
    private Map<Integer, Long> found() throws IOException {
        Map<Integer, Long> found = new TreeMap<>();
        try (CacheIndex index = open(file)) {
            if (index.size() == 0) {
                return found;
            }
            Answer all = index.nearest(new float[] {1, 2}, 10_000);
            Map<Long, String> names = new TreeMap<>();
            all.row(0).neighbors().forEach(key -> names.put(key.id(), key.name()));
            for (String name : names.values()) {
                if (!name.equals("gone")) {
                    String[] words = name.split(" ");
                    long count = found.getOrDefault(Integer.parseInt(words[0]), 0L);
                    assertThat(Long.parseLong(words[1])).isEqualTo(count);
                    found.put(Integer.parseInt(words[0]), count + 1);
                }
            }
        }
        return found;
    }
}
