package io.github.afterimage.serve.protocol;

/** A request that the server cannot answer, and the HTTP status that says whose fault it is. */
public class RequestException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public static final int BAD_REQUEST = 400;
    public static final int FORBIDDEN = 403;
    public static final int NOT_FOUND = 404;
    public static final int METHOD_NOT_ALLOWED = 405;
    public static final int CONFLICT = 409;
    public static final int TOO_LARGE = 413;
    public static final int UNSUPPORTED = 415;

    private final int status;

    /**
     * Creates the exception.
     *
     * @param status an HTTP status, 400 to 599
     * @param message a sentence with value, bound and remedy
     */
    public RequestException(int status, String message) {
        super(message);
        this.status = status;
    }

    /** Creates the exception for a mistake of the client. */
    public static RequestException bad(String message) {
        return new RequestException(BAD_REQUEST, message);
    }

    /** Returns the HTTP status. */
    public int status() {
        return status;
    }
}
