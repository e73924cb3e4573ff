package io.github.afterimage;

import io.github.afterimage.engine.NearestKeys;
import java.io.Serializable;
import java.util.Objects;

/**
 * The keys with the greatest scores for each query of a batch, best first; of equal scores, the one added first.
 *
 * <p>Immutable and thread-safe; nothing to close.
 */
public final class Neighbors implements Serializable {
    private static final long serialVersionUID = 2;

    private final int k;
    private final float[] scores;
    private final long[] ids;
    private final int[] labels;
    private final String[] names;
    private final long keys;
    private final long version;

    Neighbors(NearestKeys found, long keys, long version) {
        k = found.k();
        scores = found.scores();
        ids = found.ids();
        labels = found.labels();
        names = found.names();
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

    /** The inner product of a query with its neighbour in {@code place}, in -1..1 up to the rounding of both. */
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

    /** The name that neighbour was added with; empty where it has none. */
    public String name(int query, int place) {
        return names[index(query, place)];
    }

    /**
     * The best of these and of the neighbours among other keys, as many as {@code places}, or as there are.
     *
     * @param other for the same queries
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
                best.names()[to] = source.names[from];
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
