package io.github.afterimage.serving;

/**
 * Rows of a request that one pass answers.
 *
 * @param first the first row
 * @param count number of rows, positive
 */
public record Slice<W extends Work<?>>(W work, int first, int count) {
    /** Returns true if the request has no more rows. */
    boolean isLast() {
        return first + count == work.rows();
    }
}
