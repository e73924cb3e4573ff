package io.github.afterimage.scan;

import io.github.afterimage.keys.Keys;
import io.github.afterimage.keys.RowBits;
import io.github.afterimage.keys.RowMask;
import io.github.afterimage.keys.SegmentSlice;

/**
 * A stretch of a segment that a restricted query reads in one way. Immutable.
 *
 * @param slice holds the stretch
 * @param kept marks the rows of the slice that the query sees
 * @param from first row in the slice; {@code to} follows the last one
 * @param firstRow number of its first row among all that the query reads
 */
record Stretch(SegmentSlice slice, RowBits kept, Way way, long from, long to, long firstRow) {
    enum Way {
        /** The query sees every row. */
        WHOLE,
        /** Rows are read where they are; those that the query does not see are hidden. */
        MASKED,
        /** Only rows that the query sees are numbered and read: they are copied to a tile first. */
        GATHERED
    }

    long rows() {
        return way == Way.GATHERED ? size() : to - from;
    }

    /** Returns the number of keys that the query sees. */
    long size() {
        return kept.rank(to) - kept.rank(from);
    }

    long endRow() {
        return firstRow + rows();
    }

    /** Returns the part with the numbers {@code [first, end)}, which all are of this stretch. */
    Stretch part(long first, long end) {
        return new Stretch(slice, kept, way, place(first), end == endRow() ? to : place(end), first);
    }

    /** Returns the row in the slice of a numbered row. */
    private long place(long row) {
        long offset = row - firstRow;
        return way == Way.GATHERED ? kept.select(kept.rank(from) + offset) : from + offset;
    }

    /** Returns the key of a numbered row. */
    Keys key(long row, long version) {
        return Keys.seen(slice, slice.from() + place(row), 1, row, version, null);
    }

    /** Returns all rows where they are, with the mask of a masked stretch. */
    Keys keys(long version, KeyFilter filter) {
        RowMask mask = way == Way.MASKED ? new RowMask(filter, kept, slice.from()) : null;
        return Keys.seen(slice, slice.from() + from, to - from, firstRow, version, mask);
    }
}
