package io.github.afterimage.file;

import static io.github.afterimage.Numbers.filled;
import static io.github.afterimage.Refusals.assertIllegalArgument;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.KeyBatch;
import io.github.afterimage.KeyEntry;
import io.github.afterimage.MemoryUse;
import io.github.afterimage.OpenOptions;
import io.github.afterimage.StoredIndex;
import io.github.afterimage.keys.DetailBytes;
import io.github.afterimage.keys.KeyDetails;
import io.github.afterimage.keys.KeyFormat;
import io.github.afterimage.log.LogNames;
import io.github.afterimage.log.LogRecord;
import io.github.afterimage.settings.Durability;
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
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeyThumbnailsTest {
    private static final byte[] NONE = {};
    private static final byte[] FIRST = "first picture".getBytes(StandardCharsets.UTF_8);
    private static final byte[] SECOND = {0, -1, 10, 0};

    @TempDir
    private Path folder;

    private Path file() {
        return folder.resolve("index.safetensors");
    }

    private static CacheIndex index() {
        return new CacheIndexBuilder(2, 1).threads(1).build();
    }

    private static long add(CacheIndex index, List<String> names, List<byte[]> thumbnails) {
        float[] features = filled(2 * names.size(), 1);
        return index.add(KeyBatch.of(FloatBuffer.wrap(features), new int[names.size()])
                        .names(names)
                        .thumbnails(thumbnails))
                .first();
    }

    private static long add(CacheIndex index, byte[]... thumbnails) {
        return add(index, Collections.nCopies(thumbnails.length, ""), List.of(thumbnails));
    }

    private static List<byte[]> thumbnails(CacheIndex index) {
        return index.list(0, Integer.MAX_VALUE).stream()
                .map(key -> {
                    byte[] bytes = index.thumbnail(key.id()).orElse(NONE);
                    assertThat(key.hasThumbnail()).isEqualTo(bytes.length > 0);
                    return bytes;
                })
                .toList();
    }

    private void save(byte[]... thumbnails) throws IOException {
        try (CacheIndex index = index()) {
            add(index, thumbnails);
            index.save(file());
        }
    }

    private List<byte[]> opened() throws IOException {
        try (CacheIndex index = CacheIndex.open(file())) {
            return thumbnails(index);
        }
    }

    /** Returns whether any file of the folder has these bytes. */
    private boolean isInAFile(byte[] bytes) throws IOException {
        String wanted = new String(bytes, StandardCharsets.ISO_8859_1);
        try (Stream<Path> files = Files.list(folder)) {
            for (Path path : files.toList()) {
                if (Files.readString(path, StandardCharsets.ISO_8859_1).contains(wanted)) {
                    return true;
                }
            }
        }
        return false;
    }

    @Test
    void thumbnailsAreOpenedAsTheyWereAdded() throws IOException {
        byte[] longest = new byte[4096];
        Arrays.fill(longest, (byte) 7);
        save(FIRST, NONE, SECOND, longest);
        assertThat(opened()).containsExactly(FIRST, NONE, SECOND, longest);
        assertThat(IndexCheck.findings(file())).isEmpty();
        assertThat(StoredIndex.contents(file()).thumbnailBytes()).isEqualTo(FIRST.length + SECOND.length + 4096);
        assertThat(StoredIndex.contents(file()).nameBytes()).isZero();
    }

    @Test
    void aThumbnailIsACopyThatItsOwnerMayChange() {
        try (CacheIndex index = index()) {
            byte[] given = FIRST.clone();
            add(index, given);
            given[0] = 0;
            index.thumbnail(0).orElseThrow()[1] = 0;
            assertThat(index.thumbnail(0)).contains(FIRST);
        }
    }

    @Test
    void neighboursAndEntriesTellWhichKeysHaveOne() {
        try (CacheIndex index = index()) {
            add(index, List.of("a", "b"), List.of(NONE, FIRST));
            assertThat(index.list(0, 9)).containsExactly(new KeyEntry(0, 0, "a", false), new KeyEntry(1, 0, "b", true));
            assertThat(index.nearest(new float[] {1, 1}, 2)
                            .row(0)
                            .neighbors()
                            .get(0)
                            .hasThumbnail())
                    .isFalse();
            assertThat(index.nearest(new float[] {1, 1}, 2)
                            .row(0)
                            .neighbors()
                            .get(1)
                            .hasThumbnail())
                    .isTrue();
            assertThat(index.thumbnail(0)).isEmpty();
            assertThat(index.thumbnail(5)).isEmpty();
        }
    }

    @Test
    void aReplacedOrRemovedKeysThumbnailIsInNoFileAfterASave() throws IOException {
        try (CacheIndex index = index()) {
            add(index, FIRST, NONE, NONE);
            index.save(file());
            assertThat(isInAFile(FIRST)).isTrue();
            index.replace(
                    new long[] {0},
                    KeyBatch.of(new float[] {1, 2}, new int[1])
                            .names(List.of("x"))
                            .thumbnails(List.of(SECOND)));
            index.save(file());
            assertThat(isInAFile(FIRST)).isFalse();
            assertThat(thumbnails(index)).containsExactly(NONE, NONE, SECOND);
            index.remove(3);
            assertThat(index.thumbnail(3)).isEmpty();
            index.save(file());
        }
        assertThat(opened()).containsExactly(NONE, NONE);
        assertThat(StoredIndex.contents(file()).thumbnailBytes()).isZero();
    }

    @Test
    void aCopyInAnotherTypeAndACompactedIndexKeepThem() throws IOException {
        save(FIRST, NONE, SECOND);
        try (StoredIndex stored = StoredIndex.open(file(), true)) {
            stored.convert(folder.resolve("half"), ElementType.FLOAT16, (done, all) -> {});
        }
        try (CacheIndex index = CacheIndex.open(folder.resolve("half"))) {
            assertThat(thumbnails(index)).containsExactly(FIRST, NONE, SECOND);
            index.remove(1);
            index.compact();
            assertThat(thumbnails(index)).containsExactly(FIRST, SECOND);
        }
    }

    @Test
    void thumbnailsTakeMemoryOnlyWhereThereAreSome() {
        try (CacheIndex index = index()) {
            add(index, NONE, NONE);
            long without = MemoryUse.bytes(MemoryKind.HOST);
            add(index, NONE);
            assertThat(MemoryUse.bytes(MemoryKind.HOST)).isEqualTo(without);
            add(index, new byte[4096]);
            assertThat(MemoryUse.bytes(MemoryKind.HOST)).isGreaterThanOrEqualTo(without + 4096);
        }
    }

    @Test
    void refusesTheWholeBatchWhenOneThumbnailIsTooLongOrNull() {
        try (CacheIndex index = index()) {
            assertIllegalArgument(() -> add(index, FIRST, new byte[4097]))
                    .hasMessage(
                            "the thumbnail at row 1 has 4097 bytes: expected at most 4,096; make the picture smaller");
            assertThatThrownBy(() -> add(index, List.of("", ""), Arrays.asList(FIRST, null)))
                    .hasMessage("the thumbnail at row 1 is null: expected no bytes for no thumbnail");
            assertThatThrownBy(() -> add(index, List.of(""), List.of(FIRST, SECOND)))
                    .hasMessage("2 thumbnails: expected one for each of 1 labels");
            byte[] longest = new byte[4096];
            KeyDetails many = new KeyDetails(List.of("a"), Collections.nCopies(1 << 18, longest));
            assertThatThrownBy(() -> many.encode(1))
                    .hasMessageStartingWith("names and thumbnails have 1073741825 bytes: expected at most 1 GiB");
            assertThat(index.size()).isZero();
        }
    }

    @Test
    void refusesEndsThatAreOutOfOrderOrFarApart() throws IOException {
        save(FIRST, SECOND);
        byte[] bytes = Files.readAllBytes(file());
        int ends = bytes.length - FIRST.length - SECOND.length - 2 * Long.BYTES;
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(ends, 18);
        Files.write(file(), bytes);
        assertThatThrownBy(() -> IndexFile.open(file(), false))
                .hasMessageContaining("thumbnail_ends: 18 at row 0 is outside 0..17");
        save(FIRST, new byte[4096]);
        byte[] moved = Files.readAllBytes(file());
        ends = moved.length - FIRST.length - 4096 - 2 * Long.BYTES;
        ByteBuffer.wrap(moved).order(ByteOrder.LITTLE_ENDIAN).putLong(ends, 1);
        Files.write(file(), moved);
        assertThatThrownBy(() -> IndexFile.open(file(), false))
                .hasMessageContaining("thumbnail_ends: 4109 at row 1 is outside 1..4097");
    }

    @Test
    void thumbnailsAreOptionalTensorsBehindTheNames() throws IOException {
        try (CacheIndex index = index()) {
            add(index, List.of("cat"), List.of(FIRST));
            index.save(file());
        }
        byte[] bytes = Files.readAllBytes(file());
        String header = new String(bytes, Long.BYTES, (int) dataStart(bytes) - Long.BYTES, StandardCharsets.UTF_8);
        assertThat(header)
                .contains("\"afterimage.version\":\"6\"")
                .contains("\"afterimage.optional\":\"name_ends\\u000anames\\u000athumbnail_ends\\u000athumbnails\"")
                .contains("\"names\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[28,31]},"
                        + "\"thumbnail_ends\":{\"dtype\":\"I64\",\"shape\":[1],\"data_offsets\":[31,39]},"
                        + "\"thumbnails\":{\"dtype\":\"U8\",\"shape\":[13],\"data_offsets\":[39,52]}");
    }

    @Test
    void aLogHoldsThumbnailsUntilTheNextSave() throws IOException {
        save(NONE);
        OpenOptions logged = new OpenOptions().threads(1).log(Durability.everyChange());
        try (CacheIndex index = CacheIndex.open(file(), logged)) {
            add(index, NONE);
            add(index, FIRST);
            add(index, NONE);
            add(index, SECOND);
            assertThat(opened()).containsExactly(NONE, NONE, FIRST, NONE, SECOND);
        }
        assertThat(IndexCheck.findings(file())).isEmpty();
        try (CacheIndex index = CacheIndex.open(file(), logged)) {
            index.files().save(file(), Map.of());
            assertThat(Files.exists(log(1))).isFalse();
        }
        assertThat(opened()).containsExactly(NONE, NONE, FIRST, NONE, SECOND);
    }

    @Test
    void refusesALogWhoseThumbnailsAreLongerThanTheyMayBe() throws IOException {
        LogRecord record = new LogRecord(0, 0, 1, new DetailBytes(0, 4097), 0, 1, 0);
        ByteBuffer bytes = ByteBuffer.allocate(LogRecord.HEADER_BYTES);
        KeyFormat format = new KeyFormat(2, 1, ElementType.FLOAT32);
        record.put(bytes, format);
        assertThat(LogRecord.parse(bytes.flip(), format, Long.MAX_VALUE)).isNull();
    }

    private Path log(int number) {
        return new LogNames(file()).path(number);
    }

    private static long dataStart(byte[] bytes) {
        return Long.BYTES
                + ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
    }
}
