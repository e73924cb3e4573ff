package io.github.afterimage.keys;

import java.util.Arrays;
import java.util.List;

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
        Integer[] places = new Integer[ids.length];
        Arrays.setAll(places, i -> i);
        Arrays.sort(places, (a, b) -> Long.compare(ids[a], ids[b]));
        WeightChanges sorted = new WeightChanges(new long[ids.length], new float[ids.length]);
        for (int i = 0; i < ids.length; i++) {
            sorted.ids[i] = ids[places[i]];
            sorted.weights[i] = weights[places[i]];
            if (i > 0 && sorted.ids[i] == sorted.ids[i - 1]) {
                throw new IllegalArgumentException(
                        "id " + sorted.ids[i] + " at place " + places[i] + ": expected each id once");
            }
        }
        return sorted;
    }

    /** Returns the keys whose weight is not 1. */
    public static WeightChanges of(List<Keys> keys) {
        int count = 0;
        for (Keys part : keys) {
            for (long offset = 0; part.weights() != null && offset < part.count(); offset++) {
                count += part.weight(offset) == 1 ? 0 : 1;
            }
        }
        WeightChanges weighted = new WeightChanges(new long[count], new float[count]);
        int place = 0;
        for (Keys part : keys) {
            for (long offset = 0; part.weights() != null && offset < part.count(); offset++) {
                if (part.weight(offset) != 1) {
                    weighted.ids[place] = part.id(offset);
                    weighted.weights[place++] = part.weight(offset);
                }
            }
        }
        return weighted;
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

    /** Returns the first {@code count} changes. */
    WeightChanges first(int count) {
        return count == ids.length ? this : new WeightChanges(Arrays.copyOf(ids, count), Arrays.copyOf(weights, count));
    }

    public int count() {
        return ids.length;
    }
}
