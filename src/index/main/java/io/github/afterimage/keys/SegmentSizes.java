package io.github.afterimage.keys;

import io.github.afterimage.Capacity;

/**
 * Chooses the sizes of segments. They double between two bounds, so that small indexes stay small and large ones have few
 * segments.
 *
 * @param firstBytes bytes of keys and values in the smallest segments
 * @param expected expected number of keys, for which the first segment has room
 */
record SegmentSizes(long firstBytes, long expected) {
    /** Bytes of keys and values in a large segment, unless the keys of one change need more. */
    static final long LARGEST_BYTES = 1L << 30;

    private static final long FIRST_BYTES = 1L << 20;
    /** Number of segments that share a bounded capacity. A segment is freed only when its last key has gone. */
    private static final int SEGMENTS_OF_CAPACITY = 8;

    /** Returns the sizes of a store for this many keys. */
    static SegmentSizes expecting(long expected) {
        return new SegmentSizes(FIRST_BYTES, expected);
    }

    /**
     * Returns the number of rows for the next segment.
     *
     * @param present rows that the present segments have room for
     * @param added rows that are added now
     */
    long next(KeyFormat format, Capacity capacity, long present, long added) {
        long rowBytes = format.rowBytes(1);
        long least = Math.max(1, firstBytes / rowBytes);
        long room = Math.max(1, Math.min(LARGEST_BYTES / rowBytes, Math.max(least, present)));
        if (present == 0) {
            room = Math.max(room, Math.max(expected, added));
        }
        return Math.min(room, Math.max(least, capacity.total(format.classes()) / SEGMENTS_OF_CAPACITY));
    }
}
