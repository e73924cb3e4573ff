package io.github.afterimage.keys;

import io.github.afterimage.UnsavedChangeException;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the changes of a store between two saves of its index. The store calls {@link #reserve} and {@link #append} under its
 * lock, and the others without it.
 */
public interface KeyLog {
    /**
     * Describes what a change does.
     *
     * @param removedIds ids of the keys that it removes from those before it
     * @param weights new weights, also of keys that it removes, and those of added keys that are not 1
     * @param added number of keys that it adds, or more
     * @param details bytes of their names and thumbnails, or more
     * @param firstId smallest id that it may have given
     * @param nextId greater than every id after it
     * @param request the request that made it, or null
     */
    record Change(
            long[] removedIds,
            WeightChanges weights,
            int added,
            DetailBytes details,
            long firstId,
            long nextId,
            @Nullable KnownRequest request) {
        /** Returns the bytes of the request; 0 for none. */
        public int requestBytes() {
            return request == null ? 0 : request.bytes();
        }
    }

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
    void reserve(Change change);

    /** Appends a change for which room is reserved, just before its snapshot becomes visible. */
    void append(Snapshot snapshot, Change change);

    /**
     * Waits until the changes that are appended are in the log.
     *
     * @throws UnsavedChangeException if that fails; the changes are visible, but not certainly in the log
     */
    void commit();
}
