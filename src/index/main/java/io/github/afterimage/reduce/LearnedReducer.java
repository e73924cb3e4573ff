package io.github.afterimage.reduce;

import io.github.afterimage.keys.Keys;
import io.github.afterimage.platform.OpenBlas;
import java.nio.FloatBuffer;
import java.util.List;

/**
 * A reducer that was learned from keys. Unlike a random projection, it must be stored: {@link #projection}, {@link #whitening}
 * and {@link #offset} return its numbers, and {@link #of} restores it.
 */
public abstract class LearnedReducer extends Reducer {
    private final double energy;

    LearnedReducer(Reduction reduction, int inputDim, double energy) {
        super(reduction, inputDim);
        this.energy = energy;
    }

    /**
     * Creates a learner, which takes the keys and computes the reducer.
     *
     * @param reduction principal components, whitened or not
     * @param inputDim values of a key
     * @param sampleRows maximum number of keys in the sample, at least the number of components; many times that number
     *     gives a better reducer. Two are enough for a whitened reduction without components
     * @throws IllegalArgumentException if the arguments do not fit each other
     * @throws io.github.afterimage.NotEnoughMemoryException if memory is refused
     */
    public static ComponentLearner learner(Reduction reduction, int inputDim, int sampleRows) {
        checkLearned(reduction, inputDim);
        int least = leastRows(reduction, inputDim);
        if (sampleRows < least) {
            throw new IllegalArgumentException("sampleRows " + sampleRows + ": reduction \"" + reduction
                    + "\" needs at least " + least + " keys to learn from");
        }
        return new ComponentLearner(reduction, inputDim, sampleRows);
    }

    /**
     * Learns a reducer from keys.
     *
     * @param parts the keys, in order
     * @param sampled numbers of the keys to learn from, ascending; removed ones are left out
     */
    public static LearnedReducer learn(Reduction reduction, int dim, List<Keys> parts, int[] sampled, int threads) {
        try (ComponentLearner learner = learner(reduction, dim, sampled.length)) {
            int next = 0;
            long before = 0;
            for (Keys keys : parts) {
                for (; next < sampled.length && sampled[next] < before + keys.count(); next++) {
                    long row = sampled[next] - before;
                    if (!keys.isRemoved(row)) {
                        learner.add(keys.floats(row, 1), keys.labels(row, 1));
                    }
                }
                before += keys.count();
            }
            return learner.learn(threads);
        }
    }

    /** Returns the number of keys that a reduction can be learned from. */
    static int leastRows(Reduction reduction, int inputDim) {
        return reduction.whitens() && reduction.dim() == inputDim ? 2 : reduction.dim();
    }

    /**
     * Restores a reducer.
     *
     * @param reduction a learned reduction
     * @param inputDim values of an original row
     * @param projection the result of {@link #projection}
     * @param whitening the result of {@link #whitening}
     * @param offset the result of {@link #offset}
     * @param energy the result of {@link #energy}
     * @throws IllegalArgumentException if a length does not fit, or a value is not finite
     * @throws io.github.afterimage.NotEnoughMemoryException if memory is refused
     */
    public static LearnedReducer of(
            Reduction reduction, int inputDim, float[] projection, float[] whitening, float[] offset, double energy) {
        checkLearned(reduction, inputDim);
        if (!reduction.whitens()) {
            return PrincipalComponents.of(reduction, inputDim, FloatBuffer.wrap(projection), energy);
        }
        checkEnergy(energy);
        PrincipalComponents components = reduction.dim() == inputDim
                ? null
                : PrincipalComponents.of(
                        WhitenedReducer.components(reduction), inputDim, FloatBuffer.wrap(projection), energy);
        return WhitenedReducer.of(reduction, inputDim, components, whitening, offset);
    }

    static void checkLearned(Reduction reduction, int inputDim) {
        if (!reduction.learned()) {
            throw new IllegalArgumentException(
                    "reduction \"" + reduction + "\" is not learned: expected pca:DIM or whiten:DIM");
        }
        reduction.resolve(inputDim, 0);
        if ((long) reduction.dim() * inputDim > Integer.MAX_VALUE / Float.BYTES) {
            throw new IllegalArgumentException("reduction \"" + reduction + "\" of rows of " + inputDim
                    + " values: its components would exceed 2 GiB");
        }
        OpenBlas.require("reduction \"" + reduction + "\"");
    }

    static void checkEnergy(double energy) {
        if (!(energy >= 0 && energy <= 1)) {
            throw new IllegalArgumentException("energy " + energy + ": expected a number in 0..1");
        }
    }

    /** Returns the mean fraction of the squared norm of a sampled key that the components keep, in 0..1; 1 without components. */
    public final double energy() {
        return energy;
    }

    /**
     * Returns a copy of the components, {@code (outputDim, inputDim)} row-major; empty if there are none.
     *
     * @throws IllegalStateException if this is closed
     */
    public abstract float[] projection();

    /**
     * Returns a copy of W, {@code (outputDim, outputDim)} row-major, a lower triangle; empty if the components are not whitened.
     *
     * @throws IllegalStateException if this is closed
     */
    public float[] whitening() {
        return new float[0];
    }

    /**
     * Returns a copy of g, {@code (outputDim)}, which is subtracted before the product with W; empty if the components are not
     * whitened.
     *
     * @throws IllegalStateException if this is closed
     */
    public float[] offset() {
        return new float[0];
    }
}
