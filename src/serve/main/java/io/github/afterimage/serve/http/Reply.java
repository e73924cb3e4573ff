package io.github.afterimage.serve.http;

import com.fasterxml.jackson.jr.ob.JSON;
import io.github.afterimage.serve.protocol.Failure;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
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

    static Reply problem(Throwable failure) {
        Failure seen = Failure.of(failure);
        return problem(seen.status(), seen.detail());
    }

    private static byte[] bytes(Object value) {
        try {
            return JSON.std.asString(value).getBytes(StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new IllegalStateException(e); // there is no output but memory
        }
    }
}
