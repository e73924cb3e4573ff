package io.github.afterimage.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.afterimage.MemoryUse;
import io.github.afterimage.failure.UnsavedChangeException;
import io.github.afterimage.platform.Disk;
import io.github.afterimage.settings.Durability;
import io.github.afterimage.settings.ElementType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Failures of the threads of a log, and how the log works again afterwards. */
class LogFailureTest {
    private static final Logger LOG = Logger.getLogger("io.github.afterimage");

    @TempDir
    private Path folder;

    private Path file;
    private final AtomicBoolean failing = new AtomicBoolean();
    /** Operations before the single one that fails, if positive. */
    private final AtomicInteger spared = new AtomicInteger();

    private final RecordedDisk disk =
            new RecordedDisk(number -> failing.get() || spared.get() > 0 && spared.decrementAndGet() == 0, false);
    private final long bytesBefore = MemoryUse.bytes();

    @BeforeEach
    void quiet() {
        file = folder.resolve("index.safetensors");
        LOG.setLevel(Level.OFF);
    }

    @AfterEach
    void loud() {
        LOG.setLevel(null);
    }

    private Session session(Durability durability) throws IOException {
        Session.create(Disk.SYSTEM, file, ElementType.FLOAT32, durability).close();
        return Session.open(disk, file, durability);
    }

    @Test
    void aChangeThatFailsDuringASaveIsSavedByIt() throws IOException {
        try (Session session = session(Durability.everyChange())) {
            session.change(0);
            disk.beforeRename = name -> {
                disk.beforeRename = ignored -> {};
                session.change(0);
                failing.set(true);
                assertThatThrownBy(() -> session.change(2))
                        .isInstanceOf(UnsavedChangeException.class)
                        .hasMessageContaining(
                                "the change is made, but may be missing in the log: No space left on device;"
                                        + " save the index");
                assertThatThrownBy(() -> session.change(2))
                        .isInstanceOf(UncheckedIOException.class)
                        .isNotInstanceOf(UnsavedChangeException.class)
                        .hasMessageContaining("the change is refused, because the log could not be written before");
                failing.set(false);
            };
            session.save();
            assertThat(Session.contents(file)).isEqualTo(session.held());
            session.change(1);
            assertThat(Session.contents(file)).isEqualTo(session.held());
        }
        Session.contents(file);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aChangeThatTheDiskHasNotTakenIsNotForLaterOnesToPresume(boolean first) throws IOException {
        Session session = session(Durability.everyChange());
        session.add(1, false);
        int operations = disk.log.size();
        session.add(1, false);
        operations = disk.log.size() - operations; // of which the last one forces
        if (first) {
            session.save();
            operations += 5; // make the file, write and force its header and its name, and reserve room
        }
        spared.set(operations);
        String before = session.held();
        assertThatThrownBy(() -> session.add(1, false)).isInstanceOf(UnsavedChangeException.class);
        assertThat(Session.contents(file)).as("after a kill").isEqualTo(before);
        assertThatThrownBy(session::close).isInstanceOf(UnsavedChangeException.class);
        assertThat(Session.contents(file)).isEqualTo(before);
    }

    @Test
    void writesThatTakeHalfOfTheBytesGoOn() throws IOException {
        disk.halves = true;
        try (Session session = session(Durability.everyChange())) {
            for (int step = 0; step < 6; step++) {
                session.change(step);
                assertThat(Session.contents(file)).isEqualTo(session.held());
            }
            session.save();
            assertThat(Session.contents(file)).isEqualTo(session.held());
        }
    }

    @Test
    void aFileThatNeverHadAChangeDoesNotCount() throws IOException {
        session(Durability.everyChange()).close();
        RecordedDisk full = new RecordedDisk(number -> false, false) {
            @Override
            public void reserve(Path path, long from, long bytes) throws IOException {
                if (failing.get()) {
                    throw new IOException("No space left on device");
                }
            }
        };
        full.beforeRename = name -> {
            throw new IllegalStateException("a save that fails");
        };
        try (Session session = Session.open(full, file, Durability.everyChange())) {
            session.change(0);
            assertThatThrownBy(session::save).hasMessageContaining("a save that fails");
            long before = session.files.logBytes();
            failing.set(true);
            for (int round = 0; round < 3; round++) {
                assertThatThrownBy(() -> session.change(0)).hasMessageContaining("the log has no room for it");
                assertThatThrownBy(session::save).hasMessageContaining("a save that fails");
                assertThat(session.files.logBytes()).isEqualTo(before);
            }
        }
    }

    @Test
    void changesInAFileWhoseSaveFailedAtItsLastStepAreNotTakenBack() throws IOException {
        try (Session session = session(Durability.everyChange())) {
            session.change(0);
            disk.beforeRename = name -> spared.set(name.equals(IndexFile.name(file)) ? 1 : 0);
            assertThatThrownBy(session::save).hasMessageContaining("No space left on device");
            assertThat(session.files.revert()).isFalse();
            assertThat(Session.contents(file)).isEqualTo(session.held());
        }
    }

    @Test
    void closingThrowsIfItLosesChangesThatWereAcknowledged() throws IOException {
        Session session = session(Durability.every(Duration.ofHours(1)));
        for (int step = 0; step < 3; step++) {
            session.change(0);
        }
        failing.set(true);
        assertThatThrownBy(session::close)
                .isInstanceOf(UnsavedChangeException.class)
                .hasMessageContaining(
                        "index.safetensors: closed, but the last changes, 3 at most, may be missing in the log");
        session.close();
        SaveLock.take(file).close();
        assertThat(MemoryUse.bytes()).isEqualTo(bytesBefore);
        Session.contents(file);
    }

    @Test
    void theThreadOfTheLogOutlivesAFailureThatOthersSee() throws Exception {
        try (Session session = session(Durability.every(Duration.ofMillis(1)))) {
            session.change(0);
            failing.set(true);
            try {
                session.change(0);
            } catch (UncheckedIOException e) {
                // The thread was quick: the first change has failed.
            }
            while (session.files.failure() == null) {
                Thread.sleep(1);
            }
            assertThatThrownBy(() -> session.change(0))
                    .hasMessageContaining("save the index, which keeps all former changes");
            failing.set(false);
            session.save();
            assertThat(session.files.failure()).isNull();
            session.change(0);
            while (!Session.contents(file).equals(session.held())) {
                Thread.sleep(1);
            }
        }
    }
}
