package io.github.afterimage.model.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.afterimage.failure.CorruptDataException;
import io.github.afterimage.platform.NumberType;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ArrayFormatsTest {
    @TempDir
    Path folder;

    private void assertRefusesNpy(byte[] features, String reason) throws IOException {
        Map<String, byte[]> arrays = new LinkedHashMap<>();
        arrays.put("features", features);
        arrays.put("labels", ArrayFiles.npy("<i8", "(1,)", ArrayFiles.longs(0)));
        Path file = ArrayFiles.npz(folder.resolve("f.npz"), false, arrays);
        assertThatThrownBy(() -> FeatureSet.open("features:" + file))
                .isInstanceOf(CorruptDataException.class)
                .hasMessageContaining("f.npz")
                .hasMessageContaining(reason);
    }

    @Test
    void readsRowsOfAnArrayInFortranOrder() throws IOException {
        byte[] columns = ArrayFiles.npy(
                1,
                "{'descr': '<f4', 'fortran_order': True, 'shape': (3, 2)}",
                ArrayFiles.floats(1, 3, 5, 2, 4, 6)); // rows (1, 2), (3, 4), (5, 6)
        byte[] labels =
                ArrayFiles.npy(1, "{'descr': '<i8', 'fortran_order': True, 'shape': (3,)}", ArrayFiles.longs(0, 1, 0));
        Path npz = ArrayFiles.npz(folder.resolve("f.npz"), true, Map.of("features", columns, "labels", labels));
        Path npy = Files.write(folder.resolve("g.npy"), columns);
        Files.write(folder.resolve("g.labels.npy"), labels);
        for (Path file : List.of(npz, npy)) {
            try (FeatureSet set = FeatureSet.open("features:" + file)) {
                assertThat(set.labels()).containsExactly(0, 1, 0);
                FloatBuffer all = FloatBuffer.allocate(6);
                set.read(0, 3, all);
                assertThat(all.array()).containsExactly(1, 2, 3, 4, 5, 6);
                FloatBuffer last = FloatBuffer.allocate(4);
                set.select(new int[] {1, 2}).read(0, 2, last);
                assertThat(last.array()).containsExactly(3, 4, 5, 6);
            }
        }
    }

    @Test
    void readsImagesInFortranOrder() throws IOException {
        float[] stored = new float[48];
        for (int image = 0; image < 2; image++) {
            for (int channel = 0; channel < 3; channel++) {
                for (int row = 0; row < 2; row++) {
                    for (int column = 0; column < 4; column++) {
                        stored[image + 2 * (channel + 3 * (row + 2 * column))] =
                                value(image, channel, row, column) / 255f;
                    }
                }
            }
        }
        Path file = ArrayFiles.npz(
                folder.resolve("images.npz"),
                false,
                Map.of(
                        "images",
                        ArrayFiles.npy(
                                1,
                                "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3, 2, 4)}",
                                ArrayFiles.floats(stored)),
                        "labels",
                        ArrayFiles.npy("<i8", "(2,)", ArrayFiles.longs(0, 1))));
        ImageSet images = ImageSets.open("npz:" + file);
        for (int image = 0; image < 2; image++) {
            float[] values = images.image(image).values();
            for (int i = 0; i < 24; i++) {
                assertThat(values[i]).as("value %d", i).isEqualTo(value(image, i / 8, i / 4 % 2, i % 4) / 255f);
            }
        }
    }

    private static int value(int image, int channel, int row, int column) {
        return 100 * image + 30 * channel + 10 * row + column;
    }

    @Test
    void refusesShapesThatTheBytesDoNotFill() throws IOException {
        assertRefusesNpy(
                ArrayFiles.npy("<f4", "(1, 3)", ArrayFiles.floats(1, 2)),
                "has 8 bytes of elements: its shape (1, 3) of F32 needs 12");
        assertRefusesNpy(ArrayFiles.npy("<f4", "(1, 1)", ArrayFiles.floats(1, 2)), "needs 4");
        assertRefusesNpy(
                ArrayFiles.npy("<f4", "(999999999999999999, 999999999999999999)", ArrayFiles.floats(1, 2)),
                "more than 2^63 bytes");
        assertRefusesNpy(
                ArrayFiles.npy("<f4", "(2,)", ArrayFiles.floats(1, 2)), "expected floats of shape (rows, columns)");
        assertRefusesNpy(ArrayFiles.npy("<f4", "(0, 2)", new byte[0]), "expected floats of shape (rows, columns)");
        assertRefusesNpy(ArrayFiles.npy("<i4", "(1, 2)", ArrayFiles.floats(1, 2)), "expected floats");
    }

    @ParameterizedTest
    @ValueSource(strings = {"|O", "<c8", "<f1", "<f16", "<U4", "<M8", "|V2"})
    void refusesOtherNumberTypes(String type) throws IOException {
        assertRefusesNpy(ArrayFiles.npy(type, "(1, 2)", ArrayFiles.floats(1, 2)), "has dtype '" + type + "'");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{}",
                "{'descr': '<f4'}",
                "{'descr': '<f4', 'fortran_order': False, 'shape': 3}",
                "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1, 2)}",
                "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), 'more': 1}",
                "{'descr': '<f4', 'fortran_order': False, 'shape': (1, -2)}",
                "{'descr': '<f4', 'fortran_order': 'False', 'shape': (1, 2)}",
                "{'descr': '<f4', 'fortran_order': False, 'shape': (1 2)}"
            })
    void refusesHeadersThatAreNotThoseOfAPlainArray(String header) throws IOException {
        assertRefusesNpy(ArrayFiles.npy(1, header, ArrayFiles.floats(1, 2)), "\"features\"");
    }

    @Test
    void refusesHeadersLongerThanTheFile() throws IOException {
        byte[] bytes = ArrayFiles.npy("<f4", "(1, 2)", ArrayFiles.floats(1, 2));
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putShort(8, (short) 0x7fff);
        assertRefusesNpy(bytes, "has a header of 32767 bytes");
        assertRefusesNpy(Arrays.copyOf(bytes, 5), "is not a NumPy array");
        bytes[6] = 9;
        assertRefusesNpy(bytes, "version 9");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void refusesAnArchiveWithAFlippedBitInAnArray(boolean deflated) throws IOException {
        Map<String, byte[]> arrays = new LinkedHashMap<>();
        byte[] elements = new byte[4 * 500 * 4];
        new Random(3).nextBytes(elements);
        arrays.put("features", ArrayFiles.npy("<f4", "(500, 4)", elements));
        arrays.put("labels", ArrayFiles.npy("<i4", "(500,)", new byte[2000]));
        byte[] bytes = Files.readAllBytes(ArrayFiles.npz(folder.resolve("f.npz"), deflated, arrays));
        for (int position = 400; position < 7000; position += 97) {
            byte[] flipped = bytes.clone();
            flipped[position] ^= 4;
            Path file = Files.write(folder.resolve("flipped.npz"), flipped);
            assertThatThrownBy(() -> FeatureSet.open("features:" + file))
                    .as("byte %d", position)
                    .isInstanceOf(CorruptDataException.class)
                    .hasMessageContaining("flipped.npz");
        }
        Path cut = Files.write(folder.resolve("cut.npz"), Arrays.copyOf(bytes, bytes.length / 2));
        assertThatThrownBy(() -> FeatureSet.open("features:" + cut))
                .isInstanceOf(CorruptDataException.class)
                .hasMessageContaining("cut.npz is not an intact .npz file");
    }

    private static final String FEATURES = "\"features\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[0,8]}";
    private static final String LABELS = "\"labels\":{\"dtype\":\"I32\",\"shape\":[1],\"data_offsets\":[8,12]}";

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\u0001',
            value = {
                "[0,8]|[0,9]|has data_offsets",
                "[0,8]|[4,8]|expected to start at 0",
                "[8,12]|[4,12]|has data_offsets [4, 12]",
                "[8,12]|[8,13]|within 12 bytes",
                "[8,12]|[8,9223372036854775807]|within 12 bytes",
                "[8,12]|[8,9223372036854775808]|bad safetensors header",
                "[8,12]|[8,-12]|has data_offsets",
                "[1,2]|[1,3]|8 bytes: its shape and dtype need 12",
                "[1,2]|[-1,-2]|no dimension may be negative",
                "[1,2]|[4611686018427387904,4]|more than 2^63 bytes",
                "[1,2]|[1,2.0]|whole numbers",
                "F32|F8_E4M3|has dtype F8_E4M3",
                "\"dtype\"|\"type\"|unknown field",
                "\"labels\"|\"features\"|only once",
                "\"labels\"|\"names\"|has no array \"labels\"",
                "{\"features\"|[\"features\"|bad safetensors header",
                "}}|}} x|bad safetensors header",
                "}}|}|bad safetensors header"
            })
    void refusesSafetensorsHeadersThatLie(String from, String to, String reason) throws IOException {
        String header = ("{" + FEATURES + "," + LABELS + "}").replace(from, to);
        Path file =
                ArrayFiles.safetensors(folder.resolve("f.safetensors"), header, ArrayFiles.floats(1, 2), new byte[4]);
        assertThatThrownBy(() -> FeatureSet.open("features:" + file))
                .isInstanceOf(CorruptDataException.class)
                .hasMessageContaining("f.safetensors")
                .hasMessageContaining(reason)
                .satisfies(e -> assertThat(e.getMessage().lines()).hasSize(1));
    }

    @Test
    void refusesSafetensorsThatAreCutOffOrTooLong() throws IOException {
        Path whole = ArrayFiles.safetensors(
                folder.resolve("f.safetensors"),
                "{" + FEATURES + "," + LABELS + "}",
                ArrayFiles.floats(1, 2),
                new byte[4]);
        byte[] bytes = Files.readAllBytes(whole);
        for (int length = 0; length <= bytes.length + 1; length++) {
            Path file = Files.write(folder.resolve("cut.safetensors"), Arrays.copyOf(bytes, length));
            if (length == bytes.length) {
                FeatureSet.open("features:" + file).close();
            } else {
                assertThatThrownBy(() -> FeatureSet.open("features:" + file))
                        .as("%d bytes", file.toFile().length())
                        .isInstanceOf(CorruptDataException.class)
                        .hasMessageContaining("cut.safetensors");
            }
        }
    }

    @Test
    void convertsEveryHalfPrecisionNumber() {
        ByteBuffer source = ByteBuffer.allocate(2);
        for (int bits = 0; bits <= 0xffff; bits++) {
            source.putShort(0, (short) bits);
            float value = NumberType.F16.toFloat(source, 0);
            int exponent = bits >> 10 & 0x1f;
            int fraction = bits & 0x3ff;
            double sign = (bits & 0x8000) == 0 ? 1 : -1;
            if (exponent == 0x1f) {
                assertThat(fraction == 0 ? value == sign / 0.0 : Float.isNaN(value))
                        .as("%x", bits)
                        .isTrue();
            } else {
                double expected = sign
                        * (exponent == 0
                                ? fraction * Math.pow(2, -24)
                                : (1 + fraction / 1024.0) * Math.pow(2, exponent - 15));
                assertThat(Float.floatToRawIntBits(value)).as("%x", bits).isEqualTo(Float.floatToRawIntBits((float)
                        expected));
            }
        }
    }
}
