package io.github.afterimage.serve.work;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class DeparturesTest {
    @Test
    void aLookThatFailsIsNotTheLast() {
        AtomicBoolean failed = new AtomicBoolean();
        CompletableFuture<TimeoutException> cut = new CompletableFuture<>();
        try (Departures departures = new Departures(Duration.ofNanos(1), 1, () -> {
            if (!failed.getAndSet(true)) {
                throw new OutOfMemoryError("of the test");
            }
            return false;
        })) {
            Departures.Departure late = departures.watch(System.nanoTime(), 0, 0, cut::complete);
            assertThat(cut).succeedsWithin(Duration.ofMinutes(1));
            late.end();
        }
    }
}
