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
 * <p>Threads: for one at a time. Lifetime: native memory until closed, while the snapshot of the keys is open.
 */
public final class CopiedKeys implements AutoCloseable {
    private final List<Keys> keys;
    private final Segment copies;
    /** The id of each picture, ascending. */
    private final long[] ids;
    /** The picture of each row: the place of its id. */
    private final int[] pictures;

    private CopiedKeys(List<Keys> keys) {
        this.keys = keys;
        copies = Segment.scratch(keys.get(0).segment().format, keys.size());
        ids = keys.stream().mapToLong(key -> key.id(0)).distinct().toArray();
        pictures = keys.stream().mapToInt(key -> picture(key.id(0))).toArray();
        for (int i = 0; i < pictures.length; i++) {
            copies.copyRows(keys.get(i).segment(), keys.get(i).segmentRow(), 1, i);
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
        return found.isEmpty() ? null : new CopiedKeys(found);
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
        return keys.get(row).firstRow();
    }

    /** Returns the label that the index gave the key of a row. */
    public int label(int row) {
        return keys.get(row).label(0);
    }

    /** Returns {@code count} keys from row {@code first} on with the labels 0, 1, ...; valid until the next call. */
    public Keys numbered(int first, int count) {
        IntBuffer numbers = copies.labels
                .buffer((long) first * Integer.BYTES, count * Integer.BYTES)
                .asIntBuffer();
        for (int i = 0; i < count; i++) {
            numbers.put(i, i);
        }
        return Keys.copies(copies, first, count, first, keys.get(0).version());
    }

    @Override
    public void close() {
        copies.close();
    }
}
