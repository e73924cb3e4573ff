package io.github.afterimage.model.evaluation;

/** Is told how far long work has come; called by the thread that works, often. */
public interface Progress {
    /** Tells nobody. */
    Progress NONE = (done, total) -> {};

    /** {@code done} of {@code total} examples are finished. */
    void report(long done, long total);
}
