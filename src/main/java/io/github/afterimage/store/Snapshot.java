package io.github.afterimage.store;

import java.util.ArrayList;
import java.util.List;

/** The keys that a query sees: those of every batch that was added completely before it began. Immutable. */
public final class Snapshot {
    static final Snapshot EMPTY = new Snapshot(List.of(), 0);

    private final List<Keys> parts;
    private final long size;

    Snapshot(List<Keys> parts, long size) {
        this.parts = List.copyOf(parts);
        this.size = size;
    }

    /** How many keys there are. */
    public long size() {
        return size;
    }

    /** The keys in the order in which they were added, in as few contiguous parts as they lie in. */
    public List<Keys> parts() {
        return parts;
    }

    /** The rows {@code [from, to)} in contiguous parts. */
    public List<Keys> range(long from, long to) {
        List<Keys> range = new ArrayList<>();
        for (Keys part : parts) {
            long start = Math.max(from, part.firstRow());
            long end = Math.min(to, part.firstRow() + part.count());
            if (start < end) {
                range.add(part.slice(start - part.firstRow(), end - start));
            }
        }
        return range;
    }

    /** The id of the key in row {@code row}. */
    public long id(long row) {
        return only(row).id(0);
    }

    /** The label of the key in row {@code row}. */
    public int label(long row) {
        return only(row).label(0);
    }

    private Keys only(long row) {
        if (row < 0 || row >= size) {
            throw new IndexOutOfBoundsException("row " + row + " is outside 0.." + (size - 1));
        }
        return range(row, row + 1).get(0);
    }
}
