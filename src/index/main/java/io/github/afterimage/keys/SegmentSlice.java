package io.github.afterimage.keys;

/**
 * Names the rows {@code [from, to)} of a segment in a snapshot. Immutable.
 *
 * @param removed number of removed rows among them
 */
public record SegmentSlice(Segment segment, long from, long to, long removed) {
    /** Names the first {@code count} rows of a segment, all present. */
    static SegmentSlice of(Segment segment, long count) {
        return new SegmentSlice(segment, 0, count, 0);
    }

    public long rows() {
        return to - from;
    }

    long live() {
        return to - from - removed;
    }

    /** Returns the rows with others removed. */
    SegmentSlice without(long newFrom, long newRemoved) {
        return new SegmentSlice(segment, newFrom, to, newRemoved);
    }

    /** Returns these rows and {@code count} more behind them. */
    SegmentSlice with(long count) {
        return new SegmentSlice(segment, from, to + count, removed);
    }

    void retain() {
        segment.retain();
    }

    /** Undoes one {@link #retain}; the last one frees the memory. */
    void release() {
        segment.release();
    }
}
