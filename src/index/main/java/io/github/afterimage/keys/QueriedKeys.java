package io.github.afterimage.keys;

import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The keys that answer a query: all of a {@link Snapshot}, or those of it that a filter keeps; a mask hides the others.
 *
 * <p>Immutable and thread-safe; valid until the snapshot is closed.
 */
public final class QueriedKeys {
    private final Snapshot snapshot;
    private final KeyFilter filter;
    /** Of each segment; empty if the filter keeps all keys. */
    private final Map<Segment, RowMask> masks;

    private final long size;

    /** Chooses keys; a filter that keeps not all of them reads the ids or labels of all. */
    public QueriedKeys(Snapshot snapshot, KeyFilter filter) {
        this.snapshot = snapshot;
        this.filter = filter;
        masks = filter.isAll() ? Map.of() : new HashMap<>();
        if (!filter.isAll()) {
            for (SegmentSlice slice : snapshot.slices()) {
                RowBits shown = filter.rows(slice, snapshot.version());
                masks.put(slice.segment(), new RowMask(filter, shown, slice.from()));
            }
        }
        size = filter.isAll()
                ? snapshot.size()
                : range(0, snapshot.rows()).stream().mapToLong(Keys::shown).sum();
    }

    /** Returns all keys of a snapshot. */
    public static QueriedKeys all(Snapshot snapshot) {
        return new QueriedKeys(snapshot, KeyFilter.ALL);
    }

    /** Returns the number of keys. */
    public long size() {
        return size;
    }

    /** Returns the number of changes before the snapshot. */
    public long version() {
        return snapshot.version();
    }

    /** Returns the classes that have keys. */
    public BitSet labels() {
        BitSet labels = new BitSet();
        for (Keys keys : range(0, snapshot.rows())) {
            keys.present().forEach(offset -> labels.set(keys.label(offset)));
        }
        return labels;
    }

    /** Returns the snapshot that has these keys. */
    public Snapshot snapshot() {
        return snapshot;
    }

    /** Returns whether each class has all its keys but those of some ids, or none, so that {@link #means} follow from those of all keys. */
    public boolean hasWholeClasses() {
        return filter.exceptions() != null;
    }

    /**
     * Returns the means of the classes of these keys, for the duration of a query; {@link #hasWholeClasses} is true.
     *
     * @param ofAll those of all keys of the snapshot
     */
    public ClassMeans means(ClassMeans ofAll) {
        List<Keys> removed = Arrays.stream(Objects.requireNonNull(filter.exceptions()))
                .sorted()
                .distinct()
                .boxed()
                .flatMap(snapshot::find)
                .toList();
        return ofAll.without(removed, filter::keepsClass);
    }

    /** Returns whether these are all keys of the snapshot. */
    public boolean isAll() {
        return filter.isAll();
    }

    /** Returns the rows {@code [from, to)} of the snapshot, in which those that the filter does not keep are hidden. */
    public List<Keys> range(long from, long to) {
        List<Keys> range = snapshot.range(from, to);
        return filter.isAll()
                ? range
                : range.stream()
                        .map(keys -> keys.masked(Objects.requireNonNull(masks.get(keys.segment()))))
                        .toList();
    }

    /** Returns the keys with this id, one by one; none if the filter does not keep them. */
    public List<Keys> find(long id) {
        return snapshot.find(id).filter(key -> filter.keeps(id, key.label(0))).toList();
    }

    /** Returns these keys without some. */
    public QueriedKeys without(long[] ids) {
        return new QueriedKeys(snapshot, filter.and(KeyFilter.ids(ids).inverted()));
    }
}
