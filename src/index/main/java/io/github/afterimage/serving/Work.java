package io.github.afterimage.serving;

/**
 * A request of several rows, which one pass answers, or several in turn, all from the same {@link Source}.
 *
 * @param <A> the answer
 */
public interface Work<A> {
    /** Returns the number of rows, positive. */
    int rows();

    /** Returns the object that answers this request; only requests of one object share a pass. */
    Object owner();

    /** Returns a value whose equals decides which requests of an owner share a pass. */
    Object group();

    /** Returns the answer; called once, when all rows have their results. */
    A answer();
}
