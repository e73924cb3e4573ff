package io.github.afterimage.serve.protocol;

import io.github.afterimage.NotEnoughMemoryException;
import io.github.afterimage.OverloadException;
import java.io.UncheckedIOException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;

/**
 * The failure of a request, as its client sees it.
 *
 * @param status an HTTP status, 400 to 599
 * @param detail a sentence; that of an error of the server holds no details, which go to the log
 */
public record Failure(int status, String detail) {
    private static final int UNAVAILABLE = 503;
    private static final int TIMED_OUT = 504;
    private static final int ERROR = 500;
    /** The log or a save could not be written. */
    private static final int NO_STORAGE = 507;

    /** Returns the exception that a CompletionException wraps, or the exception itself. */
    public static Throwable cause(Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
    }

    /** Describes an exception, which may be wrapped in a CompletionException; logs an error of the server. */
    public static Failure of(Throwable failure) {
        Throwable cause = cause(failure);
        String message = String.valueOf(cause.getMessage());
        if (cause instanceof RequestException request) {
            return new Failure(request.status(), message);
        }
        if (cause instanceof IllegalArgumentException) {
            return new Failure(RequestException.BAD_REQUEST, message);
        }
        if (cause instanceof OverloadException
                || cause instanceof NotEnoughMemoryException
                || cause instanceof IllegalStateException) {
            return new Failure(UNAVAILABLE, message);
        }
        if (cause instanceof UncheckedIOException) {
            return new Failure(NO_STORAGE, message.replaceFirst("^java[\\w.]*: ", "")); // the class of its cause
        }
        if (cause instanceof RejectedExecutionException) {
            return new Failure(UNAVAILABLE, "too many requests wait to be read: send it again later");
        }
        if (cause instanceof TimeoutException) {
            return new Failure(TIMED_OUT, message);
        }
        System.getLogger(Failure.class.getName()).log(System.Logger.Level.ERROR, "a request failed", cause);
        return new Failure(
                ERROR,
                "the server failed, and its log says why: " + cause.getClass().getSimpleName());
    }
}
