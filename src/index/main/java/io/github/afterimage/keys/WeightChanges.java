package io.github.afterimage.keys;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * Names keys and their new weights.
 *
 * @param ids ids of keys, ascending
 * @param weights one for each id, {@link #LEAST} to {@link #GREATEST}
 */
public record WeightChanges(long[] ids, float[] weights) {
    // Terms beyond these factors would leave the range in which float32 sums are right (`runner weights`).
    static final float LEAST = 1e-6f;
    static final float GREATEST = 1e6f;
    static final String RANGE = "1e-6 to 1e6";

    /** Rows that are copied to the heap at a time. */
    private static final int COPIED_ROWS = 1 << 20;

    public static final WeightChanges NONE = new WeightChanges(new long[0], new float[0]);

    public static boolean isWeight(float value) {
        return value >= LEAST && value <= GREATEST;
    }

    /**
     * Checks and sorts changes that a caller makes.
     *
     * @throws IllegalArgumentException if the lengths differ, an id occurs twice, or a weight is out of range
     */
    static WeightChanges checked(long[] ids, float[] weights) {
        if (ids.length != weights.length) {
            throw new IllegalArgumentException(
                    ids.length + " ids and " + weights.length + " weights: expected a weight for each id");
        }
        for (int i = 0; i < ids.length; i++) {
            if (!isWeight(weights[i])) {
                throw new IllegalArgumentException("weight " + weights[i] + " at place " + i + ": expected " + RANGE
                        + "; remove a key that is to have no effect");
            }
        }
        int[] places = IntStream.range(0, ids.length)
                .boxed()
                .sorted(Comparator.comparingLong(place -> ids[place]))
                .mapToInt(place -> place)
                .toArray();
        WeightChanges sorted = new WeightChanges(ids, weights).at(places);
        for (int i = 1; i < places.length; i++) {
            if (sorted.ids[i] == sorted.ids[i - 1]) {
                throw new IllegalArgumentException(
                        "id " + sorted.ids[i] + " at place " + places[i] + ": expected each id once");
            }
        }
        return sorted;
    }

    /** Returns the keys whose weight is not 1. */
    public static WeightChanges of(List<Keys> keys) {
        List<WeightChanges> weighted = new ArrayList<>();
        for (Keys part : keys) {
            for (long first = 0; part.weights() != null && first < part.count(); first += COPIED_ROWS) {
                int count = (int) Math.min(COPIED_ROWS, part.count() - first);
                weighted.add(new WeightChanges(part.ids(first, count), part.weights(first, count)).others());
            }
        }
        return concatenated(weighted);
    }

    /** Returns changes that follow each other, with ascending ids, as one. */
    public static WeightChanges concatenated(List<WeightChanges> changes) {
        int count = changes.stream().mapToInt(WeightChanges::count).sum();
        WeightChanges all = new WeightChanges(new long[count], new float[count]);
        int place = 0;
        for (WeightChanges part : changes) {
            System.arraycopy(part.ids, 0, all.ids, place, part.count());
            System.arraycopy(part.weights, 0, all.weights, place, part.count());
            place += part.count();
        }
        return all;
    }

    /** Returns those whose weight is not 1. */
    WeightChanges others() {
        return where(place -> weights[place] != 1);
    }

    public WeightChanges where(IntPredicate kept) {
        return at(IntStream.range(0, ids.length).filter(kept).toArray());
    }

    private WeightChanges at(int[] places) {
        WeightChanges some = new WeightChanges(new long[places.length], new float[places.length]);
        for (int i = 0; i < places.length; i++) {
            some.ids[i] = ids[places[i]];
            some.weights[i] = weights[places[i]];
        }
        return some;
    }

    public int count() {
        return ids.length;
    }
}
