package io.github.afterimage.keys;

import io.github.afterimage.failure.NotEnoughMemoryException;
import io.github.afterimage.platform.Resources;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongFunction;

/**
 * Builds the next snapshot: append keys, then remove keys, then build. Nobody sees the new keys before that. Closing an
 * unfinished builder frees its segments.
 *
 * <p>Rows count as in the base snapshot; appended rows follow.
 */
final class SnapshotBuilder implements AutoCloseable {
    private final Snapshot base;
    private final List<SegmentSlice> slices;
    /** Segments that no snapshot has yet: all new ones until the snapshot is built. */
    private final List<Segment> unused = new ArrayList<>();

    private final long[] removed;
    private final NewKeys added;

    /**
     * @param removed rows of the base, whose keys are removed
     * @param added the keys that {@link #append} writes
     */
    SnapshotBuilder(Snapshot base, long[] removed, NewKeys added) {
        this.base = base;
        this.removed = Arrays.stream(removed).sorted().distinct().toArray();
        this.added = added;
        slices = new ArrayList<>(base.slices());
    }

    Snapshot base() {
        return base;
    }

    NewKeys added() {
        return added;
    }

    /**
     * Writes the added keys behind those of the base.
     *
     * @param segments creates a segment; receives the total capacity of the present segments in rows
     */
    void append(LongFunction<Segment> segments) {
        int taken = slices.isEmpty() ? 0 : fill(slices.size() - 1, 0);
        while (taken < added.count()) {
            long capacity =
                    slices.stream().mapToLong(slice -> slice.segment().capacity).sum();
            Segment segment = segments.apply(capacity);
            unused.add(segment);
            slices.add(SegmentSlice.of(segment, 0));
            taken = fill(slices.size() - 1, taken);
        }
    }

    private int fill(int index, int taken) {
        SegmentSlice slice = slices.get(index);
        Segment segment = slice.segment();
        int count = (int) Math.min(segment.capacity - slice.to(), added.count() - taken);
        added.write(segment, taken, count, slice.to());
        slices.set(index, slice.with(count));
        return taken + count;
    }

    /** Returns the removed rows, ascending and distinct. */
    long[] removed() {
        return removed;
    }

    /** Returns whether nothing was appended or removed. */
    boolean isUnchanged() {
        return removed.length == 0 && added.count() == 0;
    }

    /** Returns the ids of the removed keys of the base, ascending and distinct. */
    long[] removedIds() {
        return Arrays.stream(removed).map(row -> base.key(row).id(0)).distinct().toArray();
    }

    /**
     * Builds the snapshot; returns the base if nothing was changed.
     *
     * @throws NotEnoughMemoryException if memory for marking removals is refused
     */
    Snapshot build() {
        if (isUnchanged()) {
            return base;
        }
        long version = base.version() + 1;
        List<SegmentSlice> next = new ArrayList<>();
        List<Runnable> marks = new ArrayList<>();
        long first = 0;
        int from = 0;
        for (SegmentSlice slice : slices) {
            int to = from;
            while (to < removed.length && removed[to] < first + slice.rows()) {
                to++;
            }
            long shift = slice.from() - first;
            long[] inSegment =
                    Arrays.stream(removed, from, to).map(row -> row + shift).toArray();
            SegmentSlice left = without(slice, inSegment, version, marks);
            if (left.live() > 0) {
                next.add(left);
            }
            first += slice.rows();
            from = to;
        }
        Snapshot built = new Snapshot(next, version);
        marks.forEach(Runnable::run); // after everything that can be refused
        next.forEach(slice -> unused.remove(slice.segment()));
        return built;
    }

    /**
     * Drops removed rows at the front, which then cost nothing. Adds an action to {@code marks} that marks the other
     * removed rows.
     */
    private SegmentSlice without(SegmentSlice slice, long[] removed, long version, List<Runnable> marks) {
        Segment segment = slice.segment();
        if (removed.length == 0 || removed.length == slice.live()) {
            return slice.without(slice.from(), slice.removed() + removed.length);
        }
        long from = slice.from();
        long before = slice.removed();
        int cut = 0;
        while (true) {
            if (cut < removed.length && removed[cut] == from) {
                cut++;
            } else if (before > 0 && segment.removals.isRemoved(from, base.version())) {
                before--;
            } else {
                break;
            }
            from++;
        }
        int marked = removed.length - cut;
        if (marked > 0) {
            segment.removals.prepare();
            int first = cut;
            marks.add(() -> {
                for (int i = first; i < removed.length; i++) {
                    segment.removals.remove(removed[i], version);
                }
            });
        }
        return slice.without(from, before + marked);
    }

    @Override
    public void close() {
        Resources.closeAll(unused);
    }
}
