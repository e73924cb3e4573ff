package io.github.afterimage.model.data;

import static io.github.afterimage.Refusals.assertIllegalArgument;
import static io.github.afterimage.Refusals.assertIllegalState;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.afterimage.failure.CorruptDataException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.zip.CRC32;
import org.apache.commons.compress.archivers.zip.Zip64Mode;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipArchiveOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FeatureSetTest {
    @TempDir
    Path folder;

    private Map<String, byte[]> arrays() {
        Map<String, byte[]> arrays = new LinkedHashMap<>();
        arrays.put("features", ArrayFiles.npy("<f4", "(3, 2)", ArrayFiles.floats(1, 2, 3, 4, 5, 6)));
        arrays.put("labels", ArrayFiles.npy("<i8", "(3,)", ArrayFiles.longs(0, 1, 1)));
        arrays.put("probabilities", ArrayFiles.npy("<f4", "(3, 2)", ArrayFiles.floats(0.25f, 0.75f, 1, 0, 0.5f, 0.5f)));
        return arrays;
    }

    private FeatureSet open(Map<String, byte[]> arrays) throws IOException {
        return FeatureSet.open("features:" + ArrayFiles.npz(folder.resolve("f.npz"), false, arrays));
    }

    @Test
    void rowsHaveTheNamesOfTheFile() throws IOException {
        Map<String, byte[]> named = arrays();
        byte[] texts = "a/1.pngb/\u00e9.png".getBytes(StandardCharsets.UTF_8);
        named.put("names", ArrayFiles.npy("|u1", "(" + texts.length + ",)", texts));
        named.put("name_ends", ArrayFiles.npy("<i8", "(3,)", ArrayFiles.longs(7, 7, texts.length)));
        try (FeatureSet set = open(named)) {
            assertThat(set.rowName(0)).isEqualTo("a/1.png");
            assertThat(set.rowName(1)).isEqualTo("f.npz row 1");
            assertThat(set.select(new int[] {2}).rowName(0)).isEqualTo("b/\u00e9.png");
        }
        named.put("name_ends", ArrayFiles.npy("<i8", "(3,)", ArrayFiles.longs(7, 6, texts.length)));
        assertThatThrownBy(() -> open(named))
                .isInstanceOf(CorruptDataException.class)
                .hasMessageContaining("end 6 at row 1", "is outside 7.." + texts.length);
        named.put("name_ends", ArrayFiles.npy("<i8", "(2,)", ArrayFiles.longs(7, 7)));
        assertThatThrownBy(() -> open(named)).hasMessageContaining("integers of shape [3], one for each row");
        named.put("names", ArrayFiles.npy("|S1", "(3,)", new byte[3])); // bytes of NumPy are passed over
        named.remove("name_ends");
        try (FeatureSet set = open(named)) {
            assertThat(set.rowName(0)).isEqualTo("f.npz row 0");
        }
    }

    @Test
    void rowsHaveTheNamesOfAnArrayOfStrings() throws IOException {
        Map<String, byte[]> named = arrays();
        byte[] texts = "a.png\0\0b/\u00e9.png\0\0\0\0\0\0\0".getBytes(Charset.forName("UTF-32LE"));
        named.put("names", ArrayFiles.npy("<U7", "(3,)", texts));
        try (FeatureSet set = open(named)) {
            assertThat(set.rowName(0)).isEqualTo("a.png");
            assertThat(set.rowName(1)).isEqualTo("b/\u00e9.png");
            assertThat(set.rowName(2)).isEqualTo("f.npz row 2");
        }
        named.put("names", ArrayFiles.npy(">U1", "(3,)", "abc".getBytes(Charset.forName("UTF-32BE"))));
        try (FeatureSet set = open(named)) {
            assertThat(set.rowName(2)).isEqualTo("c");
        }
        named.put("names", ArrayFiles.npy("<U7", "(2,)", new byte[56]));
        assertThatThrownBy(() -> open(named)).hasMessageContaining("expected strings of shape [3], one for each row");
        texts[3] = 1;
        named.put("names", ArrayFiles.npy("<U7", "(3,)", texts));
        assertThatThrownBy(() -> open(named)).hasMessageContaining("character 16777313 at row 0");
    }

    private static float[] rows(FeatureSet set, int first, int count) throws IOException {
        FloatBuffer target = FloatBuffer.allocate(count * set.dim());
        set.read(first, count, target);
        assertThat(target.hasRemaining()).isFalse();
        return target.array();
    }

    private static void assertIsTheSet(FeatureSet set) throws IOException {
        assertThat(set.size()).isEqualTo(3);
        assertThat(set.dim()).isEqualTo(2);
        assertThat(set.labels()).containsExactly(0, 1, 1);
        assertThat(rows(set, 0, 3)).containsExactly(1, 2, 3, 4, 5, 6);
        assertThat(rows(set, 1, 1)).containsExactly(3, 4);
        assertThat(set.probabilityClasses()).hasValue(2);
        FloatBuffer probabilities = FloatBuffer.allocate(4);
        set.readProbabilities(0, 1, 2, probabilities);
        assertThat(probabilities.array()).containsExactly(1, 0, 0.5f, 0.5f);
    }

    @Test
    void namesAnUnsignedLabelAsItIs() {
        Map<String, byte[]> arrays = arrays();
        arrays.put("labels", ArrayFiles.npy("<u8", "(3,)", ArrayFiles.longs(0, -1, 1)));
        assertThatThrownBy(() -> open(arrays))
                .isInstanceOf(CorruptDataException.class)
                .hasMessageContaining("label 18446744073709551615 at row 1");
    }

    @Test
    void saysHowToConvertFeaturesThatAreIntegers() {
        Map<String, byte[]> arrays = arrays();
        arrays.put("features", ArrayFiles.npy("|u1", "(3, 2)", new byte[] {1, 2, 3, 4, 5, 6}));
        assertThatThrownBy(() -> open(arrays))
                .isInstanceOf(CorruptDataException.class)
                .hasMessageContaining("is U8[3, 2]: expected floats")
                .hasMessageContaining("array.astype(\"float32\")");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void readsStoredAndDeflatedNumpyArchives(boolean deflated) throws IOException {
        Path file = ArrayFiles.npz(folder.resolve("f.npz"), deflated, arrays());
        try (FeatureSet set = FeatureSet.open("features:" + file)) {
            assertIsTheSet(set);
        }
    }

    @Test
    void readsTheLargeZipLayoutThatNumpyWrites() throws IOException {
        Path file = folder.resolve("zip64.npz");
        try (ZipArchiveOutputStream zip = new ZipArchiveOutputStream(file)) {
            zip.setUseZip64(Zip64Mode.Always);
            zip.setMethod(ZipArchiveOutputStream.STORED);
            for (Map.Entry<String, byte[]> array : arrays().entrySet()) {
                ZipArchiveEntry entry = new ZipArchiveEntry(array.getKey() + ".npy");
                CRC32 checksum = new CRC32();
                checksum.update(array.getValue());
                entry.setSize(array.getValue().length);
                entry.setCrc(checksum.getValue());
                zip.putArchiveEntry(entry);
                zip.write(array.getValue());
                zip.closeArchiveEntry();
            }
        }
        try (FeatureSet set = FeatureSet.open("features:" + file)) {
            assertIsTheSet(set);
        }
    }

    @Test
    void readsSafetensors() throws IOException {
        Path file = ArrayFiles.safetensors(
                folder.resolve("f.safetensors"),
                "{\"__metadata__\":{\"made\":\"here\"},"
                        + "\"labels\":{\"dtype\":\"I64\",\"shape\":[3],\"data_offsets\":[48,72]},"
                        + "\"features\":{\"dtype\":\"F32\",\"shape\":[3,2],\"data_offsets\":[24,48]},"
                        + "\"probabilities\":{\"dtype\":\"F32\",\"shape\":[3,2],\"data_offsets\":[0,24]}}    ",
                ArrayFiles.floats(0.25f, 0.75f, 1, 0, 0.5f, 0.5f),
                ArrayFiles.floats(1, 2, 3, 4, 5, 6),
                ArrayFiles.longs(0, 1, 1));
        try (FeatureSet set = FeatureSet.open("features:" + file)) {
            assertIsTheSet(set);
        }
    }

    @Test
    void readsEveryFloatTypeOfSafetensors() throws IOException {
        byte[] half = {0, 0x3c, 0, (byte) 0xc0}; // 1, -2
        byte[] brain = {(byte) 0x80, 0x3f, 0, (byte) 0xc0};
        byte[] doubles = ArrayFiles.bytes(2, 8, ByteOrder.LITTLE_ENDIAN, (buffer, i) -> buffer.putDouble(1 - 3 * i));
        for (Object[] type : new Object[][] {{"F16", half}, {"BF16", brain}, {"F64", doubles}}) {
            byte[] elements = (byte[]) type[1];
            Path file = ArrayFiles.safetensors(
                    folder.resolve("f.safetensors"),
                    "{\"features\":{\"dtype\":\"" + type[0] + "\",\"shape\":[1,2],\"data_offsets\":[0,"
                            + elements.length + "]},\"labels\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":["
                            + elements.length + "," + (elements.length + 1) + "]}}",
                    elements,
                    new byte[] {(byte) 200});
            try (FeatureSet set = FeatureSet.open("features:" + file)) {
                assertThat(rows(set, 0, 1)).containsExactly(1, -2);
                assertThat(set.labels()).containsExactly(200);
                assertThat(set.probabilityClasses()).isEqualTo(OptionalInt.empty());
                assertThatThrownBy(() -> set.readProbabilities(0, 0, 1, FloatBuffer.allocate(9)))
                        .isInstanceOf(IndexOutOfBoundsException.class);
                assertThat(set.views()).isZero();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"<i1", "|i1", "|u1", "<i2", ">i2", "<u2", "<i4", ">i4", "<u4", "<i8", ">i8", "<u8", ">u8"})
    void readsLabelsOfEveryIntegerType(String type) throws IOException {
        int size = type.charAt(2) - '0';
        ByteOrder order = type.charAt(0) == '>' ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
        byte[] elements = ArrayFiles.bytes(3, size, order, (buffer, i) -> {
            switch (size) {
                case 1 -> buffer.put((byte) (i % 2));
                case 2 -> buffer.putShort((short) (i % 2));
                case 4 -> buffer.putInt(i % 2);
                default -> buffer.putLong(i % 2);
            }
        });
        Map<String, byte[]> arrays = arrays();
        arrays.put(
                "labels",
                ArrayFiles.npy(2, "{'shape': (3,), 'fortran_order': False, 'descr': '" + type + "'}", elements));
        try (FeatureSet set = open(arrays)) {
            assertThat(set.labels()).containsExactly(0, 1, 0);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"<f2", ">f2", "<f4", ">f4", "<f8", ">f8"})
    void readsFeaturesOfEveryNumpyFloatType(String type) throws IOException {
        int size = type.charAt(2) - '0';
        ByteOrder order = type.charAt(0) == '>' ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
        byte[] elements = ArrayFiles.bytes(6, size, order, (buffer, i) -> {
            switch (size) {
                case 2 -> buffer.putShort((short) (i == 0 ? 0 : 0x3c00 + 0x100 * i)); // 1 + i / 4
                case 4 -> buffer.putFloat(i == 0 ? 0 : 1 + i / 4f);
                default -> buffer.putDouble(i == 0 ? 0 : 1 + i / 4.0);
            }
        });
        Map<String, byte[]> arrays = arrays();
        arrays.put("features", ArrayFiles.npy(type, "(3, 2)", elements));
        try (FeatureSet set = open(arrays)) {
            float[] rows = rows(set, 0, 3);
            assertThat(rows[0]).isZero();
            assertThat(rows[3]).isEqualTo(1.75f);
        }
    }

    @Test
    void readsMoreThanOneBlockIntoDirectBuffers() throws IOException {
        int rows = 1000;
        int dim = 129; // 516 bytes: blocks end inside rows
        Map<String, byte[]> arrays = new LinkedHashMap<>();
        arrays.put(
                "features",
                ArrayFiles.npy(
                        "<f4",
                        "(1000, 129)",
                        ArrayFiles.bytes(rows * dim, 4, ByteOrder.LITTLE_ENDIAN, (buffer, i) -> buffer.putFloat(i))));
        arrays.put("labels", ArrayFiles.npy("<i4", "(1000,)", new byte[4 * rows]));
        try (FeatureSet set = open(arrays)) {
            FloatBuffer target = ByteBuffer.allocateDirect(4 * 990 * dim)
                    .order(ByteOrder.nativeOrder())
                    .asFloatBuffer();
            set.read(7, 990, target);
            for (int i = 0; i < 990 * dim; i++) {
                assertThat(target.get(i)).isEqualTo(7 * dim + i);
            }
        }
    }

    @Test
    void rangesNameTheirRows() throws IOException {
        Path file = ArrayFiles.npz(folder.resolve("f.npz"), false, arrays());
        try (FeatureSet set = FeatureSet.open("features:" + file + "#[1:3]")) {
            assertThat(set.size()).isEqualTo(2);
            assertThat(set.labels()).containsExactly(1, 1);
            assertThat(rows(set, 0, 2)).containsExactly(3, 4, 5, 6);
            FeatureSet last = set.select(new int[] {1});
            last.close();
            assertThat(rows(last, 0, 1)).containsExactly(5, 6);
            assertIllegalArgument(() -> last.read(0, 2, FloatBuffer.allocate(9)))
                    .hasMessageContaining("outside 0..1");
            assertIllegalArgument(() -> set.read(0, 2, FloatBuffer.allocate(3)))
                    .hasMessageContaining("need room for 4 floats");
        }
        assertIllegalArgument(() -> FeatureSet.open("features:" + file + "#train"))
                .hasMessageEndingWith("names #train, but features: has no such parts; use a range such as #[0:5000]");
        assertIllegalArgument(() -> FeatureSet.open("features:" + file + "#[1:4]"))
                .hasMessageContaining("[0:3]");
    }

    @Test
    void readingAfterClosingIsAnError() throws IOException {
        FeatureSet set = open(arrays());
        set.close();
        set.close();
        assertIllegalState(() -> rows(set, 0, 1)).hasMessageContaining("is closed");
    }

    @Test
    void refusesLabelsThatAreNegativeMissingOrNotWhole() throws IOException {
        Map<String, byte[]> arrays = arrays();
        arrays.put("labels", ArrayFiles.npy("<i8", "(3,)", ArrayFiles.longs(0, -1, 1)));
        assertThatThrownBy(() -> open(arrays))
                .isInstanceOf(CorruptDataException.class)
                .hasMessageContaining("label -1 at row 1");
        arrays.put("labels", ArrayFiles.npy("<i8", "(3,)", ArrayFiles.longs(0, 2, 1)));
        assertThatThrownBy(() -> open(arrays))
                .isInstanceOf(CorruptDataException.class)
                .hasMessageContaining("label 2 at row 1 is outside 0..1");
        arrays.put("labels", ArrayFiles.npy("<i8", "(3,)", ArrayFiles.longs(0, 1, 1_000_000)));
        assertThatThrownBy(() -> open(arrays))
                .hasMessageContaining("label 1000000 at row 2 of \"labels\"")
                .hasMessageContaining("is outside 0..999999");
        arrays.put("labels", ArrayFiles.npy("<f4", "(3,)", ArrayFiles.floats(0, 1, 1)));
        assertThatThrownBy(() -> open(arrays)).hasMessageContaining("expected integers of shape [3]");
        arrays.put("labels", ArrayFiles.npy("<i8", "(2,)", ArrayFiles.longs(0, 1)));
        assertThatThrownBy(() -> open(arrays)).hasMessageContaining("expected integers of shape [3]");
        arrays.remove("labels");
        assertThatThrownBy(() -> open(arrays))
                .hasMessageContaining(
                        "has no array \"labels\": found features '<f4' (3, 2), probabilities '<f4' (3, 2)");
    }

    @Test
    void namesTheArraysOfAnArchiveWithOtherNames() throws IOException {
        Map<String, byte[]> arrays = new LinkedHashMap<>();
        arrays.put("embeddings", ArrayFiles.npy("<f8", "(3, 512)", new byte[3 * 512 * 8]));
        arrays.put("names", ArrayFiles.npy("<U7", "(3,)", new byte[84]));
        for (boolean deflated : new boolean[] {false, true}) {
            Path file = ArrayFiles.npz(folder.resolve("f.npz"), deflated, arrays);
            assertThatThrownBy(() -> FeatureSet.open("features:" + file))
                    .isInstanceOf(CorruptDataException.class)
                    .hasMessageContaining(
                            "has no array \"features\": found embeddings '<f8' (3, 512), names '<U7' (3,)");
        }
    }

    @Test
    void takesTheSoftmaxOfLogits() throws IOException {
        Map<String, byte[]> arrays = arrays();
        arrays.remove("probabilities");
        float third = (float) Math.log(3);
        arrays.put("logits", ArrayFiles.npy("<f4", "(3, 2)", ArrayFiles.floats(0, third, 800, 800, -1e30f, 1e30f)));
        try (FeatureSet set = open(arrays)) {
            assertThat(set.probabilityClasses()).hasValue(2);
            FloatBuffer probabilities = FloatBuffer.allocate(6);
            set.readProbabilities(0, 0, 3, probabilities);
            assertThat(probabilities.array())
                    .containsExactly(new float[] {0.25f, 0.75f, 0.5f, 0.5f, 0, 1}, within(1e-7f));
        }
        arrays.put("logits", ArrayFiles.npy("<f4", "(3, 2)", ArrayFiles.floats(0, 1, Float.NaN, 0, 1, 2)));
        try (FeatureSet set = open(arrays)) {
            assertThatThrownBy(() -> set.readProbabilities(0, 0, 3, FloatBuffer.allocate(6)))
                    .isInstanceOf(CorruptDataException.class)
                    .hasMessageContaining("row 1 of \"logits\"")
                    .hasMessageContaining("has NaN at column 0: every value must be finite");
        }
    }

    @Test
    void refusesLogitsWhereProbabilitiesBelong() throws IOException {
        Map<String, byte[]> arrays = arrays();
        arrays.put("probabilities", ArrayFiles.npy("<f4", "(3, 2)", ArrayFiles.floats(0, 1, 3, -4, 0, 1)));
        try (FeatureSet set = open(arrays)) {
            assertThatThrownBy(() -> set.readProbabilities(0, 0, 3, FloatBuffer.allocate(6)))
                    .isInstanceOf(CorruptDataException.class)
                    .hasMessageContaining("row 1 of")
                    .hasMessageContaining("name the array \"logits\"");
        }
    }

    @Test
    void refusesOtherFilesAndSaysWhatItExpects() throws IOException {
        Path text = Files.writeString(folder.resolve("f.csv"), "1,2,3\n4,5,6\n");
        assertThatThrownBy(() -> FeatureSet.open("features:" + text))
                .isInstanceOf(CorruptDataException.class)
                .hasMessageContaining("neither a .npz nor an intact safetensors file");
        Path empty = Files.write(folder.resolve("empty"), new byte[0]);
        assertThatThrownBy(() -> FeatureSet.open("features:" + empty)).isInstanceOf(CorruptDataException.class);
        assertThatThrownBy(() -> FeatureSet.open("features:" + folder.resolve("absent.npz")))
                .isInstanceOf(NoSuchFileException.class)
                .hasMessageContaining("absent.npz");
        assertIllegalArgument(() -> FeatureSet.open("images:x"));
        assertThat(FeatureSet.accepts("features:x")).isTrue();
        assertThat(FeatureSet.accepts("cifar10:features:")).isFalse();
    }

    @Test
    void imagesOfAnArchiveComeInEitherLayout() throws IOException {
        byte[] labels = ArrayFiles.npy("<i8", "(2,)", ArrayFiles.longs(0, 3));
        byte[] samples = new byte[2 * 2 * 1 * 3];
        for (int i = 0; i < samples.length; i++) {
            samples[i] = (byte) (10 * i);
        }
        Path last = ArrayFiles.npz(
                folder.resolve("last.npz"),
                true,
                Map.of("images", ArrayFiles.npy("|u1", "(2, 2, 1, 3)", samples), "labels", labels));
        ImageSet set = ImageSets.open("npz:" + last);
        assertThat(set.classNames()).containsExactly("class 0", "class 1", "class 2", "class 3");
        assertThat(set.label(1)).isEqualTo(3);
        assertThat(set.image(1).height()).isEqualTo(2);
        assertThat(set.image(1).width()).isEqualTo(1);
        assertThat(set.image(1).value(2, 1, 0)).isEqualTo(110 / 255f);

        Path first = ArrayFiles.npz(
                folder.resolve("first.npz"),
                false,
                Map.of(
                        "labels",
                        labels,
                        "images",
                        ArrayFiles.npy("<f4", "(2, 3, 1, 1)", ArrayFiles.floats(0, 0.25f, 1, 0.5f, 2, 0))));
        ImageSet planar = ImageSets.open("npz:" + first);
        assertThat(planar.image(0).values()).containsExactly(0, 0.25f, 1);
        assertThatThrownBy(() -> planar.image(1))
                .isInstanceOf(CorruptDataException.class)
                .hasMessageContaining("value 2.0 in image 1")
                .hasMessageContaining("divide by 255");
    }
}
