package io.github.afterimage.serve.models;

import io.github.afterimage.serve.protocol.InferenceRequest;
import io.github.afterimage.serve.protocol.RequestException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Remembers the last additions that have an idempotency key, so that a client may send a request again whose answer it has not
 * seen. They are forgotten when the server ends.
 *
 * <p>Threads: thread-safe; a repeated request waits for the first one.
 */
final class AddedKeys {
    /** A client repeats a request within minutes; 10,000 take about 2 MB. */
    private static final int REMEMBERED = 10_000;

    private final Map<String, Addition> byRetry = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Addition> eldest) {
            return size() > REMEMBERED;
        }
    };

    private record Addition(int hash, CompletableFuture<List<Long>> ids) {}

    /** @param replayed whether the ids are those of an earlier request */
    record Result(List<Long> ids, boolean replayed) {}

    /**
     * Adds keys unless the same request has done so.
     *
     * @param retry identifies the request; null to add them each time
     * @throws RequestException if another request had the same {@code retry}
     */
    Result once(@Nullable String retry, InferenceRequest request, Supplier<List<Long>> add) {
        if (retry == null) {
            return new Result(add.get(), false);
        }
        Addition own = new Addition(request.contentHash(), new CompletableFuture<>());
        Addition first;
        synchronized (byRetry) {
            first = byRetry.putIfAbsent(retry, own);
        }
        if (first == null) {
            try {
                own.ids.complete(add.get());
            } catch (RuntimeException e) {
                synchronized (byRetry) {
                    byRetry.remove(retry, own);
                }
                own.ids.completeExceptionally(e);
                throw e;
            }
            return new Result(own.ids.join(), false);
        }
        if (first.hash != own.hash) {
            throw new RequestException(
                    RequestException.CONFLICT,
                    "Idempotency-Key " + retry + " belongs to another request: expected a new key for new content");
        }
        return new Result(first.ids.join(), true);
    }
}
