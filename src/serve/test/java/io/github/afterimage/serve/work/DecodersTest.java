package io.github.afterimage.serve.work;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class DecodersTest {
    @Test
    void areStalledWhileWorkWaitsAndNoneEnds() throws Exception {
        Decoders decoders = new Decoders(1, 10, Duration.ofMillis(10));
        try {
            CountDownLatch end = new CountDownLatch(1);
            CountDownLatch ended = new CountDownLatch(2);
            Runnable stuck = () -> {
                try {
                    end.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                ended.countDown();
            };
            decoders.execute(stuck);
            assertThat(decoders.stalled()).as("nothing waits").isEmpty();
            decoders.execute(stuck);
            while (decoders.stalled().isEmpty()) {
                Thread.onSpinWait();
            }
            assertThat(decoders.stalled().orElseThrow()).contains("no request has been read for", "and 1 wait");
            end.countDown();
            ended.await();
            assertThat(decoders.stalled()).isEmpty();
        } finally {
            decoders.shutdownNow();
        }
    }
}
