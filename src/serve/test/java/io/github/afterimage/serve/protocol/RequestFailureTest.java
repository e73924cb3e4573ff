package io.github.afterimage.serve.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

class RequestFailureTest {
    @Test
    void aRequestThatIsCutOffIsToldWhy() {
        CompletableFuture<String> answer = new CompletableFuture<>();
        answer.cancel(true);
        RequestFailure failure = answer.thenApply(text -> text)
                .handle((text, cause) -> RequestFailure.of(cause))
                .join();
        assertThat(failure.status()).isEqualTo(503);
        assertThat(failure.detail()).contains("cut off", "send it again");
    }

    @Test
    void aRequestForWhichTheHeapHasNoRoomIsAskedForAgain() {
        RequestFailure failure = RequestFailure.of(new CompletionException(new OutOfMemoryError("Java heap space")));
        assertThat(failure.status()).isEqualTo(503);
        assertThat(failure.detail()).contains("no room", "send it again");
    }
}
