package io.github.afterimage.keys;

import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Copies of a few keys, each of which can have a label of its own, so that the class sums of a pass over them are the terms of
 * single keys. A row is the place of a key in the order of the ids; the keys of a picture follow each other.
 *
 * <p>Threads: for one at a time. Lifetime: native memory until closed.
 */
public final class CopiedKeys implements AutoCloseable {
    private final Segment copies;
    /** The id of each picture, ascending. */
    private final long[] ids;
    /** The picture of each row: the place of its id. */
    private final int[] pictures;

    private final long[] snapshotRows;
    private final int[] labels;
    private final long version;

    private CopiedKeys(QueriedKeys keys, List<Keys> chosen) {
        Keys any = chosen.get(0);
        version = keys.version();
        copies = Segment.scratch(any.segment().format, chosen.size());
        ids = chosen.stream().mapToLong(key -> key.id(0)).distinct().toArray();
        pictures = new int[chosen.size()];
        snapshotRows = new long[chosen.size()];
        labels = new int[chosen.size()];
        for (int i = 0; i < pictures.length; i++) {
            Keys key = chosen.get(i);
            copies.copyRows(key.segment(), key.segmentRow(), 1, i);
            pictures[i] = picture(key.id(0));
            snapshotRows[i] = key.firstRow();
            labels[i] = key.label(0);
        }
    }

    /**
     * Copies keys.
     *
     * @param wanted ids of the keys; those that no key has, or that occur again, are ignored
     * @return null if there is none
     */
    public static @Nullable CopiedKeys of(QueriedKeys keys, long[] wanted) {
        List<Keys> found = new ArrayList<>();
        Arrays.stream(wanted).sorted().distinct().forEach(id -> found.addAll(keys.find(id)));
        return found.isEmpty() ? null : new CopiedKeys(keys, found);
    }

    /** Returns the number of keys. */
    public int count() {
        return pictures.length;
    }

    /** Returns the ids of the pictures, ascending. */
    public long[] ids() {
        return ids.clone();
    }

    /** Returns the number of the picture with an id; negative if there is none. */
    public int picture(long id) {
        return Arrays.binarySearch(ids, id);
    }

    /** Returns the number of the picture of the key of a row. */
    public int picture(int row) {
        return pictures[row];
    }

    /** Returns the row in the snapshot of the key of a row. */
    public long snapshotRow(int row) {
        return snapshotRows[row];
    }

    /** Returns the label that the index gave the key of a row. */
    public int label(int row) {
        return labels[row];
    }

    /** Returns {@code count} keys from row {@code first} on with the labels 0, 1, ...; valid until the next call. */
    public Keys numbered(int first, int count) {
        IntBuffer numbers = copies.labels
                .buffer((long) first * Integer.BYTES, count * Integer.BYTES)
                .asIntBuffer();
        for (int i = 0; i < count; i++) {
            numbers.put(i, i);
        }
        return Keys.copies(copies, first, count, first, version);
    }

    @Override
    public void close() {
        copies.close();
    }
}
