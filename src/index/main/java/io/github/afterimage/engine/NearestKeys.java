package io.github.afterimage.engine;

import io.github.afterimage.keys.Keys;

/**
 * The keys with the greatest scores for each query, best first, equal scores in the order in which the keys were added.
 *
 * @param k number of keys of each query
 * @param scores {@code (batch, k)}
 * @param ids {@code (batch, k)}
 * @param labels {@code (batch, k)}
 * @param weights {@code (batch, k)}
 * @param names {@code (batch, k)}; empty where a key has no name
 * @param thumbnails {@code (batch, k)}; whether a key has a thumbnail
 */
public record NearestKeys(
        int k, float[] scores, long[] ids, int[] labels, float[] weights, String[] names, boolean[] thumbnails) {
    /** Makes room for the keys of {@code batch} queries. */
    public NearestKeys(int batch, int k) {
        this(
                k,
                new float[batch * k],
                new long[batch * k],
                new int[batch * k],
                new float[batch * k],
                new String[batch * k],
                new boolean[batch * k]);
    }

    /** Fills a place, but its score, with a key of one row. */
    void put(int place, Keys key) {
        ids[place] = key.id(0);
        labels[place] = key.label(0);
        weights[place] = key.weight(0);
        names[place] = key.name(0);
        thumbnails[place] = key.hasThumbnail(0);
    }
}
