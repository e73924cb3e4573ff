package io.github.afterimage.serve.work;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.serve.protocol.InferenceRequest;
import io.github.afterimage.serve.protocol.RequestReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ExchangeTest {
    private static final byte[] BODY =
            "{\"inputs\":[{\"name\":\"x\",\"datatype\":\"FP32\",\"shape\":[1,1],\"data\":[1]}]}"
                    .getBytes(StandardCharsets.UTF_8);

    private static final long LARGE = 100 << 20;

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

    @Test
    void theThreadOfARequestIsInterruptedWhenItsClientGoesAndFreeForOthersThen() throws Exception {
        InferenceRequest request = RequestReader.read(BODY, BODY.length);
        HeapBudget budget = new HeapBudget(1L << 30, 1L << 30, Duration.ofMinutes(1));
        Decoders decoders = new Decoders(1, 10, Duration.ofSeconds(1));
        CountDownLatch begun = new CountDownLatch(1);
        CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
        Exchange exchange = new Exchange(decoders, budget.open(this));
        CompletableFuture<Integer> answer = exchange.answer(
                CompletableFuture.completedFuture(null),
                true,
                () -> request,
                asked -> new Cost(LARGE, 0, ""),
                asked -> {
                    begun.countDown();
                    try {
                        Thread.sleep(60_000);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt(); // as a decoder leaves it
                    }
                    interrupted.complete(Thread.currentThread().isInterrupted());
                    return new CompletableFuture<>();
                });
        begun.await();
        exchange.cancel();
        assertThat(interrupted).succeedsWithin(Duration.ofSeconds(30)).isEqualTo(true);
        assertThat(answer).failsWithin(Duration.ofSeconds(30));
        Executor same = decoders.of(new Cost(LARGE, 0, ""), true);
        assertThat(CompletableFuture.supplyAsync(() -> Thread.currentThread().isInterrupted(), same))
                .succeedsWithin(Duration.ofSeconds(30))
                .isEqualTo(false);
    }

    @Test
    void largeWorkIsInterruptedWhenTheServerCloses() throws Exception {
        Decoders decoders = new Decoders(1, 10, Duration.ofSeconds(1));
        CountDownLatch begun = new CountDownLatch(1);
        CompletableFuture<Void> ended = new CompletableFuture<>();
        decoders.of(new Cost(LARGE, 0, ""), true).execute(() -> {
            begun.countDown();
            try {
                Thread.sleep(60_000);
            } catch (InterruptedException e) {
                ended.complete(null);
            }
        });
        begun.await();
        decoders.shutdownNow();
        assertThat(ended).succeedsWithin(Duration.ofSeconds(30));
    }
}
