package io.github.afterimage.keys;

import io.github.afterimage.NotEnoughMemoryException;
import io.github.afterimage.platform.Resources;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Builds the next snapshot: append keys, then weigh and remove keys, then build. Nobody sees the new keys before that. Closing an
 * unfinished builder frees its segments.
 *
 * <p>Rows count as in the base snapshot; appended rows follow.
 */
final class SnapshotBuilder implements AutoCloseable {
    private final Snapshot base;
    private final List<SegmentSlice> slices;
    /** Segments and weights that no snapshot has yet: all new ones until the snapshot is built. */
    private final List<AutoCloseable> unused = new ArrayList<>();

    private long rows;
    private DetailBytes detailBytes = DetailBytes.NONE;
    private long[] removals = new long[16];
    private int removalCount;
    private WeightChanges weights = WeightChanges.NONE;
    private @Nullable KnownRequest request;

    SnapshotBuilder(Snapshot base) {
        this.base = base;
        slices = new ArrayList<>(base.slices());
        rows = base.rows();
    }

    Snapshot base() {
        return base;
    }

    /** Returns the number of rows of the base and of appended keys. */
    long rows() {
        return rows;
    }

    /**
     * Writes keys behind those of the base.
     *
     * @param segments creates a segment; receives the total capacity of the present segments in rows
     */
    void append(NewKeys keys, LongFunction<Segment> segments) {
        int taken = 0;
        if (!slices.isEmpty()) {
            taken = fill(slices.size() - 1, keys, 0);
        }
        while (taken < keys.count()) {
            long capacity =
                    slices.stream().mapToLong(slice -> slice.segment().capacity).sum();
            Segment segment = segments.apply(capacity);
            unused.add(segment);
            slices.add(SegmentSlice.of(segment, 0));
            taken = fill(slices.size() - 1, keys, taken);
        }
        rows += keys.count();
        detailBytes = detailBytes.plus(keys.detailBytes());
        request = keys.request();
    }

    private int fill(int index, NewKeys keys, int taken) {
        SegmentSlice slice = slices.get(index);
        Segment segment = slice.segment();
        int count = (int) Math.min(segment.capacity - slice.to(), keys.count() - taken);
        segment.write(keys, taken, count, slice.to());
        if (slice.weights() != null) {
            slice.weights().reset(slice.to(), count); // a change that failed may have left others
        }
        slices.set(index, slice.with(count));
        return taken + count;
    }

    /** Removes the key of a row. Removing it twice is harmless. */
    void remove(long row) {
        if (removalCount == removals.length) {
            removals = Arrays.copyOf(removals, 2 * removalCount);
        }
        removals[removalCount++] = row;
    }

    /**
     * Sets the weights of keys of the base or of appended keys, once. Ignores ids that no key has.
     *
     * @param added ids of the appended keys
     * @throws NotEnoughMemoryException if memory is refused
     */
    void weigh(WeightChanges changes, long[] added) {
        if (changes.count() == 0) {
            return;
        }
        long[] found = Arrays.stream(changes.ids()).map(id -> row(id, added)).toArray();
        long[] rows = Arrays.stream(found).filter(row -> row >= 0).toArray();
        weights = changes.where(place -> found[place] >= 0);
        long first = 0;
        int from = 0;
        for (int i = 0; i < slices.size(); i++) {
            SegmentSlice slice = slices.get(i);
            int to = from;
            while (to < rows.length && rows[to] < first + slice.rows()) {
                to++;
            }
            if (to > from) {
                slices.set(i, slice.weighted(weights(slice, first, rows, from, to)));
            }
            first += slice.rows();
            from = to;
        }
    }

    /** Returns the row of a key of the base or of an appended one; negative if there is none. */
    private long row(long id, long[] added) {
        int place = Arrays.binarySearch(added, id);
        return place < 0 ? base.row(id) : base.rows() + place;
    }

    private @Nullable KeyWeights weights(SegmentSlice slice, long firstRow, long[] rows, int from, int to) {
        KeyWeights before = slice.weights();
        if (before != null && rows[from] >= base.rows()) { // no snapshot has these rows
            put(before, slice, firstRow, rows, from, to);
            return before;
        }
        KeyWeights after = before == null ? new KeyWeights(slice.segment().capacity) : before.copy();
        unused.add(after);
        put(after, slice, firstRow, rows, from, to);
        return after.isDefault() ? null : after;
    }

    private void put(KeyWeights target, SegmentSlice slice, long firstRow, long[] rows, int from, int to) {
        for (int i = from; i < to; i++) {
            target.put(slice.from() + rows[i] - firstRow, weights.weights()[i]);
        }
    }

    /** Returns the weights that were set. */
    WeightChanges weights() {
        return weights;
    }

    /** Returns the request that adds the appended keys, or null. */
    @Nullable
    KnownRequest request() {
        return request;
    }

    /** Returns the removed rows, ascending and distinct. */
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

    /** Returns whether nothing was appended, removed or weighed. */
    boolean isUnchanged() {
        return removalCount == 0 && rows == base.rows() && weights.count() == 0;
    }

    /** Returns the ids of the removed keys of the base, ascending. */
    long[] removedIds() {
        return Arrays.stream(removals())
                .takeWhile(row -> row < base.rows())
                .map(row -> base.key(row).id(0))
                .toArray();
    }

    /** Returns the bytes of the details of the appended keys. */
    DetailBytes detailBytes() {
        return detailBytes;
    }

    /** Visits keys in ascending order. */
    interface Visitor {
        /** Returns false to stop. */
        boolean visit(long row, Segment segment, long rowInSegment);
    }

    /**
     * Visits the keys of the base and the appended keys, starting at {@code row}, including those that this builder
     * removes.
     */
    void forEachKey(long row, Visitor visitor) {
        long first = 0;
        for (SegmentSlice slice : slices) {
            long shift = slice.from() - first;
            long end = first + slice.rows();
            for (long at = Math.max(row, first); at < end; at++) {
                boolean there = !slice.segment().removals.isRemoved(at + shift, base.version());
                if (there && !visitor.visit(at, slice.segment(), at + shift)) {
                    return;
                }
            }
            first = end;
        }
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
        long[] removed = removals();
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
        next.forEach(slice -> {
            unused.remove(slice.segment());
            unused.remove(slice.weights());
        });
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
