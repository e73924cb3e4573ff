package io.github.afterimage.file;

import static io.github.afterimage.Numbers.normals;
import static io.github.afterimage.Refusals.assertCorrupt;
import static io.github.afterimage.Refusals.assertIllegalState;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.afterimage.failure.CorruptIndexException;
import io.github.afterimage.keys.KeyDetails;
import io.github.afterimage.keys.KeyFormat;
import io.github.afterimage.keys.KeyRows;
import io.github.afterimage.keys.KeyStore;
import io.github.afterimage.keys.Keys;
import io.github.afterimage.keys.RequestId;
import io.github.afterimage.keys.Segment;
import io.github.afterimage.keys.Snapshot;
import io.github.afterimage.platform.Disk;
import io.github.afterimage.platform.NativeLibrary;
import io.github.afterimage.settings.ElementType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class IndexFileTest {
    @TempDir
    Path folder;

    private static final ExtraTensors MAP = new ExtraTensors(
            new float[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10},
            new float[] {1, 0, 0, 0, 0, -2, 3, 0, 0, 0, 4, 5, 6, 0, 0, 7, -8, 9, 1, 0, 2, 3, 4, 5, 6},
            new float[] {1, -2, 3, 4, 5});

    private static KeyStore store(ElementType type) {
        assumeTrue(type == ElementType.FLOAT32 || NativeLibrary.available(), NativeLibrary.problem());
        KeyStore store = new KeyStore(new KeyFormat(5, 3, type), 0);
        Random random = new Random(1);
        float[] features = normals(random, 5 * 4);
        List<byte[]> thumbnails =
                List.of(new byte[0], "picture".getBytes(StandardCharsets.UTF_8), new byte[] {-1, 0}, new byte[0]);
        store.add(
                KeyRows.of(FloatBuffer.wrap(features), new int[] {0, 2, 1, 2})
                        .with(new KeyDetails(List.of("cat", "", "größe", ""), thumbnails)),
                new RequestId("request", 7));
        return store;
    }

    private Path save(ElementType type) throws IOException {
        Path file = folder.resolve("index.safetensors");
        try (KeyStore store = store(type);
                KeyStore.Moment moment = store.moment()) {
            save(file, store, moment, Map.of("theta", "80.0"), MAP);
        }
        return file;
    }

    private static void save(
            Path file, KeyStore store, KeyStore.Moment moment, Map<String, String> attributes, ExtraTensors extra)
            throws IOException {
        IndexSave.save(Disk.SYSTEM, file, new IndexSave.State(store, moment, null, attributes, extra, true), null);
    }

    @ParameterizedTest
    @EnumSource(ElementType.class)
    void whatWasSavedIsOpened(ElementType type) throws IOException {
        Path file = save(type);
        try (KeyStore expectedStore = store(type);
                Snapshot expected = expectedStore.snapshot();
                KeyStore actualStore = IndexFile.open(file, true).keys();
                Snapshot actual = actualStore.snapshot()) {
            assertThat(actualStore.type()).isEqualTo(type);
            assertThat(actual.size()).isEqualTo(4);
            double[] expectedKey = new double[5];
            double[] actualKey = new double[5];
            for (int row = 0; row < 4; row++) {
                Keys expectedKeys = expected.range(row, row + 1).get(0);
                Keys actualKeys = actual.range(row, row + 1).get(0);
                expectedKeys.read(0, expectedKey);
                actualKeys.read(0, actualKey);
                assertThat(actualKey).containsExactly(expectedKey);
                assertThat(actualKeys.label(0)).isEqualTo(expectedKeys.label(0));
                assertThat(actualKeys.id(0)).isEqualTo(row);
                assertThat(actualKeys.name(0)).isEqualTo(expectedKeys.name(0));
                assertThat(actualKeys.thumbnail(0)).isEqualTo(expectedKeys.thumbnail(0));
            }
        }
        IndexFile.Contents trusted = IndexFile.open(file, false);
        trusted.keys().close();
        assertThat(trusted.extra()).isEqualTo(MAP);
        assertThat(trusted.attributes()).isEqualTo(Map.of("theta", "80.0"));
    }

    @Test
    void keysBeginAtAMultipleOf4096() throws IOException {
        byte[] bytes = Files.readAllBytes(save(ElementType.FLOAT32));
        long header = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
        assertThat((8 + header) % 4096).isZero();
    }

    @ParameterizedTest
    @EnumSource(
            value = ElementType.class,
            names = {"FLOAT32", "INT8"})
    void refusesTheFileWithAnyBitFlipped(ElementType type) throws IOException {
        Path damaged = save(type);
        byte[] good = Files.readAllBytes(damaged);
        long header = 8 + ByteBuffer.wrap(good).order(ByteOrder.LITTLE_ENDIAN).getLong();
        try (FileChannel channel = FileChannel.open(damaged, StandardOpenOption.WRITE)) {
            // Each bit of a byte in turn. Both types have headers of one form; the spaces behind it are most of the
            // file.
            int first = type == ElementType.INT8 ? 0 : (int) header * 8;
            for (int bit = first; bit < good.length * 8; bit += good[bit / 8] == ' ' ? 13 : 3) {
                int place = bit / 8;
                channel.write(ByteBuffer.wrap(new byte[] {(byte) (good[place] ^ 1 << bit % 8)}), place);
                try {
                    IndexFile.open(damaged, true).keys().close();
                    fail("bit " + bit % 8 + " of byte " + place + " was flipped, and the file was opened");
                } catch (CorruptIndexException expected) {
                    assertThat(expected.getMessage()).startsWith(damaged.toString());
                }
                if (place >= header) {
                    assertThat(IndexCheck.findings(damaged))
                            .as("byte %d", place)
                            .isNotEmpty();
                }
                channel.write(ByteBuffer.wrap(good, place, 1), place);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, -1, Long.MAX_VALUE, Long.MIN_VALUE, 1L << 31, 1L << 32, 100})
    void refusesAHeaderOfADeclaredLengthThatDoesNotFit(long length) throws IOException {
        byte[] bytes = Files.readAllBytes(save(ElementType.FLOAT32));
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(length);
        Path file = Files.write(folder.resolve("declared"), bytes);
        assertCorrupt(() -> IndexFile.open(file, true));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 7, 8, 9, 100, 4095})
    void aFileThatIsTooShortForAnIndexSaysItsLength(int bytes) throws IOException {
        Path file = save(ElementType.FLOAT32);
        Files.write(file, Arrays.copyOf(Files.readAllBytes(file), bytes));
        assertThatThrownBy(() -> IndexFile.open(file, true))
                .hasMessageEndingWith(
                        "no index, or truncated: the file has " + bytes + " bytes, expected at least 4096");
    }

    @Test
    void saysThatASafetensorsFileOfSomebodyElseIsNotAnIndex() throws IOException {
        byte[] json =
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}".getBytes(StandardCharsets.UTF_8);
        ByteBuffer bytes = ByteBuffer.allocate(8 + json.length + 4).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(json.length).put(json);
        Path file = Files.write(folder.resolve("other"), bytes.array());
        assertThatThrownBy(() -> IndexFile.open(file, true))
                .hasMessageContaining("its features can be the data of a new index: features:" + file);
    }

    @Test
    void saysThatThereIsNoFile() {
        assertThatThrownBy(() -> IndexFile.open(folder.resolve("none"), true))
                .isInstanceOf(NoSuchFileException.class)
                .hasMessageContaining("none");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void readsTheFileThatWasOpenedThoughAnotherTookItsName(boolean mapped) throws IOException {
        Path file = save(ElementType.FLOAT32);
        try (KeyStore expectedStore = store(ElementType.FLOAT32);
                Snapshot expected = expectedStore.snapshot();
                KeyStore other = new KeyStore(new KeyFormat(5, 3, ElementType.FLOAT32), 0);
                IndexReader reader = IndexReader.open(file, mapped)) {
            other.add(KeyRows.of(FloatBuffer.wrap(new float[] {1, 2, 3, 4, 5}), new int[] {1}));
            try (KeyStore.Moment moment = other.moment()) {
                save(file, other, moment, Map.of(), ExtraTensors.NONE);
            }
            try (Segment segment = reader.segment(true)) {
                for (int row = 0; row < 4; row++) {
                    assertThat(segment.label(row))
                            .isEqualTo(expected.parts().get(0).labels().get(row));
                }
            }
        }
    }

    @Test
    void aFailedSaveLeavesTheOldFileAndNothingElse() throws IOException {
        Path file = save(ElementType.FLOAT32);
        byte[] before = Files.readAllBytes(file);
        try (KeyStore store = store(ElementType.FLOAT32);
                KeyStore.Moment moment = store.moment()) {
            store.close();
            assertIllegalState(() -> save(file, store, moment, Map.of(), ExtraTensors.NONE));
        }
        assertThat(Files.readAllBytes(file)).isEqualTo(before);
        assertThat(folder.toFile().list()).containsExactly(file.getFileName().toString());
    }
}
