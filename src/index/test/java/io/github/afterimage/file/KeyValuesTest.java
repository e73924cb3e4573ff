package io.github.afterimage.file;

import static io.github.afterimage.Numbers.normals;
import static io.github.afterimage.Refusals.assertIllegalArgument;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.Capacity;
import io.github.afterimage.ElementType;
import io.github.afterimage.IndexPartWriter;
import io.github.afterimage.KeyBatch;
import io.github.afterimage.MemoryUse;
import io.github.afterimage.PartitionedIndexWriter;
import io.github.afterimage.Progress;
import io.github.afterimage.StoredContents;
import io.github.afterimage.StoredIndex;
import io.github.afterimage.keys.KeyDetails;
import io.github.afterimage.keys.KeyFormat;
import io.github.afterimage.keys.KeyRows;
import io.github.afterimage.keys.KeyStore;
import io.github.afterimage.keys.Keys;
import io.github.afterimage.keys.Snapshot;
import io.github.afterimage.keys.ValueFormat;
import io.github.afterimage.platform.NativeLibrary;
import io.github.afterimage.reduce.Reduction;
import io.github.afterimage.tensors.ArrayFile;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The values of keys go wherever their keys go, bit by bit. */
class KeyValuesTest {
    private static final int DIM = 4;
    private static final int CLASSES = 3;
    private static final int WIDTH = 3;
    /** Numbers that every type holds: some of them are the smallest, the greatest, or a negative zero. */
    private static final float[] EXACT = {0, -0f, 1.5f, -2, 0x1p-24f, -0x1.fp-14f, 65280, 0.3125f};

    @TempDir
    Path folder;

    private final long bytesBefore = MemoryUse.bytes();
    private final Random random = new Random(5);

    private Path file() {
        return folder.resolve("index.safetensors");
    }

    private static KeyFormat format(ElementType type, ElementType values) {
        assumeTrue(NativeLibrary.available(), NativeLibrary.problem());
        return new KeyFormat(DIM, CLASSES, type, new ValueFormat(WIDTH, values));
    }

    /** Returns what {@link #rows} gives the key with this id. */
    private static float[] expected(long id) {
        float[] values = new float[WIDTH];
        for (int i = 0; i < WIDTH; i++) {
            values[i] = EXACT[(int) ((id * 5 + i * 3) % EXACT.length)];
        }
        return values;
    }

    private KeyRows rows(long firstId, int count) {
        float[] features = normals(random, count * DIM);
        int[] labels = random.ints(count, 0, CLASSES).toArray();
        FloatBuffer values = FloatBuffer.allocate(1 + count * WIDTH).position(1);
        for (int i = 0; i < count; i++) {
            values.put(expected(firstId + i));
        }
        return new KeyRows(FloatBuffer.wrap(features), labels, values.position(1), KeyDetails.none(count));
    }

    private void add(KeyStore store, int count) {
        store.add(rows(store.nextId(), count));
    }

    /** Compares the values of all keys of a store. */
    private static void assertValues(KeyStore store, long... ids) {
        Map<Long, String> found = new TreeMap<>();
        float[] values = new float[WIDTH];
        try (Snapshot snapshot = store.snapshot()) {
            for (Keys keys : snapshot.parts()) {
                for (long row = 0; row < keys.count(); row++) {
                    keys.readValues(row, values);
                    found.put(keys.id(row), Arrays.toString(values));
                }
            }
        }
        Map<Long, String> right = new TreeMap<>();
        for (long id : ids) {
            right.put(id, Arrays.toString(expected(id)));
        }
        assertThat(found).isEqualTo(right);
    }

    private void assertSaved(Path file, long... ids) throws IOException {
        assertThat(IndexCheck.findings(file)).isEmpty();
        for (boolean verify : new boolean[] {true, false}) {
            for (long maxLoaded : new long[] {0, Long.MAX_VALUE}) {
                IndexFile.Reading reading = new IndexFile.Reading(verify, maxLoaded, 0, Integer.MAX_VALUE);
                try (KeyStore opened = IndexFile.open(file, reading).keys()) {
                    assertValues(opened, ids);
                }
            }
        }
    }

    private static long[] ids(int from, int to) {
        return LongStream.range(from, to).toArray();
    }

    private static SavedFiles saved() {
        return new SavedFiles(null);
    }

    private void save(SavedFiles files, KeyStore store) throws IOException {
        files.save(file(), store, Map.of(), MapTensors.NONE, true);
    }

    private void save(KeyStore store) throws IOException {
        try (SavedFiles files = saved()) {
            save(files, store);
        }
    }

    @ParameterizedTest
    @CsvSource({"FLOAT32, FLOAT32", "FLOAT32, BFLOAT16", "INT8, FLOAT16", "BFLOAT16, FLOAT32"})
    void aFileAndItsPartsHoldThem(ElementType type, ElementType values) throws IOException {
        try (KeyStore store = new KeyStore(format(type, values), 0);
                SavedFiles files = saved()) {
            save(files, store);
            assertSaved(file());
            add(store, 41);
            save(files, store);
            assertSaved(file(), ids(0, 41));
            add(store, 7);
            save(files, store);
            assertThat(StoredIndex.files(file())).hasSize(3);
            assertSaved(file(), ids(0, 48));
            IndexFile.Reading last = new IndexFile.Reading(true, 0, 1, 2);
            try (KeyStore part = IndexFile.open(file(), last).keys()) {
                assertValues(part, ids(41, 48));
            }
            store.remove(0, 44);
            save(files, store);
            assertSaved(file(), LongStream.range(1, 48).filter(id -> id != 44).toArray());
        }
        assertThat(StoredIndex.contents(file()))
                .isEqualTo(new StoredContents(0, 0, WIDTH, values, 46L * WIDTH * values.bytes()));
    }

    @Test
    void addedRemovedReplacedEvictedAndCompactedKeysKeepTheirs() {
        long seed = System.nanoTime();
        System.out.println("values: seed " + seed);
        Random history = new Random(seed);
        TreeMap<Long, Integer> labels = new TreeMap<>();
        try (KeyStore store = new KeyStore(format(ElementType.FLOAT32, ElementType.BFLOAT16), 0)) {
            for (int step = 0; step < 60; step++) {
                if (step == 40) {
                    store.capacity(Capacity.lastKeys(150));
                    evict(labels);
                }
                long[] gone = labels.keySet().stream()
                        .filter(id -> history.nextInt(9) == 0)
                        .mapToLong(Long::longValue)
                        .toArray();
                long next = store.nextId();
                KeyRows rows = rows(next, history.nextInt(40));
                if (history.nextBoolean()) {
                    store.replace(gone, rows, null);
                } else {
                    store.remove(gone);
                    store.add(rows);
                }
                Arrays.stream(gone).forEach(labels::remove);
                for (int i = 0; i < rows.count(); i++) {
                    labels.put(next + i, rows.labels()[i]);
                }
                if (step >= 40) {
                    evict(labels);
                }
                int chosen = history.nextInt(9);
                store.removeIf((keys, offset) -> keys.label(offset) == chosen);
                labels.values().removeIf(label -> label == chosen);
                if (history.nextInt(10) == 0) {
                    store.compact();
                }
                assertValues(
                        store,
                        labels.keySet().stream().mapToLong(Long::longValue).toArray());
            }
        }
    }

    private static void evict(TreeMap<Long, Integer> keys) {
        while (keys.size() > 150) {
            keys.pollFirstEntry();
        }
    }

    @Test
    void aConvertedIndexHasTheSame() throws IOException {
        try (KeyStore store = new KeyStore(format(ElementType.FLOAT32, ElementType.FLOAT16), 0)) {
            add(store, 300);
            store.remove(5);
            save(store);
        }
        long[] ids = LongStream.range(0, 300).filter(id -> id != 5).toArray();
        for (ElementType type : new ElementType[] {null, ElementType.INT8}) {
            Path converted = folder.resolve("converted.safetensors");
            try (StoredIndex stored = StoredIndex.open(file(), true)) {
                stored.convert(converted, type, Progress.NONE);
            }
            assertSaved(converted, ids);
            assertThat(StoredIndex.contents(converted).valueType()).isEqualTo(ElementType.FLOAT16);
        }
    }

    @Test
    void aReducedIndexHasTheSame() throws IOException {
        try (KeyStore store = new KeyStore(format(ElementType.FLOAT32, ElementType.BFLOAT16), 0)) {
            add(store, 600);
            store.remove(5, 599);
            save(store);
        }
        Path reduced = folder.resolve("reduced.safetensors");
        for (String reduction : List.of("gaussian:2", "pca:2", "whiten:2")) {
            try (StoredIndex stored = StoredIndex.open(file(), true);
                    CacheIndex index = stored.reduce(
                                    Reduction.parse(reduction), ElementType.FLOAT16, 100, 2, Progress.NONE)
                            .index()) {
                index.save(reduced);
                assertThat(index.add(KeyBatch.of(new float[] {1, 0, 0, 0}, new int[1])
                                        .values(FloatBuffer.allocate(WIDTH)))
                                .first())
                        .as("ids of removed keys are not given again")
                        .isEqualTo(600);
            }
            assertSaved(reduced, LongStream.range(0, 599).filter(id -> id != 5).toArray());
        }
    }

    @Test
    void anExportHasThemAsFloat32() throws IOException {
        try (KeyStore store = new KeyStore(format(ElementType.FLOAT32, ElementType.BFLOAT16), 0)) {
            add(store, 300);
            save(store);
        }
        Path exported = folder.resolve("keys.npz");
        try (StoredIndex stored = StoredIndex.open(file(), true)) {
            stored.export(exported, Progress.NONE);
            assertThat(stored.exportBytes()).isEqualTo(300 * (DIM * 4 + WIDTH * 4 + 4 + 8));
        }
        FloatBuffer values = FloatBuffer.allocate(300 * WIDTH);
        try (ArrayFile arrays = ArrayFile.open(exported, List.of("values"))) {
            assertThat(arrays.require("values").shape()).containsExactly(300, WIDTH);
            arrays.require("values").readRows(0, 300, values);
        }
        for (int row = 0; row < 300; row++) {
            assertThat(Arrays.copyOfRange(values.array(), row * WIDTH, (row + 1) * WIDTH))
                    .containsExactly(expected(row));
        }
    }

    private static CacheIndexBuilder builder() {
        return new CacheIndexBuilder(DIM, CLASSES).threads(1).values(WIDTH, ElementType.FLOAT32);
    }

    private void add(PartitionedIndexWriter writer, int first, int count) throws IOException {
        KeyRows rows = rows(first, count);
        writer.add(KeyBatch.of(rows.features(), rows.labels()).values(rows.values()));
    }

    @Test
    void anIndexIsBuiltInPartsWithThemAndGoesOnAfterAnInterruption() throws IOException {
        try (PartitionedIndexWriter writer = builder().buildInParts(file(), 10)) {
            add(writer, 0, 25);
        }
        try (PartitionedIndexWriter writer = builder().buildInParts(file(), 10)) {
            assertThat(writer.size()).isEqualTo(20);
            add(writer, 20, 13);
            assertIllegalArgument(() -> writer.add(new float[DIM], new int[1]))
                    .hasMessage("values hold 0 numbers: expected 1 keys x width 3 = 3");
            writer.complete();
        }
        assertSaved(file(), ids(0, 33));
        try (PartitionedIndexWriter writer = builder().buildInParts(file(), 10)) {
            add(writer, 0, 10);
        }
        try (PartitionedIndexWriter wider =
                builder().values(WIDTH + 1, ElementType.FLOAT32).buildInParts(file(), 10)) {
            assertThat(wider.size())
                    .as("parts with other values are of another index")
                    .isZero();
        }
    }

    @Test
    void severalProcessesBuildPartsWithThem() throws IOException {
        int firstNumber = IndexPartWriter.firstNumber(file());
        String[] parts = new String[2];
        for (int i = 0; i < 2; i++) {
            try (IndexPartWriter part = builder().buildPart(i * 8L)) {
                KeyRows rows = rows(i * 8L, 8);
                part.add(KeyBatch.of(rows.features(), rows.labels()).values(rows.values()));
                parts[i] = part.write(file(), firstNumber + i);
            }
        }
        builder().completeParts(file(), List.of(parts), firstNumber);
        assertSaved(file(), ids(0, 16));
    }

    /** A segment that had room for a mebibyte of keys would take 64 GiB. */
    @Test
    void aSegmentIsAsSmallAsItsKeysWithTheirValues() {
        ValueFormat wide = new ValueFormat(1 << 18, ElementType.FLOAT32);
        try (KeyStore store = new KeyStore(new KeyFormat(DIM, CLASSES, ElementType.FLOAT32, wide), 0)) {
            for (int i = 0; i < 3; i++) {
                store.add(new KeyRows(
                        FloatBuffer.wrap(new float[] {1, 0, 0, i}),
                        new int[1],
                        FloatBuffer.allocate(wide.width()),
                        KeyDetails.none(1)));
            }
            assertThat(MemoryUse.bytes() - bytesBefore).isBetween(3L << 20, 9L << 20);
        }
    }

    @Test
    void openingCountsTheMemoryOfTheValuesOfMappedKeys() throws IOException {
        try (KeyStore store = new KeyStore(format(ElementType.FLOAT32, ElementType.FLOAT32), 0)) {
            add(store, 100_000);
            save(store);
        }
        try (KeyStore mapped = IndexFile.open(file(), false).keys()) {
            long columns = 100_000L * (WIDTH * Float.BYTES + Integer.BYTES + Long.BYTES);
            assertThat(MemoryUse.bytes() - bytesBefore).isGreaterThanOrEqualTo(columns);
            assertThat(mapped.nextId()).isEqualTo(100_000);
        }
    }
}
