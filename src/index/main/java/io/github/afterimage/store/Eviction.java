package io.github.afterimage.store;

import io.github.afterimage.Capacity;
import java.util.Arrays;

/** Removes the keys that a capacity has no room for. Remembers how many keys each class has, and where its oldest may be. */
final class Eviction {
    private final Capacity capacity;
    private final long[] sizes;
    /** No key of a class has an id below this. */
    private long[] oldestIds;

    private long[] nextOldestIds;

    /** @param snapshot the keys that are there already */
    Eviction(Capacity capacity, int classes, Snapshot snapshot) {
        this.capacity = capacity;
        sizes = new long[capacity.perClass() ? classes : 0];
        oldestIds = new long[sizes.length];
        nextOldestIds = oldestIds;
        count(new Draft(snapshot), 0);
    }

    private void count(Draft draft, long firstRow) {
        if (capacity.perClass()) {
            draft.forEachKey(firstRow, (row, segment, place) -> {
                sizes[segment.label(place)]++;
                return true;
            });
        }
    }

    /** Removes what is too much after the draft's changes so far. */
    void apply(Draft draft) {
        nextOldestIds = oldestIds;
        long[] removed = draft.removals();
        if (capacity.perClass()) {
            applyPerClass(draft, removed);
        } else if (capacity.firstInFirstOut()) {
            long kept = draft.base().size() + draft.rows() - draft.base().rows() - removed.length;
            if (kept > capacity.keys()) {
                removeOldest(draft, removed, 0, kept - capacity.keys(), -1);
            }
        }
    }

    private void applyPerClass(Draft draft, long[] removed) {
        long[] next = sizes.clone();
        draft.forEachKey(draft.base().rows(), (row, segment, place) -> {
            next[segment.label(place)]++;
            return true;
        });
        for (long row : removed) {
            draft.forEachKey(row, (at, segment, place) -> {
                next[segment.label(place)]--;
                return false;
            });
        }
        for (int label = 0; label < next.length; label++) {
            if (next[label] > capacity.keys()) {
                if (nextOldestIds == oldestIds) {
                    nextOldestIds = oldestIds.clone();
                }
                long firstRow = draft.base().rowFrom(oldestIds[label]);
                nextOldestIds[label] = removeOldest(draft, removed, firstRow, next[label] - capacity.keys(), label);
            }
        }
    }

    /** Removes the oldest keys of a class, or of all (-1), and returns the id after the last one. */
    private static long removeOldest(Draft draft, long[] removed, long firstRow, long count, int label) {
        long[] state = {count, 0};
        draft.forEachKey(firstRow, (row, segment, place) -> {
            if ((label < 0 || segment.label(place) == label) && Arrays.binarySearch(removed, row) < 0) {
                draft.remove(row);
                state[0]--;
                state[1] = segment.id(place) + 1;
            }
            return state[0] > 0;
        });
        return state[1];
    }

    /** That the draft will be published; it is not finished yet. */
    void accept(Draft draft, long[] removed) {
        count(draft, draft.base().rows());
        oldestIds = nextOldestIds;
        if (capacity.perClass()) {
            for (long row : removed) {
                draft.forEachKey(row, (at, segment, place) -> {
                    sizes[segment.label(place)]--;
                    return false;
                });
            }
        }
    }
}
