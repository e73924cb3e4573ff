package io.github.afterimage.experiments;

import io.github.afterimage.Answer;
import io.github.afterimage.CacheIndex;
import io.github.afterimage.Progress;
import io.github.afterimage.Query;
import io.github.afterimage.StoredIndex;
import java.nio.FloatBuffer;
import java.util.stream.IntStream;

/**
 * The agreement of the label y of each key with all other keys: p(y) / max_c p(c), where p is the distribution of the others
 * (leave-one-out). It is 1 if they give the key its own label, and near 0 if they are sure of another one.
 *
 * <p>Immutable and thread-safe.
 */
public final class LabelAgreement {
    private final long[] ids;
    private final float[] agreements;

    private LabelAgreement(long[] ids, float[] agreements) {
        this.ids = ids;
        this.agreements = agreements;
    }

    /**
     * Asks an index about each of its keys, in one pass.
     *
     * @param index its weights count
     * @param stored the same keys
     * @throws IllegalArgumentException if there are fewer than two keys, or theta is out of range
     */
    public static LabelAgreement of(CacheIndex index, StoredIndex stored, double theta, Progress progress) {
        int size = Math.toIntExact(stored.size());
        if (size < 2) {
            throw new IllegalArgumentException("the index has " + size + " keys: expected at least two to compare");
        }
        Pass pass = new Pass(index.withoutReduction(), theta, new long[size], new float[size]);
        stored.forEachKey(progress, pass::add);
        return new LabelAgreement(pass.ids, pass.agreements);
    }

    /** Fills arrays batch by batch. */
    private static final class Pass {
        private final CacheIndex index;
        private final double theta;
        private final long[] ids;
        private final float[] agreements;
        private int done;

        Pass(CacheIndex index, double theta, long[] ids, float[] agreements) {
            this.index = index;
            this.theta = theta;
            this.ids = ids;
            this.agreements = agreements;
        }

        void add(FloatBuffer keys, long[] batch, int[] labels) {
            Answer others = index.answer(Query.of(keys).thetas(theta).excludingEach(batch));
            for (int row = 0; row < batch.length; row++) {
                ids[done] = batch[row];
                agreements[done] = others.row(row).probability(labels[row])
                        / others.row(row).probability(others.row(row).best());
                done++;
            }
        }
    }

    /** Returns the number of keys. */
    public int size() {
        return ids.length;
    }

    /** Returns the number of keys whose agreement is less than this. */
    public long below(double agreement) {
        return IntStream.range(0, agreements.length)
                .filter(i -> agreements[i] < agreement)
                .count();
    }

    /**
     * Gives each key of the index its agreement as weight, but at least {@code floor}.
     *
     * @param floor 1e-6 to 1
     * @throws IllegalArgumentException if the floor is out of range; nothing changes then
     */
    public void weigh(CacheIndex index, double floor) {
        checkFloor(floor);
        float[] weights = new float[agreements.length];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = (float) Math.max(agreements[i], floor);
        }
        index.weigh(ids, weights);
    }

    /** @throws IllegalArgumentException if a floor is out of range */
    public static void checkFloor(double floor) {
        if (!(floor >= 1e-6 && floor <= 1)) {
            throw new IllegalArgumentException("floor " + floor + ": expected 0.000001 to 1, such as 0.01");
        }
    }
}
