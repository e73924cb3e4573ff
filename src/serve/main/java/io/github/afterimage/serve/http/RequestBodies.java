package io.github.afterimage.serve.http;

import io.github.afterimage.serve.models.ServedModel;
import io.github.afterimage.serve.protocol.InferenceRequest;
import io.github.afterimage.serve.protocol.RequestException;
import io.github.afterimage.serve.protocol.RequestFailure;
import io.github.afterimage.serve.protocol.RequestReader;
import io.github.afterimage.serve.work.Cost;
import io.github.afterimage.serve.work.Decoders;
import io.github.afterimage.serve.work.Exchange;
import io.github.afterimage.serve.work.HeapBudget;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.IntToLongFunction;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;

/**
 * Receives the bodies of requests and answers them within the budget; no thread waits for a client. Thread-safe.
 *
 * @param decoders the threads that read requests, decode images and wait for the disk
 * @param budget holds the bytes of requests until they are answered
 * @param maxBody maximum bytes of a request
 */
public record RequestBodies(Decoders decoders, HeapBudget budget, int maxBody) {
    /** The header with the length of the JSON before binary values. */
    public static final String JSON_LENGTH = "Inference-Header-Content-Length";

    /** As much as is read in the time that it takes to wake a thread. */
    private static final int QUICK_BYTES = 64 << 10;

    private static final Pattern LENGTH = Pattern.compile("[0-9]{1,9}");

    /** Returns the maximum bytes of an answer. */
    long maxAnswer() {
        return budget.maxAnswer();
    }

    /**
     * Receives and answers a request of the protocol. A short one without BYTES is read on the thread of its connection, any other
     * on one of the decoders. The bytes that it costs are held until it is answered, those of the answer until they are sent.
     *
     * @param parameters that it has beside those in its body
     * @param cost tells what it costs before it is answered
     */
    CompletableFuture<Reply> answer(
            Request request,
            ServedModel model,
            Map<String, Object> parameters,
            Function<InferenceRequest, Cost> cost,
            Function<InferenceRequest, CompletableFuture<Reply>> answer) {
        String length = request.getHeaders().get(JSON_LENGTH);
        if (length != null && !LENGTH.matcher(length).matches()) {
            throw RequestException.bad(JSON_LENGTH + " " + length + ": expected the length of the JSON in bytes");
        }
        int json = length == null ? Integer.MAX_VALUE : Integer.parseInt(length);
        Function<byte[], InferenceRequest> reader =
                json == 0 ? model::raw : body -> RequestReader.read(body, length == null ? body.length : json);
        return answer(request, body -> reader.apply(body).with(parameters), json, cost, answer);
    }

    /**
     * Receives and answers a request as the other method does.
     *
     * @param jsonBytes length of the JSON at the beginning of the body
     */
    CompletableFuture<Reply> answer(
            Request request,
            Function<byte[], InferenceRequest> reader,
            int jsonBytes,
            Function<InferenceRequest, Cost> cost,
            Function<InferenceRequest, CompletableFuture<Reply>> answer) {
        HeapBudget.Share share = share(request);
        Exchange exchange = new Exchange(decoders, share);
        request.addFailureListener(
                failure -> { // HTTP/1.1 tells only of the next bytes
                    if (!(failure instanceof TimeoutException)) { // an answer may take longer than the idle time
                        exchange.cancel();
                    }
                });
        return receive(request, share, length -> RequestReader.heapBytes(length, jsonBytes))
                .thenCompose(body -> exchange.answer(
                        share.hold(RequestReader.heapBytes(body.length, jsonBytes)),
                        body.length <= QUICK_BYTES,
                        () -> reader.apply(body).identified(RequestIds.of(request)),
                        cost,
                        answer))
                .thenCompose(reply -> packed(request, reply))
                .thenApply(reply -> {
                    share.answered(reply.body().size());
                    return reply;
                });
    }

    /** Packs a long answer on one of the decoders, because the present thread may be the one that answers all. */
    private CompletableFuture<Reply> packed(Request request, Reply reply) {
        return reply.body().size() <= QUICK_BYTES || !request.getHeaders().contains(HttpHeader.ACCEPT_ENCODING)
                ? CompletableFuture.completedFuture(reply)
                : CompletableFuture.supplyAsync(() -> reply.packed(request), decoders);
    }

    /**
     * Answers a request without a body on one of the decoders.
     *
     * @param bytes of the heap that the answer takes
     */
    CompletableFuture<Reply> answer(Request request, long bytes, Supplier<Reply> answer) {
        return onDecoders(share(request).hold(bytes), answer);
    }

    /** Receives a body of text. */
    CompletableFuture<String> text(Request request) {
        return receive(request, share(request), length -> length)
                .thenApply(body -> new String(body, StandardCharsets.UTF_8));
    }

    private HeapBudget.Share share(Request request) {
        HeapBudget.Share share = budget.open(request.getConnectionMetaData().getConnection());
        ActiveRequests.whenEnded(request, share::close);
        return share;
    }

    /** Does work when its bytes are held. */
    private <T> CompletableFuture<T> onDecoders(CompletableFuture<Void> held, Supplier<T> work) {
        return held.thenApplyAsync(ready -> work.get(), decoders);
    }

    /** @param heapBytes gives the bytes that a body of some length takes when it is read */
    private CompletableFuture<byte[]> receive(Request request, HeapBudget.Share share, IntToLongFunction heapBytes) {
        String encoding = request.getHeaders().get(HttpHeader.CONTENT_ENCODING);
        boolean packed = encoding != null && !encoding.equalsIgnoreCase("identity");
        Optional<ContentCoding> coding = packed ? ContentCoding.named(encoding) : Optional.empty();
        if (packed && coding.isEmpty()) {
            throw new RequestException(
                    RequestException.UNSUPPORTED,
                    "Content-Encoding " + encoding + ": expected one of " + ContentCoding.NAMES);
        }
        if (request.getLength() > maxBody) {
            throw tooLong(request.getLength() + " bytes");
        }
        if (request.getLength() > 0 && !packed) { // an unknown length is -1
            budget.requirePossible(heapBytes.applyAsLong((int) request.getLength()));
        }
        return RequestBody.receive(request, maxBody, share)
                .exceptionally(failure -> {
                    Throwable cause = RequestFailure.cause(failure);
                    throw cause instanceof RequestException refused
                            ? refused
                            : RequestException.bad("the body of the request did not arrive: " + cause.getMessage());
                })
                .thenApply(body -> body.orElseThrow(() -> tooLong("more bytes")))
                .thenCompose(body -> coding.map(known -> unpack(known, body, share, heapBytes))
                        .orElse(CompletableFuture.completedFuture(body)));
    }

    /** Unpacks a body twice: its length must be known before its bytes are kept. */
    private CompletableFuture<byte[]> unpack(
            ContentCoding coding, byte[] packed, HeapBudget.Share share, IntToLongFunction heapBytes) {
        return CompletableFuture.supplyAsync(() -> coding.length(packed, maxBody), decoders)
                .thenCompose(length -> {
                    if (length > maxBody) {
                        throw tooLong("more bytes when it is unpacked");
                    }
                    budget.requirePossible(heapBytes.applyAsLong(length));
                    return onDecoders(share.hold(packed.length + (long) length), () -> coding.unpack(packed, length));
                });
    }

    private RequestException tooLong(String found) {
        return new RequestException(
                RequestException.TOO_LARGE,
                "the request has " + found + ": expected at most " + maxBody + "; send fewer images at once");
    }
}
