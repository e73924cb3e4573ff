package io.github.afterimage.serve.http;

import io.github.afterimage.serve.protocol.Failure;
import io.github.afterimage.serve.protocol.InferenceRequest;
import io.github.afterimage.serve.protocol.RequestException;
import io.github.afterimage.serve.protocol.RequestReader;
import io.github.afterimage.serve.work.Cost;
import io.github.afterimage.serve.work.Decoders;
import io.github.afterimage.serve.work.HeapBudget;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.Supplier;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/** Receives the bodies of requests and answers them within the budget; no thread waits for a client. Thread-safe. */
public final class RequestBodies {
    static final String JSON_LENGTH = "Inference-Header-Content-Length";

    /** As much as is read in the time that it takes to wake a thread. */
    private static final int QUICK_BYTES = 64 << 10;

    private final Decoders decoders;
    private final HeapBudget budget;
    private final int maxBody;

    /**
     * Limits bodies.
     *
     * @param decoders the threads that read requests and decode images
     * @param budget holds the bytes of requests until they are answered
     * @param maxBody maximum bytes of a request
     */
    public RequestBodies(Decoders decoders, HeapBudget budget, int maxBody) {
        this.decoders = decoders;
        this.budget = budget;
        this.maxBody = maxBody;
    }

    /** Returns the threads that read requests and wait for the disk. */
    Decoders decoders() {
        return decoders;
    }

    /** Returns the maximum bytes of an answer. */
    long maxAnswer() {
        return budget.maxAnswer();
    }

    /**
     * Receives and answers a request of the protocol. A short one without BYTES is read on the thread of its connection, any other
     * on one of the decoders. The bytes that it costs are held until its answer is sent.
     *
     * @param cost tells what it costs before it is answered
     */
    CompletableFuture<Reply> answer(
            Request request,
            Function<InferenceRequest, Cost> cost,
            Function<InferenceRequest, CompletableFuture<Reply>> answer) {
        String jsonLength = request.getHeaders().get(JSON_LENGTH);
        if (jsonLength != null && !jsonLength.matches("[0-9]{1,9}")) {
            throw RequestException.bad(JSON_LENGTH + " " + jsonLength + ": expected the length of the JSON in bytes");
        }
        HeapBudget.Share share = share(request);
        return receive(request, share)
                .thenCompose(body -> read(body, jsonLength, share))
                .thenCompose(asked -> {
                    boolean quick = asked.inputs().stream()
                            .allMatch(input -> input.type().isNumeric());
                    return on(quick, CompletableFuture.completedFuture(null), () -> cost.apply(asked))
                            .thenCompose(known -> {
                                CompletableFuture<Void> held = share.hold(known);
                                return held.thenComposeAsync(there -> answer.apply(asked), next(true, held));
                            });
                });
    }

    /**
     * Answers a request without a body on one of the decoders.
     *
     * @param bytes of the heap that the answer takes
     */
    CompletableFuture<Reply> answer(Request request, long bytes, Supplier<Reply> answer) {
        return on(false, share(request).hold(bytes), answer);
    }

    private HeapBudget.Share share(Request request) {
        HeapBudget.Share share = budget.open();
        Request.addCompletionListener(request, failure -> share.close());
        return share;
    }

    /** Does work when its bytes are held. */
    private <T> CompletableFuture<T> on(boolean quick, CompletableFuture<Void> held, Supplier<T> work) {
        return held.thenApplyAsync(there -> work.get(), next(quick, held));
    }

    /**
     * Returns what goes on when bytes are held.
     *
     * @param quick whether the present thread may, if nothing has to wait
     */
    private Executor next(boolean quick, CompletableFuture<Void> held) {
        return quick && held.isDone() ? Runnable::run : decoders;
    }

    private CompletableFuture<InferenceRequest> read(byte[] body, @Nullable String jsonLength, HeapBudget.Share share) {
        int jsonBytes = jsonLength == null ? body.length : Integer.parseInt(jsonLength);
        return on(
                body.length <= QUICK_BYTES,
                share.hold(RequestReader.heapBytes(body.length, jsonBytes)),
                () -> RequestReader.read(body, jsonBytes));
    }

    private CompletableFuture<byte[]> receive(Request request, HeapBudget.Share share) {
        String encoding = request.getHeaders().get(HttpHeader.CONTENT_ENCODING);
        if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
            throw new RequestException(
                    RequestException.UNSUPPORTED,
                    "Content-Encoding " + encoding + ": expected a body that is not compressed");
        }
        if (request.getLength() > maxBody) {
            throw tooLong(request.getLength() + " bytes");
        }
        return RequestBody.receive(request, maxBody, share)
                .exceptionally(failure -> {
                    Throwable cause = Failure.cause(failure);
                    throw cause instanceof RequestException refused
                            ? refused
                            : RequestException.bad("the body of the request did not arrive: " + cause.getMessage());
                })
                .thenApply(body -> body.orElseThrow(() -> tooLong("more bytes")));
    }

    private RequestException tooLong(String found) {
        return new RequestException(
                RequestException.TOO_LARGE,
                "the request has " + found + ": expected at most " + maxBody + "; send fewer images at once");
    }
}
