package io.github.afterimage.serve.models;

import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** Joins stages of an answer so that they are cancelled together. */
public final class Cancelling {
    private Cancelling() {}

    /** Returns a stage that follows another one; cancelling it cancels that too, which {@code thenApply} does not. */
    public static <T, R> CompletableFuture<R> then(CompletableFuture<T> first, Function<T, R> function) {
        CompletableFuture<R> next = first.thenApply(function);
        CompletableFuture<R> unused = next.whenComplete((result, failure) -> {
            if (next.isCancelled()) {
                first.cancel(true);
            }
        });
        return next;
    }
}
