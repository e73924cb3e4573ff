package io.github.afterimage.model.evaluation;

/** Receives the progress of long work, often, in the thread that works. */
public interface Progress {
    /** Ignores all reports. */
    Progress NONE = (done, total) -> {};

    /** Reports that {@code done} of {@code total} examples are finished. */
    void report(long done, long total);
}
