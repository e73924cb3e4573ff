package io.github.afterimage.file;

import static io.github.afterimage.Numbers.filled;
import static io.github.afterimage.Refusals.assertCorrupt;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.afterimage.Durability;
import io.github.afterimage.ElementType;
import io.github.afterimage.keys.KeyDetails;
import io.github.afterimage.keys.KeyFormat;
import io.github.afterimage.keys.KeyRows;
import io.github.afterimage.keys.KeyStore;
import io.github.afterimage.keys.Section;
import io.github.afterimage.keys.ValueFormat;
import io.github.afterimage.log.LogFile;
import io.github.afterimage.log.LogNames;
import io.github.afterimage.log.LogRecord;
import io.github.afterimage.platform.Disk;
import io.github.afterimage.platform.InputFile;
import io.github.afterimage.platform.NativeLibrary;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Damaged values of keys are found, and named by their row and column. */
class DamagedValuesTest {
    private static final int KEYS = 50;
    private static final int DIM = 4;
    private static final int WIDTH = 3;

    @TempDir
    Path folder;

    private Path file() {
        return folder.resolve("index.safetensors");
    }

    /** Saves keys along the axes, whose values are numbers from 0 on. */
    private void saveKeys(ElementType values) throws IOException {
        assumeTrue(NativeLibrary.available(), NativeLibrary.problem());
        FloatBuffer features = FloatBuffer.allocate(KEYS * DIM);
        FloatBuffer numbers = FloatBuffer.allocate(KEYS * WIDTH);
        for (int i = 0; i < KEYS; i++) {
            features.put(i * DIM + i % DIM, 1);
            for (int j = 0; j < WIDTH; j++) {
                numbers.put(i * WIDTH + j, i * WIDTH + j);
            }
        }
        KeyFormat format = new KeyFormat(DIM, 1, ElementType.FLOAT32, new ValueFormat(WIDTH, values));
        try (KeyStore store = new KeyStore(format, 0)) {
            store.add(new KeyRows(features, new int[KEYS], numbers, KeyDetails.none(KEYS)));
            save(store);
        }
    }

    private void save(KeyStore store) throws IOException {
        try (SavedFiles files = new SavedFiles(null)) {
            files.save(file(), store, Map.of(), MapTensors.NONE, true);
        }
    }

    /** Changes the values in a file, and their checksum with them. */
    private void craft(Consumer<ByteBuffer> change) throws IOException {
        CraftedIndexTest.craft(file(), header -> header, Section.VALUES, change);
    }

    private void assertRefused(String finding) throws IOException {
        assertCorrupt(() -> IndexFile.open(file(), true)).hasMessageContaining(finding);
        assertThat(IndexCheck.findings(file())).singleElement().asString().contains(finding);
    }

    @ParameterizedTest
    @CsvSource({"FLOAT32, NaN", "FLOAT32, -Infinity", "FLOAT16, Infinity", "BFLOAT16, NaN"})
    void aValueThatIsNotFiniteIsFoundWithItsRow(ElementType type, float bad) throws IOException {
        saveKeys(type);
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
        int width = InputFile.CHUNK_BYTES / Float.BYTES - 1; // rows that begin in one chunk and end in the next
        ValueFormat values = new ValueFormat(width, ElementType.FLOAT32);
        try (KeyStore store = new KeyStore(new KeyFormat(1, 1, ElementType.FLOAT32, values), 0)) {
            float[] great = filled(2 * width, 3e38f);
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
        assertCorrupt(() -> IndexFile.open(file(), true))
                .hasMessageContaining("change 0: values: NaN at row 0, expected a finite number at column 0");
    }

    @Test
    void aReaderRefusesValuesOfAWidthOrTypeThatThereIsNot() throws IOException {
        saveKeys(ElementType.FLOAT32);
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
