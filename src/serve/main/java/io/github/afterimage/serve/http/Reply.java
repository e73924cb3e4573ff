package io.github.afterimage.serve.http;

import com.fasterxml.jackson.jr.ob.JSON;
import io.github.afterimage.serve.protocol.JsonObject;
import io.github.afterimage.serve.protocol.Parts;
import io.github.afterimage.serve.protocol.RequestException;
import io.github.afterimage.serve.protocol.RequestFailure;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.content.ByteBufferContentSource;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * A response of the server.
 *
 * @param headers beside Content-Type and Content-Length
 */
record Reply(int status, String type, Parts body, Map<String, String> headers) {
    private static final JSON JSON_WRITER = JSON.std.with(JSON.Feature.WRITE_NULL_PROPERTIES);
    private static final String JSON_TYPE = "application/json";
    /** A shorter body fits into one packet anyway. */
    private static final int LEAST_PACKED = 1400;

    static Reply json(Object value) {
        return json(value, Long.MAX_VALUE);
    }

    /** @throws RequestException if the JSON takes more than {@code maxBytes} */
    static Reply json(Object value, long maxBytes) {
        return new Reply(200, JSON_TYPE, bytes(value, maxBytes), Map.of());
    }

    static Reply unavailable(Object value) {
        return new Reply(RequestException.UNAVAILABLE, JSON_TYPE, bytes(value, Long.MAX_VALUE), Map.of());
    }

    /** Sends the reply that work gives later, or the problem of its failure. */
    static void send(Supplier<CompletableFuture<Reply>> work, Request request, Response response, Callback callback) {
        CompletableFuture<Reply> reply;
        try {
            reply = work.get();
        } catch (RuntimeException | Error e) {
            reply = CompletableFuture.failedFuture(e);
        }
        CompletableFuture<Void> unused = reply.exceptionally(Reply::problem)
                .thenAccept(present -> present.send(request, response, callback))
                .exceptionally(failure -> {
                    callback.failed(RequestFailure.cause(failure)); // an Error, such as a full heap
                    return null;
                });
    }

    /** Makes the reply to a failure as the protocol has it: Triton's client for Java takes no other fields than {@code error}. */
    static Reply problem(Throwable failure) {
        RequestFailure seen = RequestFailure.of(failure);
        JsonObject problem = new JsonObject().with("error", seen.detail());
        problem.putAll(seen.more());
        Map<String, String> headers =
                switch (seen.status()) {
                    case HttpStatus.SERVICE_UNAVAILABLE_503, HttpStatus.TOO_MANY_REQUESTS_429 ->
                        Map.of("Retry-After", "1");
                    case HttpStatus.UNAUTHORIZED_401 -> Map.of("WWW-Authenticate", "Bearer");
                    case HttpStatus.UNSUPPORTED_MEDIA_TYPE_415 -> Map.of("Accept-Encoding", ContentCoding.NAMES);
                    default -> Map.of();
                };
        return new Reply(seen.status(), JSON_TYPE, bytes(problem, Long.MAX_VALUE), headers);
    }

    /** Makes the reply to a method that a path does not have; OPTIONS asks which it has. */
    static Reply notAllowed(Request request, List<String> allowed) {
        boolean asked = HttpMethod.OPTIONS.is(request.getMethod());
        String detail = "method " + request.getMethod() + " on " + Request.getPathInContext(request) + ": expected "
                + String.join(" or ", allowed);
        return new Reply(
                asked ? HttpStatus.OK_200 : HttpStatus.METHOD_NOT_ALLOWED_405,
                JSON_TYPE,
                asked ? Parts.of(new byte[0]) : bytes(Map.of("error", detail), Long.MAX_VALUE),
                Map.of("Allow", String.join(", ", allowed)));
    }

    /** Sends this reply when the body of the request has come, whether or not anyone has read it; before that if it is very long. */
    void send(Request request, Response response, Callback callback) {
        RequestBody.drop(request, more -> {
            boolean closes = more && !ProblemHandler.isSecond(request);
            if (closes) {
                response.getHeaders().put(HttpFields.CONNECTION_CLOSE);
            }
            write(
                    request,
                    response,
                    closes
                            ? Callback.from(() -> RequestBody.linger(request, callback::succeeded), callback::failed)
                            : callback);
        });
    }

    private void write(Request request, Response response, Callback callback) {
        Reply sent = packed(request);
        response.setStatus(ActiveRequests.status(request, status));
        if (status != HttpStatus.NOT_MODIFIED_304) {
            response.getHeaders().put(HttpHeader.CONTENT_TYPE, type);
            response.getHeaders().put(HttpHeader.CONTENT_LENGTH, sent.body.size());
        }
        sent.headers.forEach(response.getHeaders()::put);
        Content.copy(
                new ByteBufferContentSource(sent.body.buffers()),
                response,
                Callback.from(() -> ActiveRequests.leaveUnread(request), callback));
    }

    /** Returns this reply in the coding that the client likes best, if it is long. */
    Reply packed(Request request) {
        String vary = HttpHeader.VARY.asString();
        if (body.size() < LEAST_PACKED || type.startsWith("image/") || headers.containsKey(vary)) {
            return this;
        }
        Map<String, String> more = new HashMap<>(headers);
        more.put(vary, HttpHeader.ACCEPT_ENCODING.asString());
        Optional<ContentCoding> coding =
                ContentCoding.best(request.getHeaders().getQualityCSV(HttpHeader.ACCEPT_ENCODING));
        coding.ifPresent(known -> more.put(HttpHeader.CONTENT_ENCODING.asString(), known.text()));
        return new Reply(status, type, coding.map(known -> known.pack(body)).orElse(body), more);
    }

    private static Parts bytes(Object value, long maxBytes) {
        Parts parts = new Parts(maxBytes);
        try {
            JSON_WRITER.write(value, parts);
            return parts;
        } catch (IOException e) {
            throw new IllegalStateException(e); // there is no output but memory
        }
    }
}
