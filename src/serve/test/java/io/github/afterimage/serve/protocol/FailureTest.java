package io.github.afterimage.serve.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

class FailureTest {
    @Test
    void aRequestThatIsCutOffIsToldWhy() {
        CompletableFuture<String> answer = new CompletableFuture<>();
        answer.cancel(true);
        Failure failure = answer.thenApply(text -> text)
                .handle((text, cause) -> Failure.of(cause))
                .join();
        assertThat(failure.status()).isEqualTo(503);
        assertThat(failure.detail()).contains("cut off", "send it again");
    }

    @Test
    void aRequestForWhichTheHeapHasNoRoomIsAskedForAgain() {
        Failure failure = Failure.of(new CompletionException(new OutOfMemoryError("Java heap space")));
        assertThat(failure.status()).isEqualTo(503);
        assertThat(failure.detail()).contains("no room", "send it again");
    }
}
