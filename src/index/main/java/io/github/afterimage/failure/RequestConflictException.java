package io.github.afterimage.failure;

/** Thrown when keys have the request id of other keys, which were added before. Nothing is changed. */
public final class RequestConflictException extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    /** Refuses keys with this request id. */
    public RequestConflictException(String requestId) {
        super("request id " + requestId
                + " belongs to other keys, which were added before: expected a new id for new keys");
    }
}
