package io.github.afterimage.serve.http;

import com.fasterxml.jackson.jr.ob.JSON;
import io.github.afterimage.OverloadException;
import io.github.afterimage.serve.protocol.RequestException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.http.HttpStatus;

/**
 * A response of the server.
 *
 * @param headers beside Content-Type and Content-Length
 */
record Reply(int status, String type, byte[] body, Map<String, String> headers) {
    private static final String JSON_TYPE = "application/json";
    private static final String PROBLEM_TYPE = "application/problem+json";
    private static final int UNAVAILABLE = 503;
    private static final int TIMED_OUT = 504;
    private static final int FAILED = 500;

    static Reply json(Object value) {
        return new Reply(200, JSON_TYPE, bytes(value), Map.of());
    }

    /** Makes a problem of RFC 9457; {@code error} is the same sentence under the name that the protocol uses. */
    static Reply problem(int status, String detail) {
        Map<String, Object> problem = new LinkedHashMap<>();
        problem.put("type", "about:blank");
        problem.put("title", HttpStatus.getMessage(status));
        problem.put("status", status);
        problem.put("detail", detail);
        problem.put("error", detail);
        Map<String, String> headers = status == UNAVAILABLE ? Map.of("Retry-After", "1") : Map.of();
        return new Reply(status, PROBLEM_TYPE, bytes(problem), headers);
    }

    /** Makes the problem of a failure. */
    static Reply problem(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        String message = String.valueOf(cause.getMessage());
        if (cause instanceof RequestException request) {
            return problem(request.status(), message);
        }
        if (cause instanceof IllegalArgumentException) {
            return problem(RequestException.BAD_REQUEST, message);
        }
        if (cause instanceof OverloadException || cause instanceof IllegalStateException) {
            return problem(UNAVAILABLE, message);
        }
        if (cause instanceof RejectedExecutionException) {
            return problem(UNAVAILABLE, "too many requests wait to be read: send it again later");
        }
        if (cause instanceof TimeoutException) {
            return problem(TIMED_OUT, message);
        }
        System.getLogger(Reply.class.getName()).log(System.Logger.Level.ERROR, "a request failed", cause);
        return problem(
                FAILED,
                "the server failed, and its log says why: " + cause.getClass().getSimpleName());
    }

    private static byte[] bytes(Object value) {
        try {
            return JSON.std.asString(value).getBytes(StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new IllegalStateException(e); // there is no output but memory
        }
    }
}
