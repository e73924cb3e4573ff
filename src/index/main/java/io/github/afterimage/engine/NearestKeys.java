package io.github.afterimage.engine;

import io.github.afterimage.keys.Keys;
import io.github.afterimage.keys.Snapshot;
import java.io.Serializable;
import java.nio.LongBuffer;

/**
 * The keys with the greatest scores for each query, best first, equal scores in the order in which the keys were added.
 *
 * @param k number of keys of each query
 * @param scores {@code (batch, k)}
 * @param ids {@code (batch, k)}
 * @param labels {@code (batch, k)}
 * @param names {@code (batch, k)}; empty where a key has no name
 * @param thumbnails {@code (batch, k)}; whether a key has a thumbnail
 */
public record NearestKeys(int k, float[] scores, long[] ids, int[] labels, String[] names, boolean[] thumbnails)
        implements Serializable {
    /** Maximum neighbours of one answer: they take 1.6 GiB, 25 bytes each, without the characters of names. */
    private static final int MAX_NEIGHBORS = 1 << 26;

    /** Makes room for the keys of {@code batch} queries. */
    public NearestKeys(int batch, int k) {
        this(
                k,
                new float[batch * k],
                new long[batch * k],
                new int[batch * k],
                new String[batch * k],
                new boolean[batch * k]);
    }

    /** @throws IllegalArgumentException if an answer of {@code found} neighbours for each query is too large */
    public static void requireFew(int batch, long found) {
        if (batch * found > MAX_NEIGHBORS) {
            throw new IllegalArgumentException(batch + " queries x k " + found + ": expected at most " + MAX_NEIGHBORS
                    + " neighbours in one answer, which take 1.6 GiB of the Java heap; ask for fewer queries at once");
        }
    }

    /**
     * Copies the keys of some queries.
     *
     * @param first number of the first of these queries
     * @throws IllegalStateException if scores are not finite
     * @throws java.util.concurrent.CancellationException if the caller is interrupted
     */
    void put(Nearest nearest, int first, Snapshot snapshot) {
        nearest.scores().get(scores, first * k, nearest.batch() * k);
        LongBuffer rows = nearest.rows();
        for (int query = first; query < first + nearest.batch(); query++) {
            Workers.checkInterrupted();
            for (int place = query * k; place < (query + 1) * k; place++) {
                long row = rows.get();
                if (row < 0) { // NaN scores are never greater than another
                    throw Partial.notFinite();
                }
                Keys key = snapshot.key(row);
                ids[place] = key.id(0);
                labels[place] = key.label(0);
                names[place] = key.name(0);
                thumbnails[place] = key.hasThumbnail(0);
            }
        }
    }

    /** Number of queries. */
    public int batch() {
        return scores.length / k;
    }

    /**
     * Merges the keys of two disjoint sets.
     *
     * @param other keys for the same queries
     * @param most maximum number of keys of each query
     */
    public NearestKeys merge(NearestKeys other, int most) {
        int all = Math.min(most, k + other.k);
        NearestKeys best = new NearestKeys(batch(), all);
        for (int query = 0; query < batch(); query++) {
            int mine = query * k;
            int theirs = query * other.k;
            for (int to = query * all; to < (query + 1) * all; to++) {
                boolean takeMine = theirs == (query + 1) * other.k
                        || mine < (query + 1) * k && !other.isBefore(theirs, this, mine);
                NearestKeys source = takeMine ? this : other;
                int from = takeMine ? mine++ : theirs++;
                best.scores[to] = source.scores[from];
                best.ids[to] = source.ids[from];
                best.labels[to] = source.labels[from];
                best.names[to] = source.names[from];
                best.thumbnails[to] = source.thumbnails[from];
            }
        }
        return best;
    }

    private boolean isBefore(int place, NearestKeys other, int otherPlace) {
        int byScore = Float.compare(scores[place], other.scores[otherPlace]);
        return byScore > 0 || byScore == 0 && ids[place] < other.ids[otherPlace];
    }
}
