package io.github.afterimage.file;

import static io.github.afterimage.Numbers.filled;
import static io.github.afterimage.Refusals.assertCorrupt;
import static io.github.afterimage.Refusals.assertIllegalArgument;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.afterimage.AddedKeys;
import io.github.afterimage.failure.UnsavedChangeException;
import io.github.afterimage.keys.KeyFormat;
import io.github.afterimage.keys.KeyRows;
import io.github.afterimage.keys.KeyStore;
import io.github.afterimage.keys.KnownRequest;
import io.github.afterimage.keys.KnownRequests;
import io.github.afterimage.keys.RequestId;
import io.github.afterimage.keys.Section;
import io.github.afterimage.keys.Snapshot;
import io.github.afterimage.platform.Disk;
import io.github.afterimage.settings.Durability;
import io.github.afterimage.settings.ElementType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KnownRequestsTest {
    private static final Durability EACH = Durability.everyChange();

    @TempDir
    private Path folder;

    private static KeyRows rows(int count) {
        float[] features = filled(count * Session.DIM, 1);
        return KeyRows.of(FloatBuffer.wrap(features), new int[count]);
    }

    @Test
    void whereverTheDiskFailsARequestThatIsMadeAgainUntilItSucceedsAddsItsKeysOnce() throws IOException {
        Path file = folder.resolve("index.safetensors");
        Session.create(Disk.SYSTEM, file, ElementType.FLOAT32, EACH).close();
        int unsaved = 0;
        int refused = 0;
        int failing = 0;
        for (boolean reached = true; reached; failing++) {
            RecordedDisk disk = new RecordedDisk(failing);
            RequestId request = new RequestId("request " + failing, 0);
            AddedKeys added = null;
            long size;
            try (Session session = Session.open(disk, file, EACH)) {
                size = size(session.store);
                while (added == null) {
                    try {
                        added = session.store.add(rows(2), request);
                    } catch (UnsavedChangeException e) {
                        unsaved++;
                        assertThat(size(session.store)).isEqualTo(size + 2);
                        assertThatThrownBy(() -> session.store.add(rows(2), request))
                                .as("the keys are still not on the disk")
                                .isInstanceOf(UnsavedChangeException.class);
                        session.save();
                    } catch (UncheckedIOException e) {
                        refused++;
                        assertThat(size(session.store)).isEqualTo(size);
                    }
                }
                assertThat(size(session.store)).isEqualTo(size + 2);
                reached = disk.failed();
            } catch (IOException e) {
                continue; // the old files could not be forced
            }
            try (Session again = Session.open(Disk.SYSTEM, file, EACH)) {
                assertThat(again.store.add(rows(2), request))
                        .isEqualTo(new AddedKeys(added.first(), added.count(), true));
                assertThat(size(again.store)).isEqualTo(size + 2);
                again.save(); // so that the next session has no old files to force
            }
        }
        System.out.println(failing + " operations failed: " + unsaved + " changes unsaved, " + refused + " refused");
        assertThat(Math.min(unsaved, refused)).isPositive();
    }

    private static long size(KeyStore store) {
        try (Snapshot snapshot = store.snapshot()) {
            return snapshot.size();
        }
    }

    @Test
    void anIndexFileHasTheTensorOfRequestsOnlyIfItHasSomeAndAsOneThatMayBeSkipped() throws IOException {
        Path file = folder.resolve("index.safetensors");
        try (Session session = Session.create(Disk.SYSTEM, file, ElementType.FLOAT32, EACH)) {
            session.save();
            try (IndexReader reader = IndexReader.open(file)) {
                assertThat(reader.header.has(Section.REQUESTS)).isFalse();
            }
            session.store.add(rows(1), new RequestId("a", 0));
            session.files.save(folder.resolve("copy"), session.store, Map.of(), ExtraTensors.NONE, false);
            assertThat(new String(Files.readAllBytes(folder.resolve("copy")), StandardCharsets.ISO_8859_1))
                    .contains("\"afterimage.version\":\"6\"", "\"afterimage.optional\":\"requests\"");
        }
    }

    @Test
    void onlyBytesThatAreRequestsAreTakenForSome() {
        KnownRequests requests = new KnownRequests();
        requests.add(new KnownRequest(new RequestId("a", 1), 7, 2));
        requests.add(new KnownRequest(new RequestId("ü", -1), 9, 1));
        byte[] bytes = requests.encode();
        KnownRequests read = new KnownRequests();
        read.addAll(ByteBuffer.wrap(bytes));
        assertThat(read.encode()).isEqualTo(bytes);
        for (int length = 1; length < bytes.length; length++) {
            ByteBuffer cut = ByteBuffer.wrap(bytes, 0, length).slice();
            if (length != requestBytes()) {
                assertIllegalArgument(() -> new KnownRequests().addAll(cut));
            }
        }
        Random random = new Random(5);
        for (int i = 0; i < 10_000; i++) {
            byte[] changed = bytes.clone();
            changed[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
            try {
                new KnownRequests().addAll(ByteBuffer.wrap(changed));
            } catch (IllegalArgumentException e) {
                assertThat(e).hasMessageMatching("request.*");
            }
        }
    }

    private static int requestBytes() {
        return new KnownRequest(new RequestId("a", 1), 7, 2).bytes();
    }

    @Test
    void aFileWithTooManyRequestsIsRefusedBeforeTheyAreRead() throws IOException {
        Path file = folder.resolve("index.safetensors");
        Saves saves = new Saves(file);
        saves.close();
        IndexContent content = new IndexContent(
                new KeyFormat(2, 2, ElementType.FLOAT32),
                List.of(),
                0,
                ExtraTensors.NONE,
                new long[0],
                new byte[KnownRequests.LARGEST_FILE_BYTES + 1],
                List.of(),
                null,
                Map.of());
        content.write(Disk.SYSTEM, file, file);
        assertCorrupt(() -> IndexFile.open(file, true))
                .hasMessageContaining("requests: 1048858 bytes, expected at most 1048857");
    }
}
