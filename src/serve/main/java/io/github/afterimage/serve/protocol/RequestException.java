package io.github.afterimage.serve.protocol;

import java.util.Map;

/** A request that the server cannot answer, and the HTTP status that says whose fault it is. */
public final class RequestException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public static final int BAD_REQUEST = 400;
    public static final int FORBIDDEN = 403;
    public static final int NOT_FOUND = 404;
    public static final int CONFLICT = 409;
    public static final int TOO_LARGE = 413;
    public static final int UNSUPPORTED = 415;
    public static final int ERROR = 500;
    public static final int NOT_IMPLEMENTED = 501;
    public static final int UNAVAILABLE = 503;
    /** The log or a save could not be written. */
    public static final int NO_STORAGE = 507;

    private final int status;
    private final transient Map<String, Object> more;

    /**
     * Creates the exception.
     *
     * @param status an HTTP status, 400 to 599
     * @param message a sentence with value, bound and remedy
     */
    public RequestException(int status, String message) {
        this(status, message, Map.of());
    }

    /**
     * Creates the exception with more than a sentence.
     *
     * @param more fields of the problem beside its own, for programs
     */
    public RequestException(int status, String message, Map<String, Object> more) {
        super(message);
        this.status = status;
        this.more = more;
    }

    /** Creates the exception for a mistake of the client. */
    public static RequestException bad(String message) {
        return new RequestException(BAD_REQUEST, message);
    }

    /** Returns the fields for programs. */
    public Map<String, Object> more() {
        return more;
    }

    /** Returns the HTTP status. */
    public int status() {
        return status;
    }
}
