package io.github.afterimage.store;

import java.util.ArrayList;
import java.util.List;

/**
 * Which files of an index stay and which keys are written again.
 *
 * <p>The last parts are written again, with the new keys, as long as they are not larger than what is written anyway. So
 * there are at most log2(size) parts, and a key is written log2(size) times at the most, however often the index is saved.
 *
 * @param kept the parts that stay, in order; none if the index is to be written as a whole
 * @param live how many keys of each of them are still there
 * @param firstRow the first key to be written
 */
record SavePlan(List<SavedIndex.Stored> kept, List<Long> live, long firstRow) {

    /** @param keys that are to be saved, their ids ascending */
    static SavePlan of(List<Keys> keys, SavedIndex saved) {
        List<SavedIndex.Stored> stored = saved.stored;
        long size = size(keys);
        long[] ends = new long[stored.size() + 1]; // of the rows of each part
        for (int i = 0; i < stored.size(); i++) {
            ends[i + 1] = rowsUpTo(keys, stored.get(i).lastId());
        }
        int last = stored.size();
        while (last > 0 && ends[last] - ends[last - 1] <= size - ends[last]) {
            last--;
        }
        List<SavedIndex.Stored> kept = new ArrayList<>();
        List<Long> live = new ArrayList<>();
        long dead = 0;
        for (int i = 0; i < last; i++) {
            long there = ends[i + 1] - ends[i];
            if (there > 0) {
                kept.add(stored.get(i));
                live.add(there);
                dead += stored.get(i).size() - there;
            }
        }
        boolean mostlyDead = dead > size || dead > Integer.MAX_VALUE / Long.BYTES;
        return mostlyDead ? whole() : new SavePlan(kept, live, ends[last]);
    }

    /** To write everything. */
    static SavePlan whole() {
        return new SavePlan(List.of(), List.of(), 0);
    }

    static long size(List<Keys> keys) {
        return keys.stream().mapToLong(Keys::count).sum();
    }

    private static long rowsUpTo(List<Keys> keys, long id) {
        long rows = 0;
        for (Keys part : keys) {
            if (part.id(part.count() - 1) > id) {
                long from = 0;
                long to = part.count() - 1;
                while (from < to) { // the first row with a greater id is within from..to
                    long middle = (from + to) >>> 1;
                    if (part.id(middle) > id) {
                        to = middle;
                    } else {
                        from = middle + 1;
                    }
                }
                return rows + from;
            }
            rows += part.count();
        }
        return rows;
    }
}
