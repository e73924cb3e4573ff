package io.github.afterimage.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.github.afterimage.platform.Resources;
import io.github.afterimage.settings.Durability;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

class LogForcerTest {
    private static final Durability SOON = Durability.every(Duration.ofMillis(1));

    @Test
    void aForceThatFailsIsTriedAgainWithoutAnotherChange() throws InterruptedException {
        CountDownLatch attempts = new CountDownLatch(3);
        Resources.Action<IOException> failing = () -> {
            attempts.countDown();
            throw new IllegalStateException("a failure that the test wants");
        };
        try (LogForcer forcer = new LogForcer(SOON, () -> true, failing)) {
            forcer.request();
            assertThat(attempts.await(1, TimeUnit.MINUTES)).isTrue();
        }
    }

    @Test
    void theThreadSleepsUntilAChangeAsksForOneRound() throws InterruptedException {
        AtomicInteger questions = new AtomicInteger();
        Semaphore forced = new Semaphore(0);
        AtomicBoolean due = new AtomicBoolean();
        BooleanSupplier counted = () -> {
            questions.incrementAndGet();
            return due.get();
        };
        Resources.Action<IOException> force = () -> {
            due.set(false);
            forced.release();
        };
        try (LogForcer forcer = new LogForcer(SOON, counted, force)) {
            Thread.sleep(50);
            assertThat(questions).hasValue(0);
            for (int change = 0; change < 3; change++) {
                due.set(true);
                forcer.request();
                assertThat(forced.tryAcquire(1, TimeUnit.MINUTES)).isTrue();
            }
            Thread.sleep(50);
            assertThat(questions.get())
                    .isBetween(6, 12); // before and after each force, or a round that came for nothing
            assertThat(forced.availablePermits()).isZero();
        }
    }

    @Test
    void closingWaitsForNoRound() {
        LogForcer forcer = new LogForcer(Durability.every(Duration.ofHours(1)), () -> true, () -> {});
        forcer.request();
        assertTimeoutPreemptively(Duration.ofMinutes(1), forcer::close);
        forcer.request(); // by a change at the same time
    }
}
