package io.github.afterimage.keys;

import io.github.afterimage.settings.Capacity;
import java.util.Arrays;

/** Removes the pictures whose keys exceed a capacity. It tracks the size of each class and a lower bound of its oldest id. */
final class Eviction {
    private final Capacity capacity;
    private long[] sizes;
    /** Lower bound of the ids of each class. */
    private long[] oldestIds;

    private long[] nextSizes;
    private long[] nextOldestIds;

    /** @param snapshot the present keys */
    Eviction(Capacity capacity, int classes, Snapshot snapshot) {
        this.capacity = capacity;
        sizes = capacity.perClass() ? snapshot.classCounts(classes) : new long[0];
        oldestIds = new long[sizes.length];
        nextSizes = sizes;
        nextOldestIds = oldestIds;
    }

    /** Removes the keys that exceed the capacity after the changes so far. */
    void apply(SnapshotBuilder builder) {
        nextSizes = sizes;
        nextOldestIds = oldestIds;
        long[] removed = builder.removals();
        if (capacity.perClass()) {
            applyPerClass(builder, removed);
        } else if (capacity.firstInFirstOut()) {
            long kept = builder.base().size() + builder.added().count() - removed.length;
            if (kept > capacity.keys()) {
                removeOldest(builder, removed, 0, kept - capacity.keys(), -1);
            }
        }
    }

    private void applyPerClass(SnapshotBuilder builder, long[] removed) {
        long[] next = sizes.clone();
        for (int label : builder.added().labels()) {
            next[label]++;
        }
        for (long row : removed) {
            next[builder.base().key(row).label(0)]--;
        }
        for (int label = 0; label < next.length; label++) {
            if (next[label] > capacity.keys()) {
                if (nextOldestIds == oldestIds) {
                    nextOldestIds = oldestIds.clone();
                }
                long firstRow = builder.base().rowFrom(oldestIds[label]);
                int before = builder.removalCount();
                nextOldestIds[label] = removeOldest(builder, removed, firstRow, next[label] - capacity.keys(), label);
                next[label] -= builder.removalCount() - before;
            }
        }
        nextSizes = next;
    }

    /**
     * Removes the oldest pictures of a class, or of all classes if {@code label} is -1, until at least {@code count} keys are gone;
     * returns the id after the last removed one.
     */
    private static long removeOldest(SnapshotBuilder builder, long[] removed, long firstRow, long count, int label) {
        long left = count;
        long last = -1;
        Snapshot base = builder.base();
        for (Keys keys : base.range(firstRow, base.rows())) {
            for (long i = 0; i < keys.count(); i++) {
                if (left <= 0 && keys.id(i) != last) {
                    return last + 1;
                }
                long row = keys.firstRow() + i;
                if ((label < 0 || keys.label(i) == label)
                        && !keys.isRemoved(i)
                        && Arrays.binarySearch(removed, row) < 0) {
                    builder.remove(row);
                    last = keys.id(i);
                    left--;
                }
            }
        }
        NewKeys added = builder.added();
        for (int i = 0; i < added.count() && (left > 0 || added.ids()[i] == last); i++) {
            if (label < 0 || added.labels()[i] == label) {
                builder.remove(base.rows() + i);
                last = added.ids()[i];
                left--;
            }
        }
        return last + 1;
    }

    /** Takes the changes over, before they are published. */
    void accept() {
        sizes = nextSizes;
        oldestIds = nextOldestIds;
    }
}
