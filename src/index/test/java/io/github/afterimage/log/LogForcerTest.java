package io.github.afterimage.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.Durability;
import io.github.afterimage.platform.Resources;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LogForcerTest {
    @Test
    void aForceThatFailsIsTriedAgainWithoutAnotherChange() throws InterruptedException {
        CountDownLatch attempts = new CountDownLatch(3);
        Resources.Action<IOException> failing = () -> {
            attempts.countDown();
            throw new IllegalStateException("a failure that the test wants");
        };
        try (LogForcer unused = new LogForcer(Durability.every(Duration.ofMillis(1)), () -> true, failing)) {
            assertThat(attempts.await(1, TimeUnit.MINUTES)).isTrue();
        }
    }
}
