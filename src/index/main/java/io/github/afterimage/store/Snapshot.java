package io.github.afterimage.store;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The keys that a query sees: what every change that was complete before it began has left. Immutable.
 *
 * <p>A row is the place of a key in a snapshot, ids ascending; rows of keys that were removed stay empty until the store
 * compacts them.
 *
 * <p>Lifetime: until {@link #close}; the memory of keys that are in no later snapshot is freed then.
 */
public final class Snapshot implements AutoCloseable {
    private final List<Part> parts;
    private final long[] firstRows;
    private final long size;
    private final long version;
    private final AtomicInteger holders = new AtomicInteger(1);

    /** Held once, by whoever makes it. */
    Snapshot(List<Part> parts, long version) {
        this.parts = List.copyOf(parts);
        this.version = version;
        firstRows = new long[parts.size() + 1];
        long live = 0;
        for (int i = 0; i < parts.size(); i++) {
            firstRows[i + 1] = firstRows[i] + parts.get(i).rows();
            live += parts.get(i).live();
        }
        size = live;
        this.parts.forEach(part -> part.segment().retain());
    }

    /** How many keys there are. */
    public long size() {
        return size;
    }

    /** How many rows there are, those of removed keys included. */
    public long rows() {
        return firstRows[parts.size()];
    }

    /** How many times keys were added, removed or replaced before this moment: snapshots of one version have the same keys. */
    public long version() {
        return version;
    }

    /** The keys in the order in which they were added, in as few contiguous parts as they lie in. */
    public List<Keys> parts() {
        List<Keys> contiguous = new ArrayList<>();
        for (Keys part : range(0, rows())) {
            part.addContiguous(contiguous);
        }
        return contiguous;
    }

    /** The rows {@code [from, to)}, removed ones included, in contiguous parts. */
    public List<Keys> range(long from, long to) {
        List<Keys> range = new ArrayList<>();
        for (int i = 0; i < parts.size(); i++) {
            long start = Math.max(from, firstRows[i]);
            long end = Math.min(to, firstRows[i + 1]);
            if (start < end) {
                Part part = parts.get(i);
                long inSegment = part.from() + start - firstRows[i];
                range.add(new Keys(part.segment(), inSegment, end - start, start, version, part.removed() > 0));
            }
        }
        return range;
    }

    /** The rows {@code [from, to)}, removed ones included, to be gone through once. */
    public Walk walk(long from, long to) {
        return new Walk(range(from, to));
    }

    /** Whether keys are read from the disk each time because not all of them may be in memory. */
    public boolean walked() {
        return parts.stream().anyMatch(part -> part.segment().readAhead() != null);
    }

    /**
     * Puts ids in the place of rows.
     *
     * @param rows of this snapshot in {@code first..first+count-1}
     * @param labels receives their labels in the same places
     * @param names receives their names in the same places; empty where a key has none
     */
    public void resolve(long[] rows, int[] labels, String[] names, int first, int count) {
        for (int i = first; i < first + count; i++) {
            int found = Arrays.binarySearch(firstRows, rows[i]);
            int part = found >= 0 ? found : -found - 2;
            Segment segment = parts.get(part).segment();
            long inSegment = parts.get(part).from() + rows[i] - firstRows[part];
            labels[i] = segment.label(inSegment);
            names[i] = segment.name(inSegment);
            rows[i] = segment.id(inSegment);
        }
    }

    private Keys only(long row) {
        if (row < 0 || row >= rows()) {
            throw new IndexOutOfBoundsException("row " + row + " is outside 0.." + (rows() - 1));
        }
        return range(row, row + 1).get(0);
    }

    /** The row of the first key, removed or not, whose id is {@code id} or greater; {@link #rows} if there is none. */
    long rowFrom(long id) {
        int part = 0;
        while (part < parts.size() && lastId(part) < id) {
            part++;
        }
        if (part == parts.size()) {
            return rows();
        }
        long low = firstRows[part];
        long high = firstRows[part + 1] - 1;
        Segment segment = parts.get(part).segment();
        long shift = parts.get(part).from() - firstRows[part];
        while (low < high) {
            long middle = (low + high) >>> 1;
            if (segment.id(middle + shift) < id) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** The greatest id; -1 if there is no key. */
    public long lastId() {
        for (long row = rows() - 1; row >= 0; row--) {
            Keys key = only(row);
            if (!key.isRemoved(0)) {
                return key.id(0);
            }
        }
        return -1;
    }

    private long lastId(int part) {
        return parts.get(part).segment().id(parts.get(part).to() - 1);
    }

    /** The row of the key with an id, or -1 if there is none. */
    public long row(long id) {
        long row = rowFrom(id);
        if (row == rows()) {
            return -1;
        }
        Keys key = only(row);
        return key.id(0) == id && !key.isRemoved(0) ? row : -1;
    }

    List<Part> segments() {
        return parts;
    }

    /** Holds this once more; false if it was released by all, and so is too old. */
    boolean retain() {
        return holders.getAndUpdate(count -> count == 0 ? 0 : count + 1) != 0;
    }

    /** Lets this go; to be called once for each time that it was got from the store. */
    @Override
    public void close() {
        if (holders.decrementAndGet() == 0) {
            parts.forEach(part -> part.segment().release());
        }
    }
}
