package io.github.afterimage.store;

import io.github.afterimage.NotEnoughMemoryException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongFunction;

/**
 * The snapshot after the present one, while it is made: rows are appended first, then removed, then it is finished.
 * Nothing of it can be seen before, and nothing is left of it if it is closed unfinished.
 *
 * <p>Rows are counted as in the snapshot that it starts from; appended ones follow.
 */
final class Draft implements AutoCloseable {
    private final Snapshot base;
    private final List<Part> parts;
    /** Segments that are in no snapshot: all new ones until this is finished. */
    private final List<Segment> unused = new ArrayList<>();

    private long rows;
    private long[] removals = new long[16];
    private int removalCount;

    Draft(Snapshot base) {
        this.base = base;
        parts = new ArrayList<>(base.segments());
        rows = base.rows();
    }

    Snapshot base() {
        return base;
    }

    /** Rows of the base and appended ones. */
    long rows() {
        return rows;
    }

    /**
     * Writes keys behind those of the base.
     *
     * @param segments makes a segment, given the capacity of all present segments in rows
     */
    void append(NewKeys keys, LongFunction<Segment> segments) {
        int taken = 0;
        if (!parts.isEmpty()) {
            taken = fill(parts.size() - 1, keys, 0);
        }
        while (taken < keys.count()) {
            long capacity =
                    parts.stream().mapToLong(part -> part.segment().capacity).sum();
            Segment segment = segments.apply(capacity);
            unused.add(segment);
            parts.add(new Part(segment, 0, 0, 0));
            taken = fill(parts.size() - 1, keys, taken);
        }
        rows += keys.count();
    }

    private int fill(int index, NewKeys keys, int taken) {
        Part part = parts.get(index);
        Segment segment = part.segment();
        int count = (int) Math.min(segment.capacity - part.to(), keys.count() - taken);
        segment.write(keys, taken, count, part.to());
        parts.set(index, new Part(segment, part.from(), part.to() + count, part.removed()));
        return taken + count;
    }

    /** Removes a row that is there; twice is as good as once. */
    void remove(long row) {
        if (removalCount == removals.length) {
            removals = Arrays.copyOf(removals, 2 * removalCount);
        }
        removals[removalCount++] = row;
    }

    /** The rows to be removed, ascending and without doubles. */
    long[] removals() {
        long[] sorted = Arrays.copyOf(removals, removalCount);
        Arrays.sort(sorted);
        int count = 0;
        for (long row : sorted) {
            if (count == 0 || sorted[count - 1] != row) {
                sorted[count++] = row;
            }
        }
        return Arrays.copyOf(sorted, count);
    }

    /** What is called for keys in ascending order. */
    interface Visitor {
        /** False to stop. */
        boolean visit(long row, Segment segment, long rowInSegment);
    }

    /** Visits the keys from {@code row} on that are in the base or appended, those removed in this draft included. */
    void forEachKey(long row, Visitor visitor) {
        long first = 0;
        for (Part part : parts) {
            long shift = part.from() - first;
            long end = first + part.rows();
            for (long at = Math.max(row, first); at < end; at++) {
                boolean there = !part.segment().isRemoved(at + shift, base.version());
                if (there && !visitor.visit(at, part.segment(), at + shift)) {
                    return;
                }
            }
            first = end;
        }
    }

    /**
     * The snapshot; the base if nothing was appended or removed.
     *
     * @throws NotEnoughMemoryException if memory for marking removals is refused
     */
    Snapshot finish() {
        long[] removed = removals();
        if (removed.length == 0 && rows == base.rows()) {
            return base;
        }
        long version = base.version() + 1;
        List<Part> next = new ArrayList<>();
        List<Runnable> marks = new ArrayList<>();
        long first = 0;
        int from = 0;
        for (Part part : parts) {
            int to = from;
            while (to < removed.length && removed[to] < first + part.rows()) {
                to++;
            }
            long shift = part.from() - first;
            long[] inSegment =
                    Arrays.stream(removed, from, to).map(row -> row + shift).toArray();
            Part left = without(part, inSegment, version, marks);
            if (left.live() > 0) {
                next.add(left);
            }
            first += part.rows();
            from = to;
        }
        marks.forEach(Runnable::run);
        next.forEach(part -> unused.remove(part.segment()));
        return new Snapshot(next, version);
    }

    /** Cuts removed rows off the front, where they cost nothing, and marks the others later. */
    private Part without(Part part, long[] removed, long version, List<Runnable> marks) {
        Segment segment = part.segment();
        if (removed.length == 0 || removed.length == part.live()) {
            return new Part(segment, part.from(), part.to(), part.removed() + removed.length);
        }
        long from = part.from();
        long before = part.removed();
        int cut = 0;
        while (true) {
            if (cut < removed.length && removed[cut] == from) {
                cut++;
            } else if (before > 0 && segment.isRemoved(from, base.version())) {
                before--;
            } else {
                break;
            }
            from++;
        }
        int marked = removed.length - cut;
        if (marked > 0) {
            segment.prepareRemovals();
            int first = cut;
            marks.add(() -> {
                for (int i = first; i < removed.length; i++) {
                    segment.remove(removed[i], version);
                }
            });
        }
        return new Part(segment, from, part.to(), before + marked);
    }

    @Override
    public void close() {
        unused.forEach(Segment::close);
    }
}
