package io.github.afterimage.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.afterimage.FileNames;
import io.github.afterimage.failure.CorruptIndexException;
import io.github.afterimage.keys.KeyStore;
import io.github.afterimage.platform.Disk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IncrementalSaveTest {
    private static final int ROW_BYTES = Saves.DIM * Float.BYTES + Long.BYTES + Integer.BYTES;

    @TempDir
    Path folder;

    private Path file() {
        return folder.resolve("index.safetensors");
    }

    @Test
    void writesOnlyWhatWasAdded() throws IOException {
        try (Saves saves = new Saves(file())) {
            saves.add(10_000).save();
            RecordedDisk disk = new RecordedDisk();
            saves.add(100).save(disk, false);
            long whole = 10_100L * ROW_BYTES;
            System.out.println("1 % added: " + disk.bytesWritten() + " bytes written, of an index of " + whole);
            assertThat(disk.bytesWritten()).isEqualTo(100 * ROW_BYTES + 2 * IndexHeader.ALIGNMENT);
            assertThat(FileNames.in(folder))
                    .containsExactly("index.0001.safetensors", "index.0002.safetensors", "index.safetensors");
            assertThat(Saves.contents(file())).isEqualTo(saves.expected());
            assertThat(IndexCheck.findings(file())).isEmpty();

            RecordedDisk all = new RecordedDisk();
            saves.save(all, true); // asked
            assertThat(all.bytesWritten()).isEqualTo(whole + IndexHeader.ALIGNMENT);
            assertThat(FileNames.in(folder)).containsExactly("index.safetensors");
            assertThat(Saves.contents(file())).isEqualTo(saves.expected());
        }
    }

    @Test
    void writesOnlyTheIdsOfWhatWasRemovedIfRemovedKeysMayStay() throws IOException {
        try (Saves saves = new Saves(file())) {
            saves.erase = false;
            saves.add(1000).save();
            RecordedDisk disk = new RecordedDisk();
            saves.remove(id -> id % 10 == 3).save(disk, false);
            assertThat(disk.bytesWritten()).isEqualTo(100 * Long.BYTES + IndexHeader.ALIGNMENT);
            assertThat(Saves.contents(file())).isEqualTo(saves.expected());
            saves.remove(id -> id % 2 == 1).save(); // more than half are dead now
            assertThat(Saves.contents(file())).isEqualTo(saves.expected());
            saves.remove(id -> id < 900).save();
            assertThat(FileNames.in(folder)).as("written as a whole").containsExactly("index.safetensors");
            assertThat(Saves.contents(file())).isEqualTo(saves.expected());
        }
    }

    @Test
    void writesOnlyThePartsWithRemovedKeysAgain() throws IOException {
        try (Saves saves = new Saves(file())) {
            saves.add(1000).save().add(300).save().add(100).save();
            RecordedDisk disk = new RecordedDisk();
            saves.remove(id -> id == 1100).save(disk, false);
            assertThat(disk.bytesWritten()).isEqualTo(299 * ROW_BYTES + 2 * IndexHeader.ALIGNMENT);
            assertThat(FileNames.in(folder)).hasSize(4);
            assertThat(Saves.contents(file())).isEqualTo(saves.expected());
            disk = new RecordedDisk();
            saves.remove(id -> id == 5 || id == 1101).save(disk, false);
            assertThat(disk.bytesWritten()).isEqualTo((999 + 298) * ROW_BYTES + 2 * IndexHeader.ALIGNMENT);
            assertThat(FileNames.in(folder))
                    .as("two that follow each other become one")
                    .hasSize(3);
            assertThat(Saves.contents(file())).isEqualTo(saves.expected());
            assertThat(IndexCheck.findings(file())).isEmpty();
        }
    }

    @Test
    void writesNoMoreWhereTheKeysWereCompactedInMemory() throws IOException {
        try (Saves saves = new Saves(file())) {
            saves.erase = false;
            saves.add(1000).save().add(200).save();
            saves.remove(id -> id % 5 == 0).store.compact();
            RecordedDisk disk = new RecordedDisk();
            saves.save(disk, false);
            assertThat(disk.bytesWritten()).isEqualTo(240 * Long.BYTES + IndexHeader.ALIGNMENT);
            assertThat(FileNames.in(folder)).hasSize(3);
            assertThat(Saves.contents(file())).isEqualTo(saves.expected()).isEqualTo(saves.held());
        }
    }

    @Test
    void writesNothingWhereNothingChanged() throws IOException {
        try (Saves saves = new Saves(file())) {
            saves.add(10).save().add(1).save();
        }
        IndexFile.Contents contents = IndexFile.open(file(), true);
        try (KeyStore store = contents.keys();
                KeyStore.Moment moment = store.moment()) {
            RecordedDisk disk = new RecordedDisk();
            IndexSave.save(
                    disk,
                    file(),
                    new IndexSave.State(store, moment, null, contents.attributes(), contents.extra(), true),
                    contents.saved());
            assertThat(disk.log).isEmpty();
        }
    }

    @Test
    void isOpenedAndSavedAgainByAnotherProcess() throws IOException {
        try (Saves saves = new Saves(file())) {
            saves.add(100).save().add(10).save();
        }
        try (Saves saves = Saves.open(file())) {
            saves.erase = false;
            RecordedDisk disk = new RecordedDisk();
            saves.add(5).remove(id -> id == 50).save(disk, false);
            assertThat(disk.bytesWritten()).isLessThan(3 * IndexHeader.ALIGNMENT);
            assertThat(FileNames.in(folder)).hasSize(4);
            assertThat(Saves.contents(file())).isEqualTo(saves.expected());
        }
    }

    @Test
    void anIdThatWasRemovedIsNotGivenAgain() throws IOException {
        for (boolean whole : new boolean[] {false, true}) {
            Path own = folder.resolve("ids" + whole + ".safetensors");
            try (Saves saves = new Saves(own)) {
                saves.add(10).save().remove(id -> id > 6).save(Disk.SYSTEM, whole);
            }
            try (Saves saves = Saves.open(own)) {
                assertThat(saves.store.nextId()).isEqualTo(10);
                assertThat(saves.ids()).containsExactly(0L, 1L, 2L, 3L, 4L, 5L, 6L);
            }
        }
    }

    @Test
    void whatIsMappedStaysAsItWas() throws IOException {
        try (Saves saves = new Saves(file())) {
            saves.add(50).save().add(3).save();
            try (Saves reader = Saves.open(file())) {
                String before = reader.expected();
                saves.add(100)
                        .save()
                        .remove(id -> id < 100)
                        .save(Disk.SYSTEM, true)
                        .add(1)
                        .save();
                assertThat(reader.held()).isEqualTo(before);
            }
        }
    }

    @Test
    void writesEverythingWhereSomebodyElseReplacedTheFile() throws IOException {
        try (Saves saves = new Saves(file())) {
            saves.add(50).save();
            Path other = folder.resolve("other.safetensors");
            try (Saves others = new Saves(other)) {
                others.add(7).save();
            }
            Files.move(other, file(), StandardCopyOption.REPLACE_EXISTING);
            saves.add(1).save();
            assertThat(FileNames.in(folder)).containsExactly("index.safetensors");
            assertThat(Saves.contents(file())).isEqualTo(saves.expected());
        }
    }

    @Test
    void leavesThePartsToTheIndexThatACopyWasMadeOf() throws IOException {
        Path copy = folder.resolve("copy.safetensors");
        try (Saves saves = new Saves(file())) {
            saves.add(50).save().add(1).save();
            Files.copy(file(), copy);
            try (Saves copied = Saves.open(copy)) {
                copied.save(Disk.SYSTEM, true);
                assertThat(Saves.contents(copy)).isEqualTo(copied.expected());
            }
            assertThat(Saves.contents(file())).isEqualTo(saves.expected());
        }
    }

    @Test
    void aRandomHistoryIsAlwaysWhatIsOpened() throws IOException {
        long seed = System.nanoTime();
        System.out.println("random history: seed " + seed);
        Random random = new Random(seed);
        Saves saves = new Saves(file());
        try {
            int most = 0;
            for (int step = 0; step < 80; step++) {
                if (random.nextInt(3) > 0) {
                    saves.add(1 + random.nextInt(random.nextInt(8) == 0 ? 100 : 5));
                }
                if (random.nextInt(3) == 0) {
                    int modulus = 2 + random.nextInt(20);
                    long from = (long) (random.nextDouble() * saves.store.nextId());
                    saves.remove(id -> id >= from && id % modulus == 0);
                }
                if (random.nextInt(4) == 0) {
                    long[] gone =
                            saves.ids().filter(id -> random.nextInt(9) == 0).toArray();
                    saves.replace(random.nextInt(9), gone);
                }
                if (random.nextInt(10) == 0) {
                    saves.store.compact();
                }
                saves.erase = random.nextBoolean();
                saves.save(Disk.SYSTEM, random.nextInt(20) == 0);
                assertThat(Saves.contents(file()))
                        .as("seed %d step %d", seed, step)
                        .isEqualTo(saves.expected())
                        .isEqualTo(saves.held());
                most = Math.max(most, FileNames.in(folder).size());
                if (random.nextInt(10) == 0) {
                    String expected = saves.expected();
                    saves.close();
                    saves = Saves.open(file());
                    assertThat(saves.expected()).isEqualTo(expected);
                }
            }
            assertThat(IndexCheck.findings(file())).isEmpty();
            assertThat(most).as("files at the most, of up to 2,000 keys").isLessThanOrEqualTo(13);
        } finally {
            saves.close();
        }
    }

    @Test
    void addsUpToFewFilesHoweverOftenItIsSaved() throws IOException {
        try (Saves saves = new Saves(file())) {
            saves.add(1000).save();
            long written = 0;
            int files = 0;
            for (int i = 0; i < 60; i++) {
                RecordedDisk disk = new RecordedDisk();
                saves.add(10).save(disk, false);
                written += disk.bytesWritten();
                files = Math.max(files, FileNames.in(folder).size());
            }
            System.out.println("60 times 1 %: at most " + files + " files; " + written + " bytes, "
                    + 60L * 1300 * ROW_BYTES + " if written whole");
            assertThat(files).isLessThanOrEqualTo(10);
            assertThat(written).isLessThan(60L * 1300 * ROW_BYTES / 4);
        }
    }

    @Test
    void refusesAnIndexInPartsWithAnyBitFlippedOrAtAnyOtherLength() throws IOException {
        try (Saves saves = new Saves(file())) {
            saves.erase = false;
            saves.add(8).save().add(2).remove(id -> id == 3).save();
        }
        int flips = 0;
        for (String name : FileNames.in(folder)) {
            Path damaged = folder.resolve(name);
            byte[] good = Files.readAllBytes(damaged);
            try (FileChannel channel = FileChannel.open(damaged, StandardOpenOption.WRITE)) {
                // Each bit of a byte in turn; of the spaces behind the header, which are most of a small file, fewer.
                for (int bit = 0; bit < good.length * 8; bit += good[bit / 8] == ' ' ? 13 : 3, flips++) {
                    byte flipped = (byte) (good[bit / 8] ^ 1 << bit % 8);
                    channel.write(ByteBuffer.wrap(new byte[] {flipped}), bit / 8);
                    assertRefused(damaged, "bit " + bit);
                    channel.write(ByteBuffer.wrap(good, bit / 8, 1), bit / 8);
                }
                for (int more = 1; more <= 64; more++) {
                    channel.write(ByteBuffer.allocate(1), good.length + more - 1);
                    assertRefused(damaged, more + " more");
                }
                for (int less = good.length - 1; less >= 0; less -= good[less] == ' ' ? 13 : 1) {
                    channel.truncate(less);
                    assertRefused(damaged, less + " bytes");
                }
                channel.write(ByteBuffer.wrap(good), 0);
            }
        }
        System.out.println(
                "in parts: " + flips + " bits of " + FileNames.in(folder).size() + " files");
        IndexFile.open(file(), true).keys().close();
    }

    private void assertRefused(Path damaged, String how) throws IOException {
        try {
            IndexFile.open(file(), true).keys().close();
            throw new AssertionError(damaged + " was opened with " + how);
        } catch (CorruptIndexException expected) {
            if (!expected.getMessage().startsWith(folder.toString())) {
                throw new AssertionError(expected);
            }
        }
    }

    @Test
    void saysWhichPartIsMissing() throws IOException {
        try (Saves saves = new Saves(file())) {
            saves.add(8).save().add(2).save();
        }
        Files.delete(folder.resolve("index.0001.safetensors"));
        assertThatThrownBy(() -> IndexFile.open(file(), true))
                .isInstanceOf(NoSuchFileException.class)
                .hasMessageContaining("index.0001.safetensors")
                .hasMessageContaining("moved with all of its files");
        Files.write(folder.resolve("index.0002.safetensors"), new byte[10]);
        assertThat(IndexCheck.findings(file())).hasSize(2);
    }

    @Test
    void namesNoFileOutsideTheFolder() {
        for (String name : List.of("../a", "/etc/passwd", "a/b", "..", ".", "", "a\nb", "a\\b")) {
            assertThat(PartFile.isPlainName(name)).as(name).isFalse();
        }
        assertThat(new PartFile("a b.0001.safetensors", 5, -1).text()).isEqualTo("5 ffffffff a b.0001.safetensors");
        assertThat(PartFile.parse("5 ffffffff a b.0001.safetensors"))
                .isEqualTo(new PartFile("a b.0001.safetensors", 5, -1));
    }

    @Test
    void anIndexIsSavedThroughALinkTogetherWithItsParts() throws IOException {
        Path other = Files.createDirectory(folder.resolve("other"));
        Path file = other.resolve("index.safetensors");
        Path link = Files.createSymbolicLink(folder.resolve("link.safetensors"), file);
        try (Saves saves = new Saves(file)) {
            saves.add(1000).save();
            saves.add(10).save();
            assertThat(other.resolve("index.0001.safetensors")).exists();
            assertThat(Saves.contents(link)).isEqualTo(saves.expected());
        }
        try (Saves saves = Saves.open(link)) {
            saves.add(10).save();
            saves.add(10).save();
            assertThat(link).isSymbolicLink();
            assertThat(Saves.contents(file)).isEqualTo(saves.expected());
            assertThat(FileNames.in(folder)).containsExactly("link.safetensors", "other");
            assertThat(other).isDirectoryNotContaining(path -> !path.equals(file));
        }
    }
}
