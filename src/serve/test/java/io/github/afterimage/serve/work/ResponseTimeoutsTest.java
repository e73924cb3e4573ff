package io.github.afterimage.serve.work;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class ResponseTimeoutsTest {
    @Test
    void aLookThatFailsIsNotTheLast() {
        AtomicBoolean failed = new AtomicBoolean();
        CompletableFuture<TimeoutException> cut = new CompletableFuture<>();
        try (ResponseTimeouts responseTimeouts = new ResponseTimeouts(Duration.ofNanos(1), 1, () -> {
            if (!failed.getAndSet(true)) {
                throw new OutOfMemoryError("of the test");
            }
            return false;
        })) {
            ResponseTimeouts.PendingBytes late = responseTimeouts.watch(System.nanoTime(), 0, 0, cut::complete);
            assertThat(cut).succeedsWithin(Duration.ofMinutes(1));
            late.end();
        }
    }
}
