package io.github.afterimage.store;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The keys of the parts of an index, without those that were removed.
 *
 * @param keys in the order of their ids
 * @param lastId the greatest id of the parts, removed or not; -1 where there is none
 */
record LiveRows(List<Keys> keys, long lastId) {

    /**
     * Leaves out the rows of removed ids.
     *
     * @param segments each completely filled, its ids ascending
     * @param removed ascending
     * @throws CorruptIndexException if ids do not ascend from one segment to the next, or an id that is removed is of no key
     */
    static LiveRows of(Path file, List<Segment> segments, long[] removed) throws CorruptIndexException {
        List<Keys> keys = new ArrayList<>();
        long lastId = -1;
        long firstRow = 0;
        int next = 0;
        for (Segment segment : segments) {
            Keys all = new Keys(segment, 0, segment.capacity, 0);
            if (all.id(0) <= lastId) {
                throw new CorruptIndexException(
                        file, "parts: a part begins with id " + all.id(0) + " after id " + lastId + "; ids ascend");
            }
            long start = 0;
            for (; next < removed.length && removed[next] <= all.id(all.count() - 1); next++) {
                long row = find(all, removed[next], start);
                if (row < 0) {
                    break;
                }
                if (row > start) {
                    keys.add(new Keys(segment, start, row - start, firstRow));
                    firstRow += row - start;
                }
                start = row + 1;
            }
            if (start < all.count()) {
                keys.add(new Keys(segment, start, all.count() - start, firstRow));
                firstRow += all.count() - start;
            }
            lastId = all.id(all.count() - 1);
        }
        if (next < removed.length) {
            throw new CorruptIndexException(file, "removed: id " + removed[next] + " is that of no key");
        }
        return new LiveRows(keys, lastId);
    }

    /** The row of an id, from row {@code from} on; -1 where there is none. */
    private static long find(Keys keys, long id, long from) {
        long low = from;
        long high = keys.count() - 1;
        while (low <= high) {
            long middle = (low + high) >>> 1;
            long found = keys.id(middle);
            if (found == id) {
                return middle;
            }
            if (found < id) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return -1;
    }
}
