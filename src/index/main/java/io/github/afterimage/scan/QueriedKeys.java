package io.github.afterimage.scan;

import io.github.afterimage.keys.Keys;
import io.github.afterimage.keys.RowBits;
import io.github.afterimage.keys.SegmentSlice;
import io.github.afterimage.keys.Snapshot;
import io.github.afterimage.platform.BinarySearch;
import io.github.afterimage.scan.Stretch.Way;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The keys that answer a query: all of a {@link Snapshot}, or those of it that a filter keeps. A row is the position of a key
 * among them; ids ascend with rows, and some rows may hold no key.
 *
 * <p>Blocks of rows of which a filter keeps none are never read. Where it keeps nearly all of the rows, they are read in place and
 * the others are masked; elsewhere those that it keeps are copied to tiles.
 *
 * <p>Immutable and thread-safe; valid until the snapshot is closed.
 */
public final class QueriedKeys {
    /** Minimum rows of a stretch without a hidden row beside others, in blocks: a pass over few rows has a fixed cost. */
    private static final int WHOLE_BLOCKS = 8;

    private final Snapshot snapshot;
    private final KeyFilter filter;
    private final double inPlace;
    private final List<Stretch> stretches = new ArrayList<>();
    private long size;
    private long rows;

    /**
     * Chooses keys; a filter that keeps not all of them reads the ids or labels of all.
     *
     * @param inPlace rows of which the filter keeps at least this share are read where they are; with 0 all are, in one part for
     *     each segment
     */
    public QueriedKeys(Snapshot snapshot, KeyFilter filter, double inPlace) {
        this.snapshot = snapshot;
        this.filter = filter;
        this.inPlace = inPlace;
        if (filter.isAll()) {
            size = snapshot.size();
            rows = snapshot.rows();
            return;
        }
        for (SegmentSlice slice : snapshot.slices()) {
            RowBits kept = filter.rows(slice, snapshot.version());
            size += kept.rank(kept.rows());
            if (inPlace == 0) {
                add(slice, kept, 0, kept.rows());
            } else {
                cut(slice, kept);
            }
        }
    }

    /** Returns all keys of a snapshot. */
    public static QueriedKeys all(Snapshot snapshot) {
        return new QueriedKeys(snapshot, KeyFilter.ALL, 0);
    }

    /** Cuts a slice into stretches between blocks without a key. */
    private void cut(SegmentSlice slice, RowBits kept) {
        int blocks = kept.blocks();
        for (int block = 0; block < blocks; block++) {
            int start = block;
            while (block < blocks && kept.marked(block) > 0) {
                int whole = block;
                while (whole < blocks && kept.isWhole(whole)) {
                    whole++;
                }
                if (whole - block >= WHOLE_BLOCKS) {
                    add(slice, kept, kept.firstRow(start), kept.firstRow(block));
                    add(slice, kept, kept.firstRow(block), kept.firstRow(whole));
                    start = whole;
                }
                block = Math.max(block + 1, whole);
            }
            add(slice, kept, kept.firstRow(start), kept.firstRow(block));
        }
    }

    private void add(SegmentSlice slice, RowBits kept, long from, long to) {
        long before = kept.rank(from);
        long count = kept.rank(to) - before;
        if (count == 0) {
            return;
        }
        long first = kept.select(before);
        long end = kept.select(before + count - 1) + 1;
        Way way = count == end - first ? Way.WHOLE : count >= inPlace * (end - first) ? Way.MASKED : Way.GATHERED;
        Stretch stretch = new Stretch(slice, kept, way, first, end, rows);
        stretches.add(stretch);
        rows = stretch.endRow();
    }

    /** Returns the number of keys. */
    public long size() {
        return size;
    }

    /** Returns the number of rows. */
    public long rows() {
        return rows;
    }

    /** Returns the number of changes before the snapshot. */
    public long version() {
        return snapshot.version();
    }

    /** Returns whether keys are in mapped files, so that a pass may read them from the disk. */
    public boolean readsFromDisk() {
        return snapshot.readsFromDisk();
    }

    /** Returns the classes that have keys. */
    public BitSet labels() {
        if (filter.isAll()) {
            return snapshot.labels();
        }
        BitSet labels = new BitSet();
        for (Stretch stretch : stretches) {
            SegmentSlice slice = stretch.slice();
            RowBits kept = stretch.kept();
            for (long row = kept.nextMarked(stretch.from()); row < stretch.to(); row = kept.nextMarked(row + 1)) {
                labels.set(slice.segment().label(slice.from() + row));
            }
        }
        return labels;
    }

    /** Returns the snapshot that has these keys. */
    public Snapshot snapshot() {
        return snapshot;
    }

    /**
     * Returns the ids of keys such that each class has all its keys but these, or none; null if the filter is of another kind.
     */
    public long @Nullable [] exceptions() {
        return filter.exceptions();
    }

    /** Returns a scan of the rows {@code [from, to)}. */
    public KeyScan scan(long from, long to) {
        if (filter.isAll()) {
            return new KeyScan(snapshot.range(from, to), null, version());
        }
        List<Stretch> range = new ArrayList<>();
        for (Stretch stretch : stretches) {
            long first = Math.max(from, stretch.firstRow());
            long end = Math.min(to, stretch.endRow());
            if (first < end) {
                range.add(stretch.part(first, end));
            }
        }
        List<Keys> keys =
                range.stream().map(stretch -> stretch.keys(version(), filter)).toList();
        return new KeyScan(keys, inPlace == 0 ? null : range, version());
    }

    /** Returns the key of a row. */
    public Keys key(long row) {
        if (filter.isAll()) {
            return snapshot.key(row);
        }
        long next = BinarySearch.first(
                0, stretches.size(), i -> stretches.get((int) i).firstRow() > row);
        return stretches.get((int) next - 1).key(row, version());
    }

    /** Returns the key with this id; null if there is none. */
    public @Nullable Keys find(long id) {
        Keys key = snapshot.find(id);
        return key != null && filter.keeps(id, key.label(0)) ? key : null;
    }

    /**
     * Returns these keys without some.
     *
     * @param newInPlace as for {@link #QueriedKeys}
     */
    public QueriedKeys without(long[] ids, double newInPlace) {
        return new QueriedKeys(snapshot, filter.and(KeyFilter.ids(ids).inverted()), newInPlace);
    }
}
