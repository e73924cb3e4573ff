package io.github.afterimage.keys;

import io.github.afterimage.failure.UnsavedChangeException;

/**
 * Keeps the changes of a store between two saves of its index. The store calls {@link #reserve} and {@link #append} under its
 * lock, and the others without it.
 */
public interface KeyLog {
    /**
     * Admits a change; may wait.
     *
     * @throws java.io.UncheckedIOException if the log takes no change
     */
    void admit();

    /**
     * Makes room for the record of a change.
     *
     * @throws java.io.UncheckedIOException if the disk is full or the log is broken; the change must be refused
     */
    void reserve(KeyChange change);

    /** Appends a change for which room is reserved, just before its snapshot becomes visible. */
    void append(Snapshot snapshot, KeyChange change);

    /**
     * Waits until the changes that are appended are in the log.
     *
     * @throws UnsavedChangeException if that fails; the changes are visible, but not certainly in the log
     */
    void commit();
}
