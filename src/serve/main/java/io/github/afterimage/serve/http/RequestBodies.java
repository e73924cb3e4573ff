package io.github.afterimage.serve.http;

import io.github.afterimage.serve.protocol.Failure;
import io.github.afterimage.serve.protocol.InferenceRequest;
import io.github.afterimage.serve.protocol.RequestException;
import io.github.afterimage.serve.protocol.RequestReader;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;

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

    private CompletableFuture<byte[]> receive(Request request) {
        String encoding = request.getHeaders().get(HttpHeader.CONTENT_ENCODING);
        if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
            throw new RequestException(
                    RequestException.UNSUPPORTED,
                    "Content-Encoding " + encoding + ": expected a body that is not compressed");
        }
        if (request.getLength() > maxBody) {
            throw tooLong(request.getLength() + " bytes");
        }
        return RequestBody.receive(request, maxBody)
                .exceptionally(failure -> {
                    throw RequestException.bad("the body of the request did not arrive: "
                            + Failure.cause(failure).getMessage());
                })
                .thenApply(body -> body.orElseThrow(() -> tooLong("more bytes")))
                .thenCompose(body -> body.length <= QUICK_BYTES
                        ? CompletableFuture.completedFuture(body)
                        : CompletableFuture.supplyAsync(() -> body, decoders));
    }

    private RequestException tooLong(String found) {
        return new RequestException(
                RequestException.TOO_LARGE,
                "the request has " + found + ": expected at most " + maxBody + "; send fewer images at once");
    }
}
