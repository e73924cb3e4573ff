package io.github.afterimage.store;

/**
 * Names the rows {@code [from, to)} of a segment in a snapshot. Immutable.
 *
 * @param removed number of removed rows among them
 */
record SegmentSlice(Segment segment, long from, long to, long removed) {
    long rows() {
        return to - from;
    }

    long live() {
        return to - from - removed;
    }
}
