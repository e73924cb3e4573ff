package io.github.afterimage.keys;

import io.github.afterimage.Progress;
import io.github.afterimage.platform.BinarySearch;
import io.github.afterimage.settings.MemoryKind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Shows a query all keys at one moment, after every change that was complete then. Immutable.
 *
 * <p>A row is the position of a key in a snapshot. Ids do not descend with rows: the keys of a picture follow each other and share
 * its id, its label and its details. They are there together, or removed together. Rows of removed keys stay empty until the store
 * compacts them.
 *
 * <p>Lifetime: until {@link #close}, which frees the memory of keys that no later snapshot has.
 */
public final class Snapshot implements AutoCloseable {
    private static final int BATCH_KEYS = 256;

    private final List<SegmentSlice> slices;
    private final long[] firstRows;
    /** The rows of each slice. */
    private final List<Keys> keys = new ArrayList<>();

    private final long size;
    private final long version;
    private final boolean readsFromDisk;
    private final AtomicInteger holders = new AtomicInteger(1);
    private volatile @Nullable ClassMeans means;

    /** Creates a snapshot that its creator holds once. */
    Snapshot(List<SegmentSlice> slices, long version) {
        this.slices = List.copyOf(slices);
        this.version = version;
        firstRows = new long[slices.size() + 1];
        long live = 0;
        for (int i = 0; i < slices.size(); i++) {
            SegmentSlice slice = slices.get(i);
            firstRows[i + 1] = firstRows[i] + slice.rows();
            keys.add(Keys.of(slice, firstRows[i], version));
            live += slice.live();
        }
        size = live;
        readsFromDisk = slices.stream().anyMatch(slice -> slice.segment().rows.kind() == MemoryKind.MAPPED);
        this.slices.forEach(SegmentSlice::retain);
    }

    /** Returns the number of keys. */
    public long size() {
        return size;
    }

    /** Returns the number of rows, including those of removed keys. */
    public long rows() {
        return firstRows[slices.size()];
    }

    /** Returns the number of changes before this snapshot. Snapshots of the same version have the same keys. */
    public long version() {
        return version;
    }

    /** Returns the keys in the order of their addition, in as few contiguous parts as possible. */
    public List<Keys> parts() {
        List<Keys> contiguous = new ArrayList<>();
        for (Keys keys : range(0, rows())) {
            keys.addContiguous(contiguous);
        }
        return contiguous;
    }

    /** Returns the rows {@code [from, to)}, including removed ones, in contiguous parts. */
    public List<Keys> range(long from, long to) {
        List<Keys> range = new ArrayList<>(keys.size());
        for (int i = 0; i < keys.size(); i++) {
            long start = Math.max(from, firstRows[i]);
            long end = Math.min(to, firstRows[i + 1]);
            if (start < end) {
                range.add(keys.get(i).slice(start - firstRows[i], end - start));
            }
        }
        return range;
    }

    /** Marks the rows of the keys. */
    public RowBits present() {
        RowBits present = new RowBits(rows());
        for (Keys keys : range(0, rows())) {
            for (long row = 0; keys.hasRemovals() && row < keys.count(); row++) {
                if (keys.isRemoved(row)) {
                    present.clear(keys.firstRow() + row);
                }
            }
        }
        return present;
    }

    /** Returns whether keys are in mapped files, so that a pass may read them from the disk. */
    public boolean readsFromDisk() {
        return readsFromDisk;
    }

    /** Returns the key of a row. */
    public Keys key(long row) {
        Objects.checkIndex(row, rows());
        int number = slice(row);
        return keys.get(number).slice(row - firstRows[number], 1);
    }

    /** Returns the number of the slice that has a row. */
    private int slice(long row) {
        int found = Arrays.binarySearch(firstRows, row);
        return found >= 0 ? found : -found - 2;
    }

    /** Reads consecutive keys. */
    public interface BatchReader<E extends Exception> {
        void read(Keys keys, long first, int count) throws E;
    }

    /** Passes all keys to a reader, some at a time, in the order of their ids. */
    public <E extends Exception> void forEachBatch(Progress progress, BatchReader<E> reader) throws E {
        long done = 0;
        for (Keys keys : parts()) {
            for (long first = 0; first < keys.count(); first += BATCH_KEYS) {
                int count = (int) Math.min(BATCH_KEYS, keys.count() - first);
                reader.read(keys, first, count);
                done += count;
                progress.report(done, size());
            }
        }
    }

    /** Returns the bytes of the longest name, that of a removed key perhaps. */
    public int longestName() {
        return slices.stream()
                .mapToInt(slice -> slice.segment().details.longestName(slice.to()))
                .max()
                .orElse(0);
    }

    /**
     * Returns the number of keys of each class.
     *
     * @param classes number of classes of the store
     */
    public long[] classCounts(int classes) {
        long[] counts = new long[classes];
        for (Keys keys : range(0, rows())) {
            keys.present().forEach(offset -> counts[keys.label(offset)]++);
        }
        return counts;
    }

    /**
     * Returns the first row whose id is {@code id} or greater, even if its key was removed; {@link #rows} if there is
     * none.
     */
    public long rowFrom(long id) {
        int slice = 0;
        while (slice < slices.size() && lastId(slice) < id) {
            slice++;
        }
        if (slice == slices.size()) {
            return rows();
        }
        Segment segment = slices.get(slice).segment();
        long shift = slices.get(slice).from() - firstRows[slice];
        return BinarySearch.first(firstRows[slice], firstRows[slice + 1] - 1, row -> segment.id(row + shift) >= id);
    }

    /** Returns the number of keys whose id is {@code id} or greater. */
    public long countFrom(long id) {
        return range(rowFrom(id), rows()).stream()
                .mapToLong(keys -> keys.present().count())
                .sum();
    }

    private long lastId(int slice) {
        return slices.get(slice).segment().id(slices.get(slice).to() - 1);
    }

    /** Returns the row of the first key with this id; -1 if there is none. */
    public long row(long id) {
        long row = rowFrom(id);
        if (row == rows()) {
            return -1;
        }
        Keys key = key(row);
        return key.id(0) == id && !key.isRemoved(0) ? row : -1;
    }

    /** Returns the keys with this id, one by one in the order of their rows. */
    public Stream<Keys> find(long id) {
        long first = row(id);
        return LongStream.iterate(first, row -> row >= 0 && row < rows() && key(row).id(0) == id, row -> row + 1)
                .mapToObj(this::key);
    }

    /** Returns the first key of each picture whose id is {@code fromId} or greater, in the order of the ids. */
    public Stream<Keys> pictures(long fromId) {
        long[] before = {-1};
        return range(rowFrom(fromId), rows()).stream().flatMap(keys -> keys.present()
                .filter(row -> {
                    boolean isFirst = keys.id(row) != before[0];
                    before[0] = keys.id(row);
                    return isFirst;
                })
                .mapToObj(row -> keys.slice(row, 1)));
    }

    /** Returns the means of the classes; null if no query has needed them. Closed with this snapshot. */
    public @Nullable ClassMeans means() {
        return means;
    }

    /** Sets the means of the classes of these keys, once, and takes them over. */
    public void means(ClassMeans value) {
        means = value;
    }

    public List<SegmentSlice> slices() {
        return slices;
    }

    /** Adds a holder. Returns false if the last holder has gone; the snapshot is outdated then. */
    public boolean retain() {
        return holders.getAndUpdate(count -> count == 0 ? 0 : count + 1) != 0;
    }

    /**
     * Releases one hold; the last one releases the segments. Call it once for each snapshot that the store returned.
     */
    @Override
    public void close() {
        if (holders.decrementAndGet() == 0) {
            slices.forEach(SegmentSlice::release);
            if (means != null) {
                means.close();
            }
        }
    }
}
