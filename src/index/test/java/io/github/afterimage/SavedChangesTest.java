package io.github.afterimage;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.file.IndexCheck;
import io.github.afterimage.file.IndexFile;
import io.github.afterimage.platform.NativeLibrary;
import io.github.afterimage.settings.ElementType;
import io.github.afterimage.settings.MemoryKind;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Keys are added, removed, replaced, and compacted between saves, and what was saved is opened. */
class SavedChangesTest {
    private static final int STEPS = 250;

    @TempDir
    Path folder;

    /** The keys that a file should hold. */
    private record Saved(ExpectedKeys keys, long nextId) {}

    private static CacheIndex open(Path file) throws IOException {
        return CacheIndex.open(file, new OpenOptions().threads(1));
    }

    @Test
    void afterAnyChangesAndSavesAFileHoldsWhatWasSavedLast() throws IOException {
        long seed = System.nanoTime();
        System.out.println("saved changes: seed " + seed);
        Random random = new Random(seed);
        List<Path> files = List.of(folder.resolve("a.safetensors"), folder.resolve("b.safetensors"));
        Map<Path, Saved> saved = new HashMap<>();
        ExpectedKeys expected = new ExpectedKeys();
        long nextId = 0;
        int mostFiles = 0;
        CacheIndex index = new CacheIndexBuilder(ExpectedKeys.DIM, ExpectedKeys.CLASSES)
                .threads(1)
                .build();
        try {
            for (int count : new int[] {60, 1}) {
                float[] rows = ExpectedKeys.rows(random, count);
                index.add(rows, new int[count]);
                expected.add(nextId, rows, new int[count]);
                nextId += count;
                index.save(files.get(0));
                saved.put(files.get(0), new Saved(expected.copy(), nextId));
            }
            assertThat(IndexFile.files(files.get(0)))
                    .as("a list, and the keys of each save")
                    .hasSize(3);
            for (int step = 0; step < STEPS; step++) {
                String as = "seed " + seed + " step " + step;
                int count = random.nextInt(random.nextInt(10) == 0 ? 200 : 12);
                int views = 1 + random.nextInt(2);
                float[] rows = ExpectedKeys.rows(random, count * views);
                int[] labels = random.ints(count, 0, ExpectedKeys.CLASSES).toArray();
                List<String> names = ExpectedKeys.names(random, count);
                List<byte[]> thumbnails = ExpectedKeys.thumbnails(random, count);
                Path file = files.get(random.nextInt(8) / 7); // mostly the first
                switch (random.nextInt(8)) {
                    case 0, 1 -> {
                        assertThat(index.add(KeyBatch.of(FloatBuffer.wrap(rows), labels)
                                                .views(views)
                                                .names(names)
                                                .thumbnails(thumbnails))
                                        .first())
                                .as(as)
                                .isEqualTo(nextId);
                        expected.add(nextId, rows, labels, names, thumbnails);
                        nextId += count;
                    }
                    case 2 -> {
                        long[] gone = some(expected, random);
                        assertThat(index.remove(gone)).as(as).isEqualTo(gone.length);
                        Arrays.stream(gone).forEach(expected::remove);
                    }
                    case 3 -> {
                        long[] gone = some(expected, random);
                        assertThat(index.replace(
                                                gone,
                                                KeyBatch.of(FloatBuffer.wrap(rows), labels)
                                                        .views(views)
                                                        .names(names)
                                                        .thumbnails(thumbnails))
                                        .first())
                                .as(as)
                                .isEqualTo(nextId);
                        Arrays.stream(gone).forEach(expected::remove);
                        expected.add(nextId, rows, labels, names, thumbnails);
                        nextId += count;
                    }
                    case 4 -> {
                        if (random.nextInt(3) == 0) {
                            index.compact();
                        }
                    }
                    case 5, 6 -> {
                        if (random.nextInt(6) == 0) {
                            index.files().saveWhole(file, Map.of());
                        } else {
                            index.save(file);
                        }
                        saved.put(file, new Saved(expected.copy(), nextId));
                        assertThat(IndexCheck.findings(file)).as(as).isEmpty();
                        try (CacheIndex opened = open(file)) {
                            expected.compare(opened, random, List.of(Engines.auto()), as);
                        }
                        mostFiles = Math.max(mostFiles, names().size());
                    }
                    default -> {
                        if (saved.containsKey(file)) { // what was not saved is lost
                            index.close();
                            index = open(file);
                            expected = saved.get(file).keys().copy();
                            nextId = saved.get(file).nextId();
                        }
                    }
                }
                if (step % 5 == 0) {
                    expected.compare(index, random, List.of(Engines.auto()), as);
                }
            }
        } finally {
            index.close();
        }
        assertThat(mostFiles).as("seed %d: files of two indexes", seed).isLessThanOrEqualTo(26);
        for (Map.Entry<Path, Saved> last : saved.entrySet()) {
            try (CacheIndex opened = open(last.getKey())) {
                last.getValue().keys().compare(opened, random, List.of(Engines.auto()), "seed " + seed + " at last");
                assertThat(opened.add(ExpectedKeys.rows(random, 1), new int[1]).first())
                        .isEqualTo(last.getValue().nextId());
            }
        }
    }

    private static long[] some(ExpectedKeys keys, Random random) {
        int one = 1 + random.nextInt(12);
        List<Long> ids = List.copyOf(keys.labels.keySet());
        int oldest = random.nextInt(4) == 0 ? ids.size() / 2 : 0;
        return IntStream.range(0, ids.size())
                .filter(i -> i < oldest || random.nextInt(one) == 0)
                .mapToLong(ids::get)
                .toArray();
    }

    /** Of the files but the lock, which is there while an index may be saved. */
    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(path -> path.getFileName().toString())
                    .filter(name -> !name.endsWith(".lock"))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void keysOfAFileStayMappedUntilSomethingChanges() throws IOException {
        Assumptions.assumeTrue(NativeLibrary.available(), NativeLibrary.problem());
        Path file = folder.resolve("index.safetensors");
        Random random = new Random(11);
        ExpectedKeys expected = new ExpectedKeys();
        float[] rows = ExpectedKeys.rows(random, 2000);
        int[] labels = random.ints(1000, 0, ExpectedKeys.CLASSES).toArray();
        expected.add(0, rows, labels);
        try (CacheIndex index = new CacheIndexBuilder(ExpectedKeys.DIM, ExpectedKeys.CLASSES)
                .threads(1)
                .eraseRemoved(false)
                .build()) {
            index.add(KeyBatch.of(rows, labels).views(2));
            index.save(file);
            for (long id = 0; id < 1000; id += 3) {
                index.remove(id);
                expected.remove(id);
            }
            index.save(file);
        }
        assertThat(names()).hasSize(2);
        try (CacheIndex index =
                CacheIndex.open(file, new OpenOptions().threads(1).load(false).eraseRemoved(false))) {
            assertThat(MemoryUse.bytes(MemoryKind.MAPPED)).isPositive();
            expected.compare(index, random, List.of(Engines.auto()), "mapped");
            assertThat(index.remove(0, 999)).isZero();
            assertThat(MemoryUse.bytes(MemoryKind.MAPPED)).isPositive();
            assertThat(index.remove(1)).isEqualTo(1);
            expected.remove(1);
            assertThat(MemoryUse.bytes(MemoryKind.MAPPED)).isZero();
            expected.compare(index, random, List.of(Engines.auto()), "copied");
            index.save(file);
        }
        assertThat(names()).as("its keys were not written again").hasSize(2);
        try (CacheIndex index = open(file)) {
            expected.compare(index, random, List.of(Engines.auto()), "opened again");
        }
    }

    /** Ids are read and keys are converted in steps whose ends are within pictures. */
    @Test
    void removedPicturesOfALargePartStayRemovedAndTheOthersAreConvertedWhole() throws IOException {
        Path file = folder.resolve("index.safetensors");
        int pictures = 50_000;
        float[] rows = ExpectedKeys.rows(new Random(13), pictures * 3 / 10);
        int[] labels = new int[pictures];
        Arrays.setAll(labels, id -> id % 2);
        long[] removed = LongStream.range(0, pictures)
                .filter(id -> id % 7 == 1 || id > 43_000 && id < 44_000)
                .toArray();
        List<KeyEntry> left;
        try (CacheIndex index =
                new CacheIndexBuilder(2, 2).threads(1).eraseRemoved(false).build()) {
            index.add(KeyBatch.of(rows, labels).views(3));
            index.save(file);
            assertThat(index.remove(removed)).isEqualTo(removed.length);
            left = index.list(0, pictures);
            index.save(file);
        }
        assertThat(names()).hasSize(2);
        Path converted = folder.resolve("converted.safetensors");
        try (StoredIndex stored = StoredIndex.open(file, true)) {
            stored.convert(converted, ElementType.FLOAT16, Progress.NONE);
        }
        for (Path saved : List.of(file, converted)) {
            try (CacheIndex index = open(saved)) {
                assertThat(index.size()).isEqualTo(3L * left.size()).isEqualTo(3L * (pictures - removed.length));
                assertThat(index.list(0, pictures)).isEqualTo(left);
                assertThat(index.remove(removed)).isZero();
            }
        }
    }

    @Test
    void aPartWithoutAnyKeyLeftIsDeleted() throws IOException {
        Path file = folder.resolve("index.safetensors");
        Random random = new Random(12);
        try (CacheIndex index = new CacheIndexBuilder(ExpectedKeys.DIM, ExpectedKeys.CLASSES)
                .threads(1)
                .build()) {
            for (int count : new int[] {400, 100}) {
                index.add(ExpectedKeys.rows(random, count), new int[count]);
                index.save(file);
            }
            assertThat(names())
                    .containsExactly("index.0001.safetensors", "index.0002.safetensors", "index.safetensors");
            index.remove(LongStream.range(400, 500).toArray());
            index.save(file);
            assertThat(names()).containsExactly("index.0001.safetensors", "index.safetensors");
        }
        try (CacheIndex index = open(file)) {
            assertThat(index.size()).isEqualTo(400);
            assertThat(index.add(ExpectedKeys.rows(random, 1), new int[1]).first())
                    .isEqualTo(500);
            index.remove(id -> true);
            index.save(file);
            assertThat(names()).containsExactly("index.safetensors");
        }
        try (CacheIndex index = open(file)) {
            assertThat(index.size()).isZero();
            assertThat(index.add(ExpectedKeys.rows(random, 1), new int[1]).first())
                    .isEqualTo(501);
        }
    }
}
