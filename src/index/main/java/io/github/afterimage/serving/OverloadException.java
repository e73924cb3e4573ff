package io.github.afterimage.serving;

/** Reports that a request was refused because too many rows wait already. The call had no effect. */
public final class OverloadException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /**
     * @param rows rows of the request
     * @param queued rows that wait
     * @param maxQueued maximum number of waiting rows
     */
    public OverloadException(int rows, int queued, int maxQueued) {
        super("a request of " + rows + " rows is refused while " + queued + " rows wait: the limit is " + maxQueued
                + "; send it again later, or raise the limit of waiting rows");
    }
}
