package io.github.afterimage.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Saves in the background that fail, and when they are tried again. */
class LogFoldTest {
    private static final Logger LOG = Logger.getLogger(LogFold.class.getName());
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    private final AtomicLong bytes = new AtomicLong();
    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - SECOND); // overflows, as System.nanoTime may
    private final AtomicLong saves = new AtomicLong();
    private volatile Error failure;

    @BeforeEach
    void quiet() {
        LOG.setLevel(Level.OFF);
    }

    @AfterEach
    void loud() {
        LOG.setLevel(null);
    }

    private LogFold fold() {
        return fold(100);
    }

    private LogFold fold(long bound) {
        return new LogFold(
                Path.of("index"),
                bound,
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
    void theGreatestBoundLetsNoChangeWait() throws InterruptedException {
        bytes.set(1);
        try (LogFold fold = fold(Long.MAX_VALUE)) {
            Thread change = new Thread(fold::awaitRoom);
            change.setDaemon(true);
            change.start();
            change.join(TimeUnit.SECONDS.toMillis(20));
            assertThat(change.isAlive()).isFalse();
            assertThat(saves).hasValue(0);
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
}
