package io.github.afterimage.serve.protocol;

import io.github.afterimage.failure.NotEnoughMemoryException;
import io.github.afterimage.serving.OverloadException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;

/**
 * The failure of a request, as its client sees it.
 *
 * @param status an HTTP status, 400 to 599
 * @param detail a sentence; that of an error of the server holds no details, which go to the log
 * @param more fields for programs
 */
public record RequestFailure(int status, String detail, Map<String, Object> more) {
    /** Whether a change that was asked for is made. */
    public static final String CHANGED = "changed";

    private static final String NO_HEAP = "the Java heap had no room for the request at this moment";

    private static final int TIMED_OUT = 504;

    /** Returns the exception that a CompletionException wraps, or the exception itself. */
    public static Throwable cause(Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
    }

    /** Describes an exception, which may be wrapped in a CompletionException; logs an error of the server. */
    public static RequestFailure of(Throwable failure) {
        Throwable cause = cause(failure);
        String message = String.valueOf(cause.getMessage());
        if (cause instanceof RequestException request) {
            return new RequestFailure(request.status(), message, request.more());
        }
        if (cause instanceof IllegalArgumentException) {
            return new RequestFailure(RequestException.BAD_REQUEST, message);
        }
        if (cause instanceof CancellationException) {
            return new RequestFailure(
                    RequestException.UNAVAILABLE,
                    "the request was cut off, because the server ends or the connection was lost: send it again later");
        }
        if (cause instanceof OverloadException
                || cause instanceof NotEnoughMemoryException
                || cause instanceof IllegalStateException) {
            return new RequestFailure(RequestException.UNAVAILABLE, message);
        }
        if (cause instanceof UncheckedIOException) {
            RequestLog.write(
                    System.Logger.Level.WARNING, message, null); // it names files, which are no business of clients
            return new RequestFailure(
                    RequestException.NO_STORAGE,
                    "the disk does not take it, and nothing is changed: free space on the disk of the index, or save the"
                            + " index, and send the request again; the log of the server says more",
                    Map.of(CHANGED, false));
        }
        if (cause instanceof RejectedExecutionException) {
            return new RequestFailure(
                    RequestException.UNAVAILABLE, "too many requests wait to be read: send it again later");
        }
        if (cause instanceof TimeoutException) {
            return new RequestFailure(TIMED_OUT, message);
        }
        if (cause
                instanceof
                OutOfMemoryError) { // Java 17 refuses long arrays while other threads unpack, though there is room
            RequestLog.write(System.Logger.Level.ERROR, NO_HEAP, cause);
            return new RequestFailure(RequestException.UNAVAILABLE, NO_HEAP + ": send it again later");
        }
        RequestLog.write(System.Logger.Level.ERROR, "a request failed", cause);
        return new RequestFailure(
                RequestException.ERROR,
                "the server failed, and its log says why: " + cause.getClass().getSimpleName());
    }

    private RequestFailure(int status, String detail) {
        this(status, detail, Map.of());
    }
}
