package io.github.afterimage;

/**
 * Receives the progress of long work, often, on the thread that works.
 *
 * <pre>{@code
 * Progress printed = (done, total) -> System.out.println(done + " of " + total);
 * }</pre>
 */
public interface Progress {
    /** Ignores all reports. */
    Progress NONE = (done, total) -> {};

    /** Reports that {@code done} of {@code total} keys or examples are finished. */
    void report(long done, long total);
}
