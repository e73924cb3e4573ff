package io.github.afterimage.reduce;

import java.util.OptionalLong;

/**
 * Gives the matrix {@code (outputDim, inputDim)} of a reducer row by row. A row has the same entries at every call.
 *
 * <p>Threads: thread-safe. Lifetime: valid until the reducer is closed.
 */
public abstract class Entries {
    private final float scale;

    Entries(double scale) {
        this.scale = (float) scale;
    }

    /** Returns the factor for a product with these entries. */
    public final float scale() {
        return scale;
    }

    /**
     * Returns the seed of a standard normal matrix, empty for other matrices. Entry {@code (row, column)} follows from block
     * {@code (row, column / 4)} of {@link Philox}, so an engine can compute the matrix itself.
     */
    public OptionalLong gaussianSeed() {
        return OptionalLong.empty();
    }

    /**
     * Fills {@code values} with the entries of row {@code row}.
     *
     * @param values {@code (inputDim)}
     */
    public abstract void fill(int row, float[] values);

    /** Returns standard normal entries. */
    static Entries gaussian(long seed, int outputDim) {
        return new Entries(1 / Math.sqrt(outputDim)) {
            @Override
            public OptionalLong gaussianSeed() {
                return OptionalLong.of(seed);
            }

            @Override
            public void fill(int row, float[] values) {
                Philox.normals(seed, Philox.MATRIX, row, values);
            }
        };
    }
}
