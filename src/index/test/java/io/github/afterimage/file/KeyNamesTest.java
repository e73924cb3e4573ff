package io.github.afterimage.file;

import static io.github.afterimage.Numbers.filled;
import static io.github.afterimage.Refusals.assertCorrupt;
import static io.github.afterimage.Refusals.assertIllegalArgument;
import static io.github.afterimage.Refusals.assertNotEnoughMemory;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.afterimage.MemoryUse;
import io.github.afterimage.failure.CorruptIndexException;
import io.github.afterimage.keys.KeyDetails;
import io.github.afterimage.keys.KeyFormat;
import io.github.afterimage.keys.KeyRows;
import io.github.afterimage.keys.KeyStore;
import io.github.afterimage.keys.Snapshot;
import io.github.afterimage.platform.Disk;
import io.github.afterimage.settings.ElementType;
import io.github.afterimage.settings.MemoryKind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeyNamesTest {
    private static final List<String> NAMES = List.of("cat/0001.png", "", "猫 ä 😀", "x".repeat(1024));

    @TempDir
    private Path folder;

    private static KeyStore store() {
        return new KeyStore(new KeyFormat(2, 1, ElementType.FLOAT32), 0);
    }

    private static void add(KeyStore store, List<String> names) {
        float[] features = filled(2 * names.size(), 1);
        store.add(KeyRows.of(FloatBuffer.wrap(features), new int[names.size()]).with(KeyDetails.named(names)));
    }

    private static List<String> names(KeyStore store) {
        try (Snapshot snapshot = store.snapshot()) {
            return snapshot.range(0, snapshot.rows()).stream()
                    .flatMap(keys -> IntStream.range(0, (int) keys.count())
                            .filter(row -> !keys.isRemoved(row))
                            .mapToObj(keys::name))
                    .toList();
        }
    }

    /** Runs code of a caller that waits for a change of another thread. */
    private static <T> T changing(KeyStore store, T result) {
        CompletableFuture.runAsync(() -> add(store, List.of("new")))
                .orTimeout(1, TimeUnit.MINUTES)
                .join();
        return result;
    }

    @Test
    void noCodeOfACallerRunsWhileOthersWaitForTheStore() {
        try (KeyStore store = store()) {
            add(store, List.of("a", "b"));
            assertThatThrownBy(() -> store.removeIf(key -> {
                        throw new IllegalStateException("of the caller");
                    }))
                    .hasMessage("of the caller");
            assertThat(store.removeIf(key -> changing(store, key.name(0).equals("b"))))
                    .isEqualTo(1);
            assertThat(names(store)).as("with the keys of the predicate").containsExactly("a", "new", "new");
        }
    }

    @Test
    void knowsABoundOfTheLengthsOfNames() {
        try (KeyStore store = store()) {
            assertThat(longestName(store)).isZero();
            add(store, List.of("ab", "", "\u00e4\u00e4"));
            assertThat(longestName(store)).as("bytes of UTF-8").isEqualTo(4);
            add(store, List.of("abcdef"));
            add(store, List.of("c"));
            assertThat(longestName(store)).isEqualTo(6);
        }
    }

    private static int longestName(KeyStore store) {
        try (Snapshot snapshot = store.snapshot()) {
            return snapshot.longestName();
        }
    }

    private Path save(List<String> names) throws IOException {
        Path file = folder.resolve("index.safetensors");
        try (KeyStore store = store()) {
            add(store, names);
            save(store, file);
        }
        return file;
    }

    private static void save(KeyStore store, Path file) throws IOException {
        try (KeyStore.Moment moment = store.moment()) {
            IndexSave.save(
                    Disk.SYSTEM,
                    file,
                    new IndexSave.State(store, moment, null, Map.of("title", "names"), ExtraTensors.NONE, true),
                    null);
        }
    }

    private static List<String> opened(Path file) throws IOException {
        try (KeyStore store = IndexFile.open(file, true).keys()) {
            return names(store);
        }
    }

    @Test
    void namesAreOpenedAsTheyWereSaved() throws IOException {
        Path file = save(NAMES);
        assertThat(opened(file)).isEqualTo(NAMES);
        assertThat(IndexCheck.findings(file)).isEmpty();
    }

    @Test
    void manyNamesAreKeptThoughTheyAreAddedOneByOne() throws IOException {
        List<String> names = new Random(5)
                .ints(3000, 0, 1025)
                .mapToObj(length -> "n".repeat(length))
                .toList();
        Path file = folder.resolve("many");
        try (KeyStore store = store()) {
            add(store, Collections.nCopies(10, ""));
            names.forEach(name -> add(store, List.of(name)));
            add(store, Collections.nCopies(10, ""));
            assertThat(names(store).subList(10, 3010)).isEqualTo(names);
            assertThat(names(store).subList(3010, 3020)).containsOnly("");
            save(store, file);
            assertThat(opened(file)).isEqualTo(names(store));
        }
    }

    @Test
    void namesTakeMemoryOnlyWhereThereAreSome() {
        try (KeyStore store = store()) {
            add(store, List.of("", ""));
            long unnamed = MemoryUse.bytes(MemoryKind.HOST);
            add(store, List.of("", ""));
            assertThat(MemoryUse.bytes(MemoryKind.HOST)).isEqualTo(unnamed);
            add(store, List.of("a"));
            assertThat(MemoryUse.bytes(MemoryKind.HOST)).isGreaterThan(unnamed);
        }
    }

    @Test
    void refusesTheWholeBatchWhenOneNameIsNotAllowed() {
        try (KeyStore store = store()) {
            add(store, List.of("first"));
            for (String name : List.of("a\nb", "a\u0000", "a\u0085", "\ud83d", "x".repeat(1025), "猫".repeat(342))) {
                assertIllegalArgument(() -> add(store, List.of("good", name)))
                        .hasMessageStartingWith("the name at row 1 has ")
                        .hasMessageEndingWith("expected at most 1,024 bytes of UTF-8 without control characters");
            }
            assertThatThrownBy(() -> store.add(KeyRows.of(FloatBuffer.wrap(new float[] {1, 1}), new int[1])
                            .with(KeyDetails.named(NAMES))))
                    .hasMessage("4 names: expected one for each of 1 labels");
            assertThat(names(store)).containsExactly("first");
        }
    }

    @Test
    void aChangeThatIsRefusedMemoryForNamesChangesNothing() {
        try (KeyStore store = store()) {
            add(store, List.of("first"));
            long limit = MemoryUse.limit();
            MemoryUse.limit(MemoryUse.bytes(MemoryKind.HOST) + (1 << 16));
            try {
                assertNotEnoughMemory(() -> add(store, Collections.nCopies(1000, "x".repeat(1024))));
            } finally {
                MemoryUse.limit(limit);
            }
            add(store, List.of("second"));
            assertThat(names(store)).containsExactly("first", "second");
        }
    }

    @Test
    void saysWhichNameIsNull() {
        assertIllegalArgument(() -> KeyDetails.named(Arrays.asList("", null)).encode(1))
                .hasMessage("the name at row 1 is null: expected \"\" for no name");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\nb", "\u0080"})
    void refusesAFileWhoseNamesHaveControlCharacters(String name) throws IOException {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        Path file = save(List.of("y".repeat(bytes.length)));
        replaceLast(file, bytes);
        assertCorrupt(() -> IndexFile.open(file, false))
                .hasMessageContaining("names: the one at row 0 has a control character");
    }

    @Test
    void refusesAFileWhoseNamesAreNotUtf8OrDoNotEndWhereTheyShould() throws IOException {
        Path file = save(List.of("cat"));
        replaceLast(file, new byte[] {(byte) 0xe7});
        assertThatThrownBy(() -> IndexFile.open(file, false))
                .hasMessageContaining("names: the one at row 0 is not UTF-8");
        Path ends = save(List.of("cat", "dog"));
        replaceLast(ends, new byte[] {7, 0, 0, 0, 0, 0, 0, 0, 'c', 'a', 't', 'd', 'o', 'g'});
        assertThatThrownBy(() -> IndexFile.open(ends, false))
                .hasMessageContaining("name_ends: 7 at row 1 is outside 3..6");
        replaceLast(ends, new byte[] {5, 0, 0, 0, 0, 0, 0, 0, 'c', 'a', 't', 'd', 'o', 'g'});
        assertThatThrownBy(() -> IndexFile.open(ends, false))
                .hasMessageContaining("name_ends: the last is 5, expected 6");
    }

    /** Changes the end of a file, whose checksums are not right any more. */
    private static void replaceLast(Path file, byte[] end) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        System.arraycopy(end, 0, bytes, bytes.length - end.length, end.length);
        Files.write(file, bytes);
    }

    @Test
    void aFileWithoutNamesHasNoTensorsOfNames() throws IOException {
        assertThat(header(Files.readAllBytes(save(List.of("", "")))))
                .isEqualTo("{\"__metadata__\":{\"title\":\"names\",\"afterimage.version\":\"6\","
                        + "\"afterimage.classes\":\"1\",\"afterimage.next_id\":\"2\","
                        + "\"afterimage.crc32c.keys\":\"9229f4ad\",\"afterimage.crc32c.ids\":\"0b4ce7cd\","
                        + "\"afterimage.crc32c.labels\":\"8c28b28a\",\"afterimage.crc32c.header\":\"b4451f9b\"},"
                        + "\"keys\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[0,16]},"
                        + "\"ids\":{\"dtype\":\"I64\",\"shape\":[2],\"data_offsets\":[16,32]},"
                        + "\"labels\":{\"dtype\":\"I32\",\"shape\":[2],\"data_offsets\":[32,40]}}");
    }

    @Test
    void passesOverOptionalTensorsThatItDoesNotKnow() throws IOException {
        Path file = save(NAMES);
        append(file, "later", new byte[] {1, 2, 3}, true);
        append(file, "even later", new byte[0], true);
        assertThat(IndexCheck.findings(file)).isEmpty();
        assertThat(opened(file)).isEqualTo(NAMES);

        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length - 1] = 4;
        Files.write(file, bytes);
        assertThatThrownBy(() -> opened(file)).hasMessageContaining("later: the checksum does not match");
        assertThat(IndexCheck.findings(file).toString()).contains("later: the checksum of its 3 bytes does not match");
        Files.write(file, Arrays.copyOf(bytes, bytes.length - 1));
        assertThatThrownBy(() -> opened(file)).hasMessageContaining("the file is truncated");
    }

    @Test
    void refusesTensorsThatItDoesNotKnowAndThatAreNotOptional() throws IOException {
        Path named = save(NAMES);
        append(named, "later", new byte[] {1, 2, 3}, false);
        assertCorrupt(() -> opened(named))
                .hasMessageContaining("tensor \"later\" is not known, and the file does not list it");
    }

    @Test
    void refusesATensorWithoutANameWhereNoTensorsAreOptional() throws IOException {
        Path file = save(NAMES);
        byte[] bytes = Files.readAllBytes(file);
        write(file, header(bytes).replaceFirst("\"afterimage.optional\":\"[^\"]*\",", ""), data(bytes), new byte[0]);
        assertThat(opened(file)).isEqualTo(NAMES);
        append(file, "", new byte[] {1, 2, 3}, false);
        assertCorrupt(() -> opened(file)).hasMessageContaining("tensor \"\" is not known");
    }

    @Test
    void passesOverFieldsOfATensorThatItDoesNotKnow() throws IOException {
        Path file = save(NAMES);
        replace(file, "\"dtype\"", "\"unit\":[\"m\"],\"dtype\"");
        assertThat(opened(file)).isEqualTo(NAMES);
        assertThat(IndexCheck.findings(file)).isEmpty();
    }

    @Test
    void refusesAnotherVersionForThatReasonHoweverItsTensorsAreDescribed() throws IOException {
        Path file = save(NAMES);
        replace(file, "\"dtype\"", "\"type\"");
        assertCorrupt(() -> opened(file)).hasMessageContaining("tensor \"keys\" is incomplete");
        replace(file, "\"afterimage.version\":\"6\"", "\"afterimage.version\":\"3\"");
        assertCorrupt(() -> opened(file))
                .hasMessageContaining("format version 3: expected 6; build the index again from its data");
    }

    @Test
    void saysLittleOfNumbersThatFillTheHeader() throws IOException {
        Path file = save(NAMES);
        replace(file, "\"shape\":[4,2]", "\"shape\":[" + "2,".repeat(500) + "2]");
        assertCorrupt(() -> opened(file))
                .hasMessageContaining("tensor \"keys\" has the numbers [2, 2, ")
                .hasMessageContaining("...: expected at most 64 whole ones")
                .satisfies(e -> assertThat(e.getMessage().length()).isLessThan(400));
    }

    private static void replace(Path file, String part, String other) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        assertThat(header(bytes)).contains(part);
        write(file, header(bytes).replace(part, other), data(bytes), new byte[0]);
    }

    @Test
    void refusesOptionalTensorsThatOverlapOthersOrLeaveAGap() throws IOException {
        Path file = save(NAMES);
        append(file, "later", new byte[] {1, 2, 3}, true);
        byte[] good = Files.readAllBytes(file);
        String header = header(good);
        String offsets = header.replaceFirst("(?s).*\"later\":\\{.*?\\[(\\d+,\\d+)\\]\\}.*", "$1");
        long from = Long.parseLong(offsets.split(",")[0]);
        for (String wrong :
                List.of((from - 1) + "," + (from + 3), (from + 1) + "," + (from + 3), from + "," + (from - 1))) {
            write(file, header.replace("[" + offsets + "]", "[" + wrong + "]"), data(good), new byte[0]);
            assertThatThrownBy(() -> opened(file))
                    .as(wrong)
                    .isInstanceOf(CorruptIndexException.class)
                    .hasMessageContaining("later");
        }
    }

    /** Adds a tensor that is not known. */
    private static void append(Path file, String name, byte[] values, boolean optional) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        String header = header(bytes);
        CRC32C crc = new CRC32C();
        crc.update(values);
        int end = data(bytes).length;
        String tensor = "\"" + name + "\":{\"dtype\":\"U8\",\"shape\":[" + values.length + "],\"data_offsets\":[" + end
                + "," + (end + values.length) + "]}";
        header = header.replace(
                "\"afterimage.crc32c.header\"",
                "\"" + Checksums.key(name) + "\":\"" + Checksums.hex((int) crc.getValue())
                        + "\",\"afterimage.crc32c.header\"");
        if (optional) {
            header = header.replace("\"afterimage.optional\":\"", "\"afterimage.optional\":\"" + name + "\\u000a");
        }
        write(file, header.substring(0, header.length() - 1) + "," + tensor + "}", data(bytes), values);
    }

    private static long dataStart(byte[] bytes) {
        return Long.BYTES
                + ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
    }

    private static String header(byte[] bytes) {
        return new String(bytes, Long.BYTES, (int) dataStart(bytes) - Long.BYTES, StandardCharsets.UTF_8).strip();
    }

    private static byte[] data(byte[] bytes) {
        return Arrays.copyOfRange(bytes, (int) dataStart(bytes), bytes.length);
    }

    private static void write(Path file, String json, byte[] data, byte[] more) throws IOException {
        byte[] header = new byte[IndexHeader.ALIGNMENT];
        Arrays.fill(header, (byte) ' ');
        ByteBuffer.wrap(header)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(header.length - Long.BYTES)
                .put(json.getBytes(StandardCharsets.UTF_8));
        Checksums.seal(header);
        ByteBuffer bytes = ByteBuffer.allocate(header.length + data.length + more.length);
        Files.write(file, bytes.put(header).put(data).put(more).array());
    }
}
