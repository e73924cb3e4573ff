package io.github.afterimage.store;

import java.util.ArrayList;
import java.util.List;

/**
 * Decides which files of an index stay and which keys are written again.
 *
 * <p>The last parts are written again together with the new keys if they are not larger than the rest of the write. So
 * there are at most log2(size) parts, and each key is written at most log2(size) times, no matter how often the index
 * is saved.
 *
 * @param kept parts that stay, in order; none if the whole index is written
 * @param live number of remaining keys in each kept part
 * @param firstRow first row to write
 */
record SavePlan(List<SavedIndex.Stored> kept, List<Long> live, long firstRow) {

    /** @param keys keys to save, with ascending ids */
    static SavePlan of(List<Keys> keys, SavedIndex saved) {
        List<SavedIndex.Stored> stored = saved.stored;
        long size = size(keys);
        long[] ends = new long[stored.size() + 1]; // end of the rows of each part
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

    /** Returns a plan that writes all keys. */
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
                while (from < to) { // the first row with a greater id lies within from..to
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
