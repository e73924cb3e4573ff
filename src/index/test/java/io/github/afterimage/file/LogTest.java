package io.github.afterimage.file;

import static io.github.afterimage.Refusals.assertCorrupt;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.afterimage.FileNames;
import io.github.afterimage.failure.CorruptIndexException;
import io.github.afterimage.keys.KeyStore;
import io.github.afterimage.log.LogFile;
import io.github.afterimage.log.LogReader;
import io.github.afterimage.log.LogState;
import io.github.afterimage.platform.Disk;
import io.github.afterimage.platform.NativeLibrary;
import io.github.afterimage.settings.Durability;
import io.github.afterimage.settings.ElementType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LogTest {
    /** Logs a warning at each open of a log that was cut off. */
    private static final Logger WARNINGS = Logger.getLogger(IndexFile.class.getName());

    private static final Durability EACH = Durability.everyChange();

    @TempDir
    Path folder;

    private Path file;

    @BeforeEach
    void prepare() {
        WARNINGS.setLevel(Level.OFF);
        file = folder.resolve("index.safetensors");
    }

    @AfterEach
    void loud() {
        WARNINGS.setLevel(null);
    }

    private Path log(int number) {
        return folder.resolve(String.format("index.safetensors.%04d.log", number));
    }

    /** Makes changes in a session of their own; returns the contents before and after each. */
    private List<String> change(Durability durability, int steps) throws IOException {
        List<String> states = new ArrayList<>();
        if (!Files.exists(file)) {
            Session.create(Disk.SYSTEM, file, ElementType.FLOAT32, durability).close();
        }
        try (Session session = Session.open(Disk.SYSTEM, file, durability)) {
            states.add(session.held());
            for (int step = 0; step < steps; step++) {
                session.change(step);
                states.add(session.held());
                assertThat(states.get(step)).isNotEqualTo(states.get(step + 1));
            }
        }
        return states;
    }

    private LogState state() throws IOException {
        try (IndexReader reader = IndexReader.open(file)) {
            return LogReader.read(file, reader.header.log(), reader.header.format());
        }
    }

    @ParameterizedTest
    @EnumSource(ElementType.class)
    void openingMakesTheChangesAgainBitByBit(ElementType type) throws IOException {
        Assumptions.assumeTrue(type == ElementType.FLOAT32 || NativeLibrary.available());
        for (Durability durability : List.of(EACH, Durability.never(), Durability.every(Duration.ofMillis(5)))) {
            Files.deleteIfExists(file);
            String held;
            try (Session session = Session.create(Disk.SYSTEM, file, type, durability)) {
                for (int step = 0; step < 20; step++) {
                    session.change(step);
                    if (durability.interval().isEmpty()) {
                        assertThat(Session.contents(file)).as("step %d", step).isEqualTo(session.held());
                    }
                }
                held = session.held();
            }
            assertThat(Session.contents(file)).isEqualTo(held);
            assertThat(IndexCheck.findings(file)).isEmpty();
            try (Session session = Session.open(Disk.SYSTEM, file, durability)) {
                assertThat(session.held()).isEqualTo(held);
                session.change(1);
                session.save();
                assertThat(Session.contents(file)).isEqualTo(session.held());
            }
            assertThat(FileNames.in(folder)).noneMatch(name -> name.endsWith(".log"));
        }
    }

    @Test
    void changesAreThereSomeTimeLaterIfTheyAreWrittenInTheBackground() throws Exception {
        Durability soon = Durability.every(Duration.ofMillis(20));
        try (Session session = Session.create(Disk.SYSTEM, file, ElementType.FLOAT32, soon)) {
            for (int step = 0; step < 6; step++) {
                session.change(step);
                while (!Session.contents(file).equals(session.held())) {
                    Thread.sleep(1);
                }
            }
        }
    }

    @Test
    void readersWriteNothing() throws IOException {
        change(EACH, 5);
        List<String> names = FileNames.in(folder);
        byte[] bytes = Files.readAllBytes(log(1));
        Session.contents(file);
        IndexCheck.findings(file);
        assertThat(FileNames.in(folder)).isEqualTo(names);
        assertThat(log(1)).hasBinaryContent(bytes);
    }

    @Test
    void everyPrefixOfTheLogGivesTheChangesThatItHoldsAsAWhole() throws IOException {
        List<String> states = change(EACH, 7); // each kind of change, and the first again
        byte[] whole = Files.readAllBytes(log(1));
        for (int zeros : new int[] {0, 100}) { // room that was reserved
            int complete = 0;
            try (FileChannel log = FileChannel.open(log(1), StandardOpenOption.WRITE)) {
                log.truncate(0);
                for (int length = 0; length <= whole.length; length++) {
                    int room = length < LogFile.HEADER_BYTES ? 0 : zeros;
                    int last = Math.max(0, length - 1);
                    log.write(
                            ByteBuffer.wrap(
                                    Arrays.copyOf(Arrays.copyOfRange(whole, last, length), length - last + room)),
                            last);
                    LogState state = state();
                    assertThat(state.changes()).isBetween((long) complete, (long) complete + 1);
                    complete = (int) state.changes();
                    assertThat(Session.contents(file)).as("%d bytes", length).isEqualTo(states.get(complete));
                    assertThat(state.bytes() + state.ignoredBytes()).isLessThan(length + 8);
                }
            }
            assertThat(complete).isEqualTo(states.size() - 1);
        }
    }

    @Test
    void anyBitThatFlipsInAChangeThatWasOnTheDiskIsDamage() throws IOException {
        List<String> states = change(EACH, 4);
        byte[] whole = Files.readAllBytes(log(1));
        int refused = 0;
        int last = 0;
        try (FileChannel log = FileChannel.open(log(1), StandardOpenOption.WRITE)) {
            for (int bit = 0; bit < whole.length * 8; bit += 3) { // each bit of a byte in turn
                byte flipped = (byte) (whole[bit / 8] ^ 1 << bit % 8);
                log.write(ByteBuffer.wrap(new byte[] {flipped}), bit / 8);
                try {
                    String contents = Session.contents(file);
                    // Nothing behind the last change tells it from one that was cut off; the header has unused bytes.
                    assertThat(contents).as("bit %d", bit).isIn(states.get(3), states.get(4), states.get(0));
                    last++;
                } catch (CorruptIndexException e) {
                    assertThat(e).hasMessageContaining(log(1).toString());
                    if (bit % 9 == 0) { // the check reads as the open does
                        assertThat(IndexCheck.findings(file)).hasSize(1);
                    }
                    refused++;
                }
                log.write(ByteBuffer.wrap(whole, bit / 8, 1), bit / 8);
            }
        }
        System.out.println(refused + last + " bits: " + refused + " refused, " + last + " taken for a cut");
        assertThat(refused).isGreaterThan(last);
    }

    @Test
    void aSessionGoesOnBehindACutAndTheNextSaveRemovesTheRest() throws IOException {
        List<String> states = change(EACH, 6);
        byte[] whole = Files.readAllBytes(log(1));
        Files.write(log(1), Arrays.copyOf(whole, whole.length - 5));
        assertThat(state().ignoredBytes()).isPositive();
        try (Session session = Session.open(Disk.SYSTEM, file, EACH)) {
            assertThat(session.held()).isEqualTo(states.get(5));
            session.change(1);
            assertThat(Session.contents(file)).isEqualTo(session.held());
            assertThat(FileNames.in(folder)).contains(log(2).getFileName().toString());
            session.save();
        }
        assertThat(FileNames.in(folder)).containsExactly("index.safetensors");
        assertThat(state().changes()).isZero();
    }

    @Test
    void aMissingFileInTheMiddleIsDamage() throws IOException {
        change(EACH, 2);
        change(EACH, 3);
        change(EACH, 2);
        assertThat(state()).matches(state -> state.changes() == 7 && state.files() == 3);
        Files.delete(log(2));
        assertCorrupt(() -> Session.contents(file))
                .hasMessageContaining("index.safetensors.0003.log: begins with change 5, expected 2");
        Files.delete(log(1));
        assertThatThrownBy(() -> Session.contents(file)).hasMessageContaining("begins with change 5, expected 0");
    }

    @Test
    void theLogOfAnotherIndexIsIgnoredAndNeverContinued() throws IOException {
        change(EACH, 3);
        Path other = folder.resolve("other");
        try (Saves saves = new Saves(other)) {
            saves.add(9).save();
        }
        String expected = Session.contents(other);
        Files.move(other, file, StandardCopyOption.REPLACE_EXISTING);
        assertThat(Session.contents(file)).isEqualTo(expected);
        assertThat(state().foreign()).containsExactly("index.safetensors.0001.log");
        assertThatThrownBy(() -> Session.open(Disk.SYSTEM, file, EACH))
                .isInstanceOf(FileSystemException.class)
                .hasMessageContaining("delete index.safetensors.0001.log, or move them away with that index");
        Files.delete(log(1));
        try (Session session = Session.open(Disk.SYSTEM, file, EACH)) {
            session.change(0);
            assertThat(Session.contents(file)).isEqualTo(session.held());
        }
    }

    @Test
    void theIndexOfBeforeASaveAndALogOfAfterItDoNotGoTogether() throws IOException {
        change(EACH, 2);
        Path before = Files.copy(file, folder.resolve("before"));
        try (Session session = Session.open(Disk.SYSTEM, file, EACH)) {
            session.save();
            session.change(0);
        }
        Files.move(before, file, StandardCopyOption.REPLACE_EXISTING);
        assertThatThrownBy(() -> Session.contents(file)).hasMessageContaining("expected 0; a file of the log is");
    }

    @Test
    void aSaveWithoutTheOptionIncludesTheLogAndRefusesToLoseALaterOne() throws IOException {
        List<String> states = change(EACH, 4);
        IndexFile.Contents contents = IndexFile.open(file, true);
        try (KeyStore store = contents.keys();
                SavedFiles plain = new SavedFiles(contents)) {
            change(EACH, 1);
            assertThatThrownBy(() -> plain.save(file, store, contents.attributes(), ExtraTensors.NONE, true))
                    .isInstanceOf(FileSystemException.class)
                    .hasMessageContaining("has changed since this index was opened");
            assertThat(state().changes()).isEqualTo(5);
        }
        String now = Session.contents(file);
        assertThat(now).isNotEqualTo(states.get(4));
        IndexFile.Contents again = IndexFile.open(file, true);
        try (KeyStore store = again.keys();
                SavedFiles plain = new SavedFiles(again)) {
            plain.save(file, store, again.attributes(), ExtraTensors.NONE, true);
            plain.save(file, store, again.attributes(), ExtraTensors.NONE, false);
        }
        assertThat(FileNames.in(folder)).containsExactly("index.safetensors");
        assertThat(Session.contents(file)).isEqualTo(now);
        change(EACH, 2);
    }

    @Test
    void aCopyLeavesTheLogWhereItIs() throws IOException {
        Path copy = folder.resolve("copy");
        try (Session session = Session.create(Disk.SYSTEM, file, ElementType.FLOAT32, EACH)) {
            session.change(1);
            session.files.save(copy, session.store, java.util.Map.of(), ExtraTensors.NONE, true);
            assertThat(Session.contents(copy)).isEqualTo(session.held());
            session.change(1);
            assertThat(Session.contents(file)).isEqualTo(session.held());
            SaveLock.take(copy).close();
            assertThatThrownBy(() -> SaveLock.take(file)).hasMessageContaining("holds its lock");
        }
    }

    @Test
    void anInterruptedThreadsChangesAreLoggedAndItStaysInterrupted() throws IOException {
        try (Session session = Session.create(Disk.SYSTEM, file, ElementType.FLOAT32, EACH)) {
            for (int step = 0; step < 10; step++) {
                Thread.currentThread().interrupt();
                session.change(step);
                assertThat(Thread.interrupted()).isTrue();
                assertThat(Session.contents(file)).isEqualTo(session.held());
            }
        }
    }

    @Test
    void aRecordThatFindsNoRoomRefusesTheChangeAsAWhole() throws IOException {
        Session.create(Disk.SYSTEM, file, ElementType.FLOAT32, EACH).close();
        int failures = 0;
        for (int failing = 0, reached = 1; reached > 0; failing++) {
            RecordedDisk disk = new RecordedDisk(failing);
            Session opened = null;
            try {
                opened = Session.open(disk, file, EACH);
            } catch (IOException e) {
                continue; // the old files could not be forced
            }
            try (Session session = opened) {
                reached = 0;
                for (int step = 0; step < 8; step++) {
                    String before = session.held();
                    try {
                        session.change(step);
                    } catch (UncheckedIOException e) {
                        reached++;
                        if (e.getMessage().contains("the change is refused")) {
                            assertThat(session.held()).isEqualTo(before);
                        } else {
                            assertThat(e).hasMessageContaining("the change is made, but may be missing in the log");
                            assertThat(session.held()).isNotEqualTo(before);
                        }
                    }
                    if (reached == 0) {
                        assertThat(Session.contents(file)).isEqualTo(session.held());
                    }
                }
                failures += reached;
                try {
                    session.save(); // does not need the log
                } catch (IOException e) {
                    session.save(); // the disk failed only now
                }
                assertThat(Session.contents(file)).isEqualTo(session.held());
                session.change(1);
                assertThat(Session.contents(file)).isEqualTo(session.held());
            }
        }
        System.out.println(failures + " changes failed");
        assertThat(failures).isGreaterThan(10);
    }
}
