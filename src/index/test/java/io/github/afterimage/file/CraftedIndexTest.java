package io.github.afterimage.file;

import static io.github.afterimage.Numbers.filled;
import static io.github.afterimage.Numbers.normals;
import static io.github.afterimage.Refusals.assertCorrupt;
import static io.github.afterimage.Refusals.assertIllegalArgument;
import static io.github.afterimage.Refusals.assertIllegalState;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.CacheReader;
import io.github.afterimage.Engine;
import io.github.afterimage.Engines;
import io.github.afterimage.FileNames;
import io.github.afterimage.OpenOptions;
import io.github.afterimage.StoredIndex;
import io.github.afterimage.answer.Answer;
import io.github.afterimage.answer.AnswerRule;
import io.github.afterimage.answer.Calibration;
import io.github.afterimage.answer.KeySet;
import io.github.afterimage.answer.Query;
import io.github.afterimage.answer.TuningRows;
import io.github.afterimage.failure.CorruptIndexException;
import io.github.afterimage.keys.KeyFormat;
import io.github.afterimage.keys.Section;
import io.github.afterimage.platform.InputFile;
import io.github.afterimage.platform.NativeLibrary;
import io.github.afterimage.platform.NumberType;
import io.github.afterimage.reduce.LearnedReducer;
import io.github.afterimage.reduce.Reduction;
import io.github.afterimage.settings.ElementType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files with values that no index has, and with the right checksums of them. */
class CraftedIndexTest {
    private static final int DIM = 40;
    private static final int CLASSES = 3;
    private static final int SIZE = 50;

    @TempDir
    private Path folder;

    private Path file;

    @BeforeEach
    void name() {
        file = folder.resolve("cache.safetensors");
    }

    private void save(ElementType type, int dim, int size) throws IOException {
        assumeTrue(type == ElementType.FLOAT32 || NativeLibrary.available(), NativeLibrary.problem());
        try (CacheIndex index = new CacheIndexBuilder(dim, CLASSES).type(type).build()) {
            add(index, dim, size);
            index.save(file);
        }
    }

    private static void add(CacheIndex index, int dim, int size) {
        Random random = new Random(1);
        float[] features = normals(random, size * dim);
        index.add(features, random.ints(size, 0, CLASSES).toArray());
    }

    /** Changes the bytes of a section, and the checksums with them. */
    private void craft(Section section, Consumer<ByteBuffer> change) throws IOException {
        craft(header -> header, section, change);
    }

    /** Makes another header of one. */
    interface Other {
        IndexHeader of(IndexHeader header);
    }

    private void craft(Other other, Section section, Consumer<ByteBuffer> change) throws IOException {
        craft(file, other, section, change);
    }

    static void craft(Path file, Other other, Section section, Consumer<ByteBuffer> change) throws IOException {
        try (IndexReader reader = IndexReader.open(file)) {
            IndexHeader header = reader.header;
            byte[] data = Files.readAllBytes(file);
            ByteBuffer bytes = ByteBuffer.wrap(data, (int) (reader.headerBytes.length + header.offset(section)), (int)
                            header.bytes(section))
                    .slice()
                    .order(ByteOrder.LITTLE_ENDIAN);
            change.accept(bytes);
            CRC32C crc = new CRC32C();
            crc.update(bytes.rewind());
            header.checksums().put(section, (int) crc.getValue());
            ByteBuffer newHeader = other.of(header).encode();
            ByteBuffer all = ByteBuffer.allocate(newHeader.remaining() + data.length - reader.headerBytes.length);
            all.put(newHeader).put(data, reader.headerBytes.length, data.length - reader.headerBytes.length);
            Files.write(file, all.array());
        }
    }

    private void assertRefused(String finding) throws IOException {
        for (boolean load : new boolean[] {false, true}) {
            assertCorrupt(() -> CacheIndex.open(file, new OpenOptions().load(load)))
                    .hasMessageContaining(finding);
        }
        assertThat(IndexCheck.findings(file)).singleElement().asString().contains(finding);
    }

    @ParameterizedTest
    @EnumSource(ElementType.class)
    void opensKeysOfEveryTypeAndDimension(ElementType type) throws IOException {
        for (int dim : new int[] {1, 2, 7, 1024, 1500, 30_000}) {
            save(type, dim, 300);
            CacheIndex.open(file).close();
            assertThat(IndexCheck.findings(file)).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void refusesAKeyWithAValueThatIsNotFinite(float value) throws IOException {
        save(ElementType.FLOAT32, DIM, SIZE);
        craft(Section.KEYS, keys -> keys.putFloat((7 * DIM + 3) * Float.BYTES, value));
        assertRefused("keys: " + value + " at row 7, expected a finite number at column 3");
    }

    @Test
    void refusesAKeyOfHalfPrecisionThatIsNotFinite() throws IOException {
        save(ElementType.FLOAT16, DIM, SIZE);
        craft(Section.KEYS, keys -> keys.putShort((7 * DIM + 3) * Short.BYTES, (short) 0x7e00));
        assertRefused("keys: NaN at row 7, expected a finite number at column 3");
    }

    @ParameterizedTest
    @CsvSource({"FLOAT32, 1.001", "FLOAT16, 1.01", "BFLOAT16, 1.02", "FLOAT32, 0.99", "FLOAT32, 10.8", "FLOAT32, 1e30"})
    void refusesAKeyThatIsNotOfUnitNorm(ElementType type, double norm) throws IOException {
        save(type, DIM, SIZE);
        craft(Section.KEYS, keys -> {
            for (int i = 0; i < DIM; i++) {
                int place = (SIZE - 1) * DIM + i;
                double value = i == 0 ? norm : 0;
                switch (type) {
                    case FLOAT32 -> keys.putFloat(place * 4, (float) value);
                    case BFLOAT16 -> keys.putShort(place * 2, (short) (Float.floatToIntBits((float) value) >> 16));
                    default -> keys.putShort(place * 2, (short) (i == 0 ? 0x3c0a : 0)); // 1 + 10 / 1024
                }
            }
        });
        assertRefused("at row 49, expected a key of norm 1 within");
    }

    @Test
    void refusesAKeyLongerThanAChunkThatIsNotOfUnitNorm() throws IOException {
        int dim = InputFile.CHUNK_BYTES / Float.BYTES + 5;
        save(ElementType.FLOAT32, dim, 3);
        CacheIndex.open(file).close();
        craft(Section.KEYS, keys -> keys.putFloat(2 * dim * Float.BYTES - 4, 3e25f));
        assertRefused("keys: 3.0E25 at row 1, expected a key of norm 1 within 1.0E-5");
    }

    @Test
    void refusesInt8KeysWhoseScaleMakesThemTooLong() throws IOException {
        save(ElementType.INT8, DIM, SIZE);
        craft(Section.SCALES, scales -> scales.putFloat(4 * Float.BYTES, 1f / 127));
        assertRefused("keys: ");
    }

    @ParameterizedTest
    @ValueSource(floats = {0, -0.001f, Float.NaN, Float.POSITIVE_INFINITY, 0.1f})
    void refusesAScaleThatIsNotOne(float scale) throws IOException {
        save(ElementType.INT8, DIM, SIZE);
        craft(Section.SCALES, scales -> scales.putFloat(4 * Float.BYTES, scale));
        String finding = "scales: " + scale + " at row 4, expected a number greater than 0 and at most 1/127";
        assertCorrupt(() -> CacheIndex.open(file, new OpenOptions().verify(false)))
                .hasMessageContaining(finding);
        assertThat(IndexCheck.findings(file)).anyMatch(found -> found.contains(finding));
    }

    @Test
    void refusesALabelOfNoClass() throws IOException {
        save(ElementType.FLOAT32, DIM, SIZE);
        craft(Section.LABELS, labels -> labels.putInt(5 * Integer.BYTES, CLASSES));
        assertRefused("labels: 3 at row 5, expected a class in 0..2");
    }

    @Test
    void refusesAnIdOfTooManyKeysAndOneOfTwoClasses() throws IOException {
        save(ElementType.FLOAT32, DIM, SIZE);
        craft(Section.LABELS, labels -> labels.putInt(0, 1).putInt(Integer.BYTES, 1));
        craft(Section.IDS, ids -> ids.putLong(0, 1));
        try (CacheIndex index = CacheIndex.open(file)) {
            assertThat(index.remove(1)).as("rows 0 and 1").isEqualTo(1);
            assertThat(index.size()).isEqualTo(SIZE - 2);
        }
        craft(Section.LABELS, labels -> labels.putInt(0, 2));
        assertRefused("labels: 1 at row 1, expected 2 as before it, because both keys have the id 1");
        craft(Section.LABELS, labels -> labels.putInt(0, 1));
        craft(Section.IDS, ids -> IntStream.range(0, 9).forEach(row -> ids.putLong(row * Long.BYTES, 1)));
        assertRefused("ids: 1 at row 8, expected at most 8 keys of an id");
    }

    @Test
    void namesAllThatIsWrong() throws IOException {
        save(ElementType.FLOAT32, DIM, SIZE);
        craft(Section.LABELS, labels -> labels.putInt(5 * Integer.BYTES, -1).putInt(6 * Integer.BYTES, -1));
        craft(Section.KEYS, keys -> keys.putFloat(0, Float.NaN).putFloat(4, Float.NaN));
        craft(Section.IDS, ids -> ids.putLong(0, 9));
        assertThat(IndexCheck.findings(file))
                .containsExactly(
                        file + ": keys: NaN at row 0, expected a finite number at column 0",
                        file + ": ids: 1 at row 1, expected at least 9 and less than 2^62, because ids do not descend",
                        file + ": labels: -1 at row 5, expected a class in 0..2; 1 more are wrong");
    }

    @Test
    void refusesMoreClassesThanAQueryHasRoomFor() throws IOException {
        save(ElementType.FLOAT32, DIM, SIZE);
        craftFormat(new KeyFormat(DIM, 2_000_000_000, ElementType.FLOAT32));
        assertRefused("header: 2000000000 classes, expected 1 to 4194304");
        assertIllegalArgument(() -> new CacheIndexBuilder(DIM, KeyFormat.MAX_CLASSES + 1).build())
                .hasMessageContaining("4194305");
    }

    @Test
    void refusesADimensionThatNoMemoryHolds() throws IOException {
        try (CacheIndex index = new CacheIndexBuilder(DIM, CLASSES).build()) {
            index.save(file);
        }
        craftFormat(new KeyFormat(KeyFormat.MAX_DIM + 1, CLASSES, ElementType.FLOAT32));
        assertRefused("keys: shape [0, 16777217], expected [size, dim] with a dim of at most 16777216");
        assertIllegalArgument(() -> new CacheIndexBuilder(KeyFormat.MAX_DIM + 1, CLASSES).build())
                .hasMessageContaining("dim 16777217");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "reduction | none at all | reduction",
                "reduction | gaussian:0 | reduction",
                "reduction | gaussian:5 | reduction",
                "reduction | pca:8 | projection",
                "reduction | whiten:8 | projection",
                "reduction.dim | x | reduction.dim: \"x\", expected a number in 1.0",
                "reduction.dim | 99999999999 | reduction.dim",
                "reduction.dim | 2 | reduction",
                "theta | -1 | theta \"-1\" cannot be read",
                "lambda | much | lambda \"much\" cannot be read",
                "class_shares | 1 2 | class_shares \"1 2\" cannot be read",
                "pool.one_view | 0.5 -1 0 | pool.one_view \"0.5 -1 0\" cannot be read",
                "prediction_sets.alone | 9:1:0.5 | prediction_sets.alone \"9:1:0.5\" cannot be read",
                "class_names | only one | class_names: 1 names, expected one for each of 3 classes",
                "class_names | 'a\nb\na' | class_names: classes 0 and 2 have the name \"a\"",
                "class_names | 'a\n\nb' | class_names: the name of class 1 is blank",
                "class_names | 'a\nb\n\u001b[2J' | class_names: the name of class 2 has a control character",
                "class_names | 'a\nb\u202e\nc' | class_names: the name of class 1 has a control character",
                "network.layers | '\u0007relu' | network.layers: has a control character",
                "data\rX | x | data?X: has a control character"
            })
    void refusesAttributesThatDoNotFit(String name, String value, String finding) throws IOException {
        try (CacheIndex index = new CacheIndexBuilder(DIM, CLASSES)
                .reduce(Reduction.gaussian(8))
                .attributes(Map.of("theta", "80", "class_names", "a\nb\nc"))
                .build()) {
            add(index, DIM, SIZE);
            index.save(file);
        }
        craftAttribute(name, value);
        assertCorrupt(() -> CacheIndex.open(file)).hasMessageContaining(file + ": " + finding);
    }

    private static final List<String> NAMES = List.of(
            "theta",
            "lambda",
            "views",
            "class_shares",
            "background",
            "tuned_keys",
            "pool.alone",
            "pool.one_view",
            "prediction_sets.alone",
            "doubt.alone",
            "doubt_share",
            "class_names",
            "spare_classes",
            "reduction",
            "network.layers");

    private static final List<String> ABSURD = List.of(
            "",
            "NaN",
            "-1",
            "1e308",
            "Infinity",
            "0 1e308 1e308",
            "0 1e9 1e9",
            "1 1 1",
            "1 9999999999999999999",
            "4611686018427387904 4611686018427387904",
            ":1:.5",
            "0:1:.5\n1 2:2147483647:1",
            "0:1:1e-300\n1 2:1:1",
            "a\nb\nc",
            "\n\n",
            "\u001b[2J\u0007\r\u202e",
            "gaussian:1",
            "gaussian:16777216");

    /** Whatever an attribute is, the index is refused, or it answers, changes and is saved. */
    @Test
    void anAttributeIsRefusedOnOpeningOrWorks() throws IOException {
        saveTuned();
        byte[] tuned = Files.readAllBytes(file);
        int opened = 0;
        for (String name : NAMES) {
            for (String value : ABSURD) {
                for (String left : FileNames.in(folder)) {
                    Files.delete(folder.resolve(left));
                }
                Files.write(file, tuned);
                craftAttribute(name, value);
                try (CacheIndex index = CacheIndex.open(file, new OpenOptions().threads(1))) {
                    opened++;
                    assertThat(StoredIndex.check(file)).as("%s %s", name, value).isEmpty();
                    work(index);
                } catch (CorruptIndexException e) {
                    assertThat(e).hasMessageContaining(file + ": ");
                } catch (IOException | RuntimeException | AssertionError e) {
                    throw new AssertionError(name + " \"" + value + "\": " + e, e);
                }
            }
        }
        assertThat(opened).isBetween(20, 100);
    }

    private void work(CacheIndex index) throws IOException {
        float[] query = normals(new Random(3), DIM);
        double[] network = {0.5, 0.25, 0.25};
        for (int views = 0; views <= 2; views++) {
            Calibration calibration = index.calibration(views);
            AnswerRule rule = calibration.rule();
            Answer.Row row = index.answer(Query.of(query).thetas(rule.theta()).evidence(true))
                    .row(0);
            double[] p = views == 0 ? rule.alone(row) : rule.probabilities(network, row);
            assertThat(Arrays.stream(p).sum()).isCloseTo(1, within(1e-5));
            calibration.sets().ifPresent(sets -> sets.labels(c -> p[c], sets.greatestCoverage()));
        }
        for (int i = 0; i < 10; i++) {
            index.add(normals(new Random(i), DIM), new int[] {i % CLASSES});
        }
        index.save(file);
        assertThat(index.forget(file, 1).removed()).isEqualTo(1);
        CacheIndex.open(file, new OpenOptions().threads(1)).close();
    }

    /** Saves keys that are whitened after 8 components. */
    private void saveWhitened() throws IOException {
        float[] map = new float[8 * 8];
        float[] projection = new float[8 * DIM];
        for (int i = 0; i < 8; i++) {
            map[9 * i] = 1;
            projection[i * DIM + i] = 1;
        }
        LearnedReducer reducer = LearnedReducer.of(Reduction.whitened(8), DIM, projection, map, new float[8], 0.5);
        try (CacheIndex index =
                new CacheIndexBuilder(DIM, CLASSES).reduce(reducer).build()) {
            add(index, DIM, SIZE);
            index.save(file);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "PROJECTION, 83, NaN, 'projection: NaN at row 2, expected a finite number at column 3'",
        "WHITENING, 17, Infinity, 'whitening: Infinity at row 2, expected a finite number at column 1'",
        "WHITENING, 19, 0.5, 'whitening: 0.5 at row 2, expected 0 at column 3, above the diagonal'",
        "WHITENING, 18, 0, 'whitening: 0.0 at row 2, expected a number greater than 0 on the diagonal'",
        "OFFSET, 5, NaN, 'offset: NaN at row 5, expected a finite number at column 0'"
    })
    void refusesAMapWithAWrongValue(Section section, int place, float value, String finding) throws IOException {
        saveWhitened();
        craft(section, values -> values.putFloat(place * Float.BYTES, value));
        assertRefused(finding);
    }

    @ParameterizedTest
    @CsvSource({
        "pca:8, 'whitening: 64 values, expected 0 for pca:8 of 40 values'",
        "gaussian:8, 'projection: 320 values, expected 0 for gaussian:8 of 40 values'",
        "whiten:9, 'reduction: whiten:9 of 40 values, expected one to the 8 values of a key'",
        "whiten:8:epsilon=0, 'reduction: reduction \"whiten:8:epsilon=0\" has epsilon \"0\"'"
    })
    void refusesAMapThatIsNotThatOfItsReduction(String reduction, String finding) throws IOException {
        saveWhitened();
        craftAttribute("reduction", reduction);
        assertCorrupt(() -> CacheIndex.open(file)).hasMessageContaining(file + ": " + finding);
    }

    private void craftAttribute(String name, String value) throws IOException {
        craft(
                header -> {
                    Map<String, String> attributes = new LinkedHashMap<>(header.attributes());
                    attributes.put(name, value);
                    return with(header, header.format(), attributes);
                },
                Section.IDS,
                ids -> {});
    }

    private void craftFormat(KeyFormat format) throws IOException {
        craft(header -> with(header, format, header.attributes()), Section.IDS, ids -> {});
    }

    private static IndexHeader with(IndexHeader header, KeyFormat format, Map<String, String> attributes) {
        return new IndexHeader(
                format,
                header.size(),
                header.nextId(),
                header.lengths(),
                header.parts(),
                header.log(),
                attributes,
                header.checksums(),
                header.skipped());
    }

    @Test
    void neverSavesAttributesThatItWouldRefuse() throws IOException {
        try (CacheIndex index = new CacheIndexBuilder(DIM, CLASSES).build()) {
            add(index, DIM, SIZE);
            assertIllegalArgument(() -> index.files().save(file, Map.of("lambda", "2")))
                    .hasMessageContaining("lambda \"2\"");
        }
        assertThat(file).doesNotExist();
    }

    @Test
    void queriesOfUnverifiedKeysThatAreNotFiniteSayWhatIsWrong() throws IOException {
        save(ElementType.FLOAT32, DIM, SIZE);
        craft(Section.KEYS, keys -> {
            while (keys.hasRemaining()) {
                keys.putFloat(Float.NaN);
            }
        });
        float[] query = new float[DIM];
        query[0] = 1;
        try (CacheIndex index = CacheIndex.open(file, new OpenOptions().verify(false))) {
            for (Engine engine : Engines.available()) {
                CacheReader asked = index.withEngine(engine);
                assertRefuses(() -> asked.query(query, 10));
                assertRefuses(() -> asked.nearest(query, 5));
                assertRefuses(
                        () -> asked.gradient(Query.of(FloatBuffer.wrap(query)).thetas(10), new float[CLASSES]));
            }
        }
    }

    /** NaN is 0x7fff in both formats of two bytes. */
    @ParameterizedTest
    @EnumSource(names = {"FLOAT32", "FLOAT16", "BFLOAT16"})
    void oneUnverifiedKeyThatIsNotANumberIsNotIgnored(ElementType type) throws IOException {
        int bad = 17;
        save(type, DIM, SIZE);
        craft(Section.KEYS, keys -> {
            int offset = (bad * DIM + 3) * type.bytes();
            if (type == ElementType.FLOAT32) {
                keys.putFloat(offset, Float.NaN);
            } else {
                keys.putShort(offset, (short) 0x7fff);
            }
        });
        try (CacheIndex index = CacheIndex.open(file, new OpenOptions().verify(false))) {
            for (Engine engine : Engines.available()) {
                for (int batch : new int[] {1, 5, 40}) {
                    assertCounts(index.withEngine(engine), bad, batch);
                }
            }
            index.remove(bad);
            float[] query = new float[DIM];
            query[0] = 1;
            for (Engine engine : Engines.available()) {
                index.withEngine(engine).query(query, 10);
            }
        }
    }

    private static void assertCounts(CacheReader index, int bad, int batch) {
        float[] rows = filled(batch * DIM, 1);
        Query query = Query.of(FloatBuffer.wrap(rows));
        for (double[] thetas : new double[][] {{0}, {10}, {1e4}, {10, 20, 30, 40, 50, 60}}) {
            assertRefuses(() -> index.answer(query.thetas(thetas)));
            assertRefuses(() -> index.answer(query.thetas(thetas).only(KeySet.ids(3, bad))));
            index.answer(query.thetas(thetas).only(KeySet.ids(bad).complement()));
        }
        assertRefuses(() -> index.gradient(query.thetas(10), new float[batch * CLASSES]));
        index.nearest(rows, SIZE - 1);
        assertRefuses(() -> index.nearest(rows, SIZE));
    }

    private static void assertRefuses(Runnable query) {
        assertIllegalState(query::run).hasMessageContaining("not finite numbers");
    }

    private void saveTuned() throws IOException {
        try (CacheIndex index = new CacheIndexBuilder(DIM, CLASSES).build()) {
            add(index, DIM, SIZE);
            float[] network = {0.5f, 0.25f, 0.25f, 0.1f, 0.8f, 0.1f};
            float[] rows = index.encode(FloatBuffer.wrap(normals(new Random(2), 2 * DIM)));
            index.files().saveTuned(file, Map.of(), TuningRows.of(rows, new int[] {0, 2}, network, network));
        }
    }

    @Test
    void refusesExamplesOfATuningThatNoneHas() throws IOException {
        saveTuned();
        CacheIndex.open(file).close();
        craft(Section.TUNING_LABELS, bytes -> bytes.putInt(4, 3));
        assertRefused("tuning_labels: 3 at row 1, expected a class in 0..2");
        saveTuned();
        craft(Section.TUNING_KEYS, bytes -> bytes.put(DIM, new byte[DIM]));
        assertRefused("tuning_keys: 0 at row 1, expected a row that is not all zeros");
        for (Section section : new Section[] {Section.TUNING_NETWORK, Section.TUNING_MIRROR}) {
            for (int wrong : new int[] {0x7e00, 0xfc00, 0x3c00}) { // NaN, -infinity, 1
                saveTuned();
                craft(section, bytes -> bytes.putShort(6, (short) wrong));
                assertRefused(section.tensor + ": " + NumberType.F16.toFloat(half(wrong), 0)
                        + " at row 3, expected the logarithm");
            }
        }
        saveTuned();
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length - 1] ^= 1;
        Files.write(file, bytes);
        assertRefused("tuning_mirror: the checksum");
        assertThat(StoredIndex.repair(file, folder.resolve("repaired")).losses())
                .singleElement()
                .asString()
                .contains("tuning_mirror: damaged; the examples that the index was tuned with are left out");
        assertThat(StoredIndex.contents(folder.resolve("repaired")).tuningRows())
                .isZero();
    }

    private static ByteBuffer half(int bits) {
        return ByteBuffer.allocate(2).order(ByteOrder.LITTLE_ENDIAN).putShort(0, (short) bits);
    }
}
