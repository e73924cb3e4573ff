package io.github.afterimage;

import java.util.Objects;

/**
 * The keys with the greatest scores for each query of a batch, best first; of equal scores, the one added first.
 *
 * <p>Immutable and thread-safe; nothing to close.
 */
public final class Neighbors {
    private final int k;
    private final float[] scores;
    private final long[] ids;
    private final int[] labels;
    private final long keys;
    private final long version;

    Neighbors(int k, float[] scores, long[] ids, int[] labels, long keys, long version) {
        this.k = k;
        this.scores = scores;
        this.ids = ids;
        this.labels = labels;
        this.keys = keys;
        this.version = version;
    }

    /** How many keys the index held when the query was answered: all of these were seen, and no others. */
    public long keys() {
        return keys;
    }

    /** How many changes the index had seen since it was opened; answers of one version are of the same keys. */
    public long version() {
        return version;
    }

    /** How many queries these are for. */
    public int batch() {
        return scores.length / k;
    }

    /** How many neighbours each query has: what was asked for, or all keys where there are fewer. */
    public int k() {
        return k;
    }

    /** The inner product of a query with its neighbour in {@code place}, in -1..1. */
    public float score(int query, int place) {
        return scores[index(query, place)];
    }

    /** The id of that neighbour, as {@link CacheIndex#add} gave it. */
    public long id(int query, int place) {
        return ids[index(query, place)];
    }

    /** The label of that neighbour. */
    public int label(int query, int place) {
        return labels[index(query, place)];
    }

    private int index(int query, int place) {
        return Objects.checkIndex(query, batch()) * k + Objects.checkIndex(place, k);
    }
}
