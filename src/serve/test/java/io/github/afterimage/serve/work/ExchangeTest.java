package io.github.afterimage.serve.work;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.serve.protocol.InferenceRequest;
import io.github.afterimage.serve.protocol.RequestReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ExchangeTest {
    private static final byte[] BODY =
            "{\"inputs\":[{\"name\":\"x\",\"datatype\":\"FP32\",\"shape\":[1,1],\"data\":[1]}]}"
                    .getBytes(StandardCharsets.UTF_8);

    @Test
    void aRequestWhoseClientGoesWhileItWaitsIsNotAnswered() {
        InferenceRequest request = RequestReader.read(BODY, BODY.length);
        HeapBudget budget = new HeapBudget(100, 50, Duration.ofMinutes(1));
        HeapBudget.Share other = budget.open(this);
        assertThat(other.hold(90)).isCompleted();
        AtomicInteger answered = new AtomicInteger();
        Exchange exchange = new Exchange(new Decoders(1, 10, Duration.ofSeconds(1)), budget.open(new Object()));
        CompletableFuture<Integer> answer = exchange.answer(
                CompletableFuture.completedFuture(null),
                true,
                () -> request,
                asked -> new Cost(80, 0, ""),
                asked -> CompletableFuture.completedFuture(answered.incrementAndGet()));
        assertThat(answer).isNotDone();
        exchange.cancel();
        other.close();
        assertThat(answer).failsWithin(Duration.ofSeconds(60));
        assertThat(answered).hasValue(0);
    }
}
