package io.github.afterimage.serve.models;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class CancellingTest {
    @Test
    void cancellingTheLastStageCancelsTheFirst() {
        CompletableFuture<Integer> first = new CompletableFuture<>();
        CompletableFuture<Integer> last = Cancelling.then(Cancelling.then(first, a -> a + 1), a -> 2 * a);
        last.cancel(true);
        assertThat(first).isCancelled();
    }

    @Test
    void resultsAndFailuresPassAsTheyAre() {
        CompletableFuture<Integer> first = new CompletableFuture<>();
        CompletableFuture<Integer> last = Cancelling.then(first, a -> a + 1);
        first.complete(1);
        assertThat(last).isCompletedWithValue(2);
        CompletableFuture<Integer> failing = new CompletableFuture<>();
        CompletableFuture<Integer> failed = Cancelling.then(failing, a -> a + 1);
        failing.completeExceptionally(new ArithmeticException("a"));
        assertThat(failed).isCompletedExceptionally();
        assertThat(failed.isCancelled()).isFalse();
    }
}
