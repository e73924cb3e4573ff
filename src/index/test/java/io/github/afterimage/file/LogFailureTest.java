package io.github.afterimage.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.afterimage.Durability;
import io.github.afterimage.ElementType;
import io.github.afterimage.UnsavedChangeException;
import io.github.afterimage.log.LogFold;
import io.github.afterimage.log.LogForcer;
import io.github.afterimage.platform.Disk;
import io.github.afterimage.platform.NativeMemory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Failures of the threads of a log, and of saves in the background, and how the log works again afterwards. */
class LogFailureTest {
    private static final Logger FOLDS = Logger.getLogger(LogFold.class.getName());
    private static final Logger FORCERS = Logger.getLogger(LogForcer.class.getName());
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    @TempDir
    private Path folder;

    private Path file;
    private final AtomicBoolean failing = new AtomicBoolean();
    private final RecordedDisk disk = new RecordedDisk(number -> failing.get(), false);
    private final long bytesBefore = NativeMemory.bytesInUse();

    private final AtomicLong bytes = new AtomicLong();
    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - SECOND); // overflows, as System.nanoTime may
    private final AtomicLong saves = new AtomicLong();
    private volatile Error failure;

    @BeforeEach
    void quiet() {
        file = folder.resolve("index.safetensors");
        FOLDS.setLevel(Level.OFF);
        FORCERS.setLevel(Level.OFF);
    }

    @AfterEach
    void loud() {
        FOLDS.setLevel(null);
        FORCERS.setLevel(null);
    }

    private LogFold fold() {
        return new LogFold(
                Path.of("index"),
                100,
                bytes::get,
                () -> {
                    saves.incrementAndGet();
                    if (failure != null) {
                        throw failure;
                    }
                    bytes.set(0);
                },
                now::get);
    }

    @Test
    void aSaveThatFailsIsTriedAgainAtLaterAndLaterChanges() {
        failure = new OutOfMemoryError("no heap");
        try (LogFold fold = fold()) {
            bytes.set(201);
            long attempts = 0;
            for (long delay : new long[] {1, 2, 4, 8, 16, 32, 60, 60}) {
                assertThatThrownBy(fold::awaitRoom)
                        .isInstanceOf(UncheckedIOException.class)
                        .hasMessageContaining(
                                "index: the change is refused, because the log has 201 bytes, more than twice its"
                                        + " bound of 100, and saving the index failed: java.lang.OutOfMemoryError: no heap")
                        .hasMessageContaining(
                                "free space on this disk, or save the index; a change in " + delay + " s");
                assertThat(saves).hasValue(++attempts);
                now.addAndGet(delay * SECOND - 1);
                fold.request();
                assertThatThrownBy(fold::awaitRoom).hasMessageContaining("a change in 1 s");
                assertThat(saves).hasValue(attempts);
                now.incrementAndGet();
            }
            failure = null;
            fold.awaitRoom();
            assertThat(saves).hasValue(attempts + 1);
            assertThat(fold.failure()).isNull();
        }
    }

    @Test
    void aSaveOfTheCallerMakesTheNextOneInTheBackgroundDueAtOnce() {
        failure = new OutOfMemoryError("no heap");
        try (LogFold fold = fold()) {
            bytes.set(101);
            fold.request();
            fold.await();
            assertThat(fold.failure()).isSameAs(failure);
            failure = null;
            fold.saved();
            fold.request();
            fold.await();
            assertThat(saves).hasValue(2);
            assertThat(bytes).hasValue(0);
        }
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
        assertThat(NativeMemory.bytesInUse()).isEqualTo(bytesBefore);
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
