package io.github.afterimage;

import io.github.afterimage.engine.NearestKeys;
import java.io.Serializable;
import java.util.Objects;

/**
 * The keys with the greatest scores for each query of a batch, best first; of equal scores, the key added first.
 *
 * <pre>{@code
 * try (CacheIndex index = CacheIndex.open(Path.of("cache.safetensors"))) {
 *     Neighbors nearest = index.nearest(new float[index.dim()], 10);
 *     for (int place = 0; place < nearest.k(); place++) {
 *         System.out.println(nearest.name(0, place) + " " + nearest.score(0, place));
 *     }
 * }
 * }</pre>
 *
 * <p>Immutable and thread-safe; nothing to close.
 */
public final class Neighbors implements Serializable {
    private static final long serialVersionUID = 4;

    private final int k;
    private final float[] scores;
    private final long[] ids;
    private final int[] labels;
    private final float[] weights;
    private final String[] names;
    private final boolean[] thumbnails;
    private final long keys;
    private final long version;

    Neighbors(NearestKeys found, long keys, long version) {
        k = found.k();
        scores = found.scores();
        ids = found.ids();
        labels = found.labels();
        weights = found.weights();
        names = found.names();
        thumbnails = found.thumbnails();
        this.keys = keys;
        this.version = version;
    }

    /** Number of keys that answer: those of the index at the moment of the query, or those of them that it is restricted to. */
    public long keys() {
        return keys;
    }

    /** Number of changes of the index since it was opened; answers of one version are from the same keys. */
    public long version() {
        return version;
    }

    /** Number of queries. */
    public int batch() {
        return scores.length / k;
    }

    /** Number of neighbours of each query: the number requested, or all keys if there are fewer. */
    public int k() {
        return k;
    }

    /** Returns the inner product of a query with its neighbour in {@code place}, in -1..1 up to rounding. */
    public float score(int query, int place) {
        return scores[index(query, place)];
    }

    /** Returns the id of that neighbour, as {@link CacheIndex#add} returned it. */
    public long id(int query, int place) {
        return ids[index(query, place)];
    }

    /** Returns the label of that neighbour. */
    public int label(int query, int place) {
        return labels[index(query, place)];
    }

    /** Returns the weight of that neighbour; see {@link CacheIndex#weigh}. */
    public float weight(int query, int place) {
        return weights[index(query, place)];
    }

    /** Returns the name of that neighbour; empty if it has none. */
    public String name(int query, int place) {
        return names[index(query, place)];
    }

    /** Returns whether that neighbour has a thumbnail, which {@link CacheIndex#thumbnail} returns. */
    public boolean hasThumbnail(int query, int place) {
        return thumbnails[index(query, place)];
    }

    /** Returns room for the neighbours of {@code rows} queries among the same keys. */
    Neighbors room(int rows) {
        return new Neighbors(new NearestKeys(rows, k), keys, version);
    }

    /** Copies the neighbours of {@code count} queries into room that no caller has yet. */
    void copy(int from, int count, Neighbors target, int to) {
        System.arraycopy(scores, from * k, target.scores, to * k, count * k);
        System.arraycopy(ids, from * k, target.ids, to * k, count * k);
        System.arraycopy(labels, from * k, target.labels, to * k, count * k);
        System.arraycopy(weights, from * k, target.weights, to * k, count * k);
        System.arraycopy(names, from * k, target.names, to * k, count * k);
        System.arraycopy(thumbnails, from * k, target.thumbnails, to * k, count * k);
    }

    /**
     * Merges the neighbours of two disjoint sets of keys.
     *
     * @param other neighbours of the same queries
     * @param places maximum number of neighbours of each query
     */
    public Neighbors merge(Neighbors other, int places) {
        int all = Math.min(places, k + other.k);
        int batch = batch();
        NearestKeys best = new NearestKeys(batch, all);
        for (int query = 0; query < batch; query++) {
            int mine = 0;
            int theirs = 0;
            for (int place = 0; place < all; place++) {
                boolean takeMine = theirs == other.k || mine < k && !other.isBefore(query, theirs, this, mine);
                Neighbors source = takeMine ? this : other;
                int from = source.index(query, takeMine ? mine++ : theirs++);
                int to = query * all + place;
                best.scores()[to] = source.scores[from];
                best.ids()[to] = source.ids[from];
                best.labels()[to] = source.labels[from];
                best.weights()[to] = source.weights[from];
                best.names()[to] = source.names[from];
                best.thumbnails()[to] = source.thumbnails[from];
            }
        }
        return new Neighbors(best, keys + other.keys, version);
    }

    private boolean isBefore(int query, int place, Neighbors other, int otherPlace) {
        int byScore = Float.compare(score(query, place), other.score(query, otherPlace));
        return byScore > 0 || byScore == 0 && id(query, place) < other.id(query, otherPlace);
    }

    private int index(int query, int place) {
        return Objects.checkIndex(query, batch()) * k + Objects.checkIndex(place, k);
    }

    @Override
    public String toString() {
        return "Neighbors[" + k + " of each of " + batch() + " queries, " + keys + " keys, version " + version + "]";
    }
}
