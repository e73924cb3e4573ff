package io.github.afterimage.serve.http;

import io.github.afterimage.serve.protocol.Failure;
import io.github.afterimage.serve.protocol.InferenceRequest;
import io.github.afterimage.serve.protocol.RequestException;
import io.github.afterimage.serve.protocol.RequestReader;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.Promise;
import org.eclipse.jetty.util.thread.Invocable;
import org.jspecify.annotations.Nullable;

/** Receives the bodies of requests; no thread waits for a client. Thread-safe. */
public final class RequestBodies {
    static final String JSON_LENGTH = "Inference-Header-Content-Length";

    /** As much as is read in the time that it takes to wake a thread. */
    private static final int QUICK_BYTES = 64 << 10;

    private final Executor decoders;
    private final int maxBody;

    /**
     * Limits bodies.
     *
     * @param decoders the threads that read requests and decode images
     * @param maxBody maximum bytes of a request
     */
    public RequestBodies(Executor decoders, int maxBody) {
        this.decoders = decoders;
        this.maxBody = maxBody;
    }

    /** Returns the threads that read requests and wait for the disk. */
    Executor decoders() {
        return decoders;
    }

    /**
     * Receives and reads a request of the protocol. A short one without BYTES is there on the thread of its connection, any other
     * on one of the decoders.
     */
    CompletableFuture<InferenceRequest> inference(Request request) {
        String jsonLength = request.getHeaders().get(JSON_LENGTH);
        if (jsonLength != null && !jsonLength.matches("[0-9]{1,9}")) {
            throw RequestException.bad(JSON_LENGTH + " " + jsonLength + ": expected the length of the JSON in bytes");
        }
        return receive(request)
                .thenApply(body ->
                        RequestReader.read(body, jsonLength == null ? body.length : Integer.parseInt(jsonLength)))
                .thenCompose(read ->
                        read.inputs().stream().allMatch(input -> input.type().isNumeric())
                                ? CompletableFuture.completedFuture(read)
                                : CompletableFuture.supplyAsync(() -> read, decoders));
    }

    /**
     * Receives the body of a request. Drops one that is refused and not much too long, so that the client reads the answer, and
     * ends the connection of any other.
     */
    private CompletableFuture<byte[]> receive(Request request) {
        Optional<RequestException> refusal = refusal(request);
        if (refusal.isPresent()) {
            if (request.getLength() < 0 || request.getLength() / 2 > maxBody) {
                throw refusal.get();
            }
            Callback.Completable dropped = new Callback.Completable();
            Content.Source.consumeAll(request, dropped);
            return dropped.handle((done, failure) -> {
                throw refusal.get();
            });
        }
        CompletableFuture<byte[]> received = new CompletableFuture<>();
        Content.Source.asByteArrayAsync(
                request,
                maxBody,
                Promise.Invocable.from(
                        Invocable.InvocationType.NON_BLOCKING, (body, failure) -> complete(received, body, failure)));
        return received;
    }

    private Optional<RequestException> refusal(Request request) {
        String encoding = request.getHeaders().get(HttpHeader.CONTENT_ENCODING);
        if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
            return Optional.of(new RequestException(
                    RequestException.UNSUPPORTED,
                    "Content-Encoding " + encoding + ": expected a body that is not compressed"));
        }
        return request.getLength() > maxBody ? Optional.of(tooLong(request.getLength() + " bytes")) : Optional.empty();
    }

    private void complete(CompletableFuture<byte[]> received, byte[] body, @Nullable Throwable failure) {
        if (failure == null && body.length <= QUICK_BYTES) {
            received.complete(body);
            return;
        }
        try {
            // Jetty fails the request after this call, so the answer to a failure leaves on another thread.
            CompletableFuture<byte[]> unused = received.completeAsync(() -> arrived(body, failure), decoders);
        } catch (RejectedExecutionException e) {
            received.completeExceptionally(e);
        }
    }

    private byte[] arrived(byte[] body, @Nullable Throwable failure) {
        if (failure == null) {
            return body;
        }
        Throwable cause = Failure.cause(failure);
        throw cause instanceof IllegalStateException
                ? tooLong("more bytes")
                : RequestException.bad("the body of the request did not arrive: " + cause.getMessage());
    }

    private RequestException tooLong(String found) {
        return new RequestException(
                RequestException.TOO_LARGE,
                "the request has " + found + ": expected at most " + maxBody + "; send fewer images at once");
    }
}
