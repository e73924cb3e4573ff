package io.github.afterimage.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.Capacity;
import io.github.afterimage.CorruptIndexException;
import io.github.afterimage.Durability;
import io.github.afterimage.ElementType;
import io.github.afterimage.IndexPartWriter;
import io.github.afterimage.KeyBatch;
import io.github.afterimage.PartitionedIndexWriter;
import io.github.afterimage.Progress;
import io.github.afterimage.StoredIndex;
import io.github.afterimage.StoredValues;
import io.github.afterimage.platform.Disk;
import io.github.afterimage.platform.NativeLibrary;
import io.github.afterimage.platform.NativeMemory;
import io.github.afterimage.reduce.Reduction;
import io.github.afterimage.tensors.ArrayFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The values of keys go wherever their keys go, bit by bit. */
class KeyValuesTest {
    private static final int DIM = 4;
    private static final int CLASSES = 3;
    private static final int WIDTH = 3;
    /** Numbers that every type holds: some of them are the smallest, the greatest, or a negative zero. */
    private static final float[] EXACT = {0, -0f, 1.5f, -2, 0x1p-24f, -0x1.fp-14f, 65280, 0.3125f};

    @TempDir
    Path folder;

    private final long bytesBefore = NativeMemory.bytesInUse();
    private final Random random = new Random(5);

    @AfterEach
    void nothingIsLeaked() {
        assertThat(NativeMemory.bytesInUse()).isEqualTo(bytesBefore);
    }

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
        float[] features = new float[count * DIM];
        for (int i = 0; i < features.length; i++) {
            features[i] = (float) random.nextGaussian();
        }
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
                IndexFile.Reading reading = new IndexFile.Reading(verify, maxLoaded, true, 0, Integer.MAX_VALUE);
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
        return new SavedFiles(null, null, SaveSettings.DEFAULT);
    }

    private void save(SavedFiles files, KeyStore store) throws IOException {
        files.save(file(), store, Map.of(), new float[0], true);
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
            IndexFile.Reading last = new IndexFile.Reading(true, 0, true, 1, 2);
            try (KeyStore part = IndexFile.open(file(), last).keys()) {
                assertValues(part, ids(41, 48));
            }
            store.remove(0, 44);
            save(files, store);
            assertSaved(file(), LongStream.range(1, 48).filter(id -> id != 44).toArray());
        }
        assertThat(StoredIndex.values(file())).isEqualTo(new StoredValues(WIDTH, values, 46L * WIDTH * values.bytes()));
    }

    @ParameterizedTest
    @EnumSource(
            value = ElementType.class,
            names = {"FLOAT16", "BFLOAT16"})
    void aLogHoldsThem(ElementType values) throws IOException {
        Durability durability = Durability.everyChange();
        String held;
        try (Session session =
                Session.create(Disk.SYSTEM, file(), ElementType.INT8, new ValueFormat(5, values), durability)) {
            for (int step = 0; step < 14; step++) {
                session.change(step);
            }
            held = session.held();
            assertThat(Session.contents(file())).isEqualTo(held);
        }
        assertThat(IndexCheck.findings(file())).isEmpty();
        try (Session session = Session.open(Disk.SYSTEM, file(), durability)) {
            assertThat(session.held()).isEqualTo(held);
        }
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
                    store.replace(gone, rows);
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
                store.remove((int label) -> label == chosen);
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
            assertThat(StoredIndex.values(converted).type()).isEqualTo(ElementType.FLOAT16);
        }
    }

    @Test
    void aReducedIndexHasTheSame() throws IOException {
        try (KeyStore store = new KeyStore(format(ElementType.FLOAT32, ElementType.BFLOAT16), 0)) {
            add(store, 600);
            save(store);
        }
        Path reduced = folder.resolve("reduced.safetensors");
        for (String reduction : List.of("gaussian:2", "pca:2")) {
            try (StoredIndex stored = StoredIndex.open(file(), true);
                    CacheIndex index = stored.reduce(
                                    Reduction.parse(reduction), ElementType.FLOAT16, 100, 2, Progress.NONE)
                            .index()) {
                index.save(reduced);
            }
            assertSaved(reduced, ids(0, 600));
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
        return CacheIndex.builder(DIM, CLASSES).threads(1).values(WIDTH, ElementType.FLOAT32);
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
            assertThatThrownBy(() -> writer.add(new float[DIM], new int[1]))
                    .isInstanceOf(IllegalArgumentException.class)
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
        IndexPartWriter.complete(builder(), file(), List.of(parts), firstNumber);
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
            assertThat(NativeMemory.bytesInUse() - bytesBefore).isBetween(3L << 20, 9L << 20);
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
            assertThat(NativeMemory.bytesInUse() - bytesBefore).isGreaterThanOrEqualTo(columns);
            assertThat(mapped.nextId()).isEqualTo(100_000);
        }
    }

    /** Changes the values in a file, and their checksum with them. */
    private void craft(Consumer<ByteBuffer> change) throws IOException {
        try (IndexReader reader = IndexReader.open(file())) {
            IndexHeader header = reader.header;
            byte[] data = Files.readAllBytes(file());
            int start = (int) (reader.headerBytes.length + header.offset(Section.VALUES));
            ByteBuffer values = ByteBuffer.wrap(data, start, (int) header.bytes(Section.VALUES))
                    .slice()
                    .order(ByteOrder.LITTLE_ENDIAN);
            change.accept(values);
            CRC32C crc = new CRC32C();
            crc.update(values.rewind());
            header.checksums().put(Section.VALUES, (int) crc.getValue());
            header.encode().get(data, 0, reader.headerBytes.length);
            Files.write(file(), data);
        }
    }

    private void assertRefused(String finding) throws IOException {
        assertThatThrownBy(() -> IndexFile.open(file(), true))
                .isInstanceOf(CorruptIndexException.class)
                .hasMessageContaining(finding);
        assertThat(IndexCheck.findings(file())).singleElement().asString().contains(finding);
    }

    @ParameterizedTest
    @CsvSource({"FLOAT32, NaN", "FLOAT32, -Infinity", "FLOAT16, Infinity", "BFLOAT16, NaN"})
    void aValueThatIsNotFiniteIsFoundWithItsRow(ElementType type, float bad) throws IOException {
        try (KeyStore store = new KeyStore(format(ElementType.FLOAT32, type), 0)) {
            add(store, 50);
            save(store);
        }
        craft(values -> {
            int place = 7 * WIDTH + 2;
            switch (type) {
                case FLOAT32 -> values.putFloat(place * Float.BYTES, bad);
                case FLOAT16 -> values.putShort(place * Short.BYTES, (short) 0x7c00);
                default -> values.putShort(place * Short.BYTES, (short) 0x7fc0);
            }
        });
        assertRefused("values: " + bad + " at row 7, expected a finite number at column 2");
    }

    @Test
    void greatValuesAreNotTakenForInfiniteOnes() throws IOException {
        int width = IndexReader.CHUNK_BYTES / Float.BYTES - 1; // rows that begin in one chunk and end in the next
        ValueFormat values = new ValueFormat(width, ElementType.FLOAT32);
        try (KeyStore store = new KeyStore(new KeyFormat(1, 1, ElementType.FLOAT32, values), 0)) {
            float[] great = new float[2 * width];
            Arrays.fill(great, 3e38f);
            store.add(new KeyRows(
                    FloatBuffer.wrap(new float[] {1, -1}), new int[2], FloatBuffer.wrap(great), KeyDetails.none(2)));
            save(store);
        }
        IndexFile.open(file(), true).keys().close();
        assertThat(IndexCheck.findings(file())).isEmpty();
        craft(bytes -> bytes.putFloat((2 * width - 1) * Float.BYTES, Float.NaN));
        assertRefused("values: NaN at row 1, expected a finite number at column " + (width - 1));
    }

    @Test
    void aDamagedByteIsFoundByItsChecksum() throws IOException {
        try (KeyStore store = new KeyStore(format(ElementType.FLOAT32, ElementType.FLOAT32), 0)) {
            add(store, 50);
            save(store);
        }
        byte[] bytes = Files.readAllBytes(file());
        bytes[bytes.length - 2] ^= 1; // the values are the last tensor
        Files.write(file(), bytes);
        assertRefused("values: the checksum");
    }

    @Test
    void aValueInALogThatIsNotFiniteIsRefusedWithItsChange() throws IOException {
        ValueFormat values = new ValueFormat(1, ElementType.FLOAT32);
        try (Session session =
                Session.create(Disk.SYSTEM, file(), ElementType.FLOAT32, values, Durability.everyChange())) {
            session.add(1, false);
        }
        Path log = new LogNames(file()).path(1);
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(log)).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putFloat(bytes.capacity() - 8, Float.NaN); // behind it is the padding
        ByteBuffer record = bytes.slice(LogFile.HEADER_BYTES, bytes.capacity() - LogFile.HEADER_BYTES)
                .order(ByteOrder.LITTLE_ENDIAN);
        CRC32C crc = new CRC32C();
        crc.update(record.position(LogRecord.CHECKED_FROM));
        record.putInt(LogRecord.CHECKED_FROM - Integer.BYTES, (int) crc.getValue());
        Files.write(log, bytes.array());
        assertThatThrownBy(() -> IndexFile.open(file(), true))
                .isInstanceOf(CorruptIndexException.class)
                .hasMessageContaining("change 0: values: NaN at row 0, expected a finite number at column 0");
    }

    @Test
    void aReaderRefusesValuesOfAWidthOrTypeThatThereIsNot() throws IOException {
        try (KeyStore store = new KeyStore(format(ElementType.FLOAT32, ElementType.FLOAT32), 0)) {
            add(store, 50);
            save(store);
        }
        byte[] bytes = Files.readAllBytes(file());
        String header = new String(bytes, 0, 4096, StandardCharsets.ISO_8859_1);
        assertHeaderRefused(bytes, header.replace("[50,3]", "[50,0]"), "values: shape [50, 0], expected [size, width]");
        assertHeaderRefused(
                bytes,
                header.replace("\"values\":{\"dtype\":\"F32\"", "\"values\":{\"dtype\":\"I32\""),
                "values: type I32, expected F32, F16 or BF16");
        assertHeaderRefused(
                bytes,
                header.replace("version\":\"5\"", "version\":\"4\""),
                "tensor \"values\" is not known to this release");
    }

    private void assertHeaderRefused(byte[] bytes, String header, String finding) throws IOException {
        byte[] changed = bytes.clone();
        byte[] text = header.getBytes(StandardCharsets.ISO_8859_1);
        assertThat(text).isNotEqualTo(Arrays.copyOf(bytes, 4096)).hasSize(4096);
        Checksums.seal(text);
        System.arraycopy(text, 0, changed, 0, text.length);
        Files.write(file(), changed);
        assertRefused(finding);
    }
}
