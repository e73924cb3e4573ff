package io.github.afterimage.serving;

/**
 * A request of several rows, which one pass answers, or several in turn, all from the same {@link Source}.
 *
 * @param <A> the answer
 */
public interface Work<A> {
    /** Returns the number of rows, positive. */
    int rows();

    /** Returns a value whose equals decides which requests share a pass. */
    Object group();

    /** Returns the answer; called once, when all rows have their results. */
    A answer();
}
