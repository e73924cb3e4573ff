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

    /** Returns entries that are 1 and -1 with probability 1/6 each, otherwise 0. */
    static Entries achlioptas(long seed, int outputDim) {
        return ofSigns(seed, 3, Math.sqrt(3.0 / outputDim));
    }

    /** Returns entries that are 1 and -1 with probability 1/2s each, otherwise 0. */
    static Entries ofSigns(long seed, double s, double scale) {
        return new Entries(scale) {
            @Override
            public void fill(int row, float[] values) {
                Signs signs = new Signs(seed, s);
                for (int column = 0; column < values.length; column++) {
                    values[column] = signs.at(row, column);
                }
            }
        };
    }

    /** Computes entries that are 1 and -1 with probability 1/2s each, otherwise 0; fastest if read along a row. */
    static final class Signs {
        private final long seed;
        /** A random word below this gives 1, and a word from here to twice this gives -1. */
        private final long half;

        private final int[] words = new int[4];
        private int blockRow = -1;
        private int blockGroup = -1;

        Signs(long seed, double s) {
            this.seed = seed;
            half = Math.round(0x1p31 / s);
        }

        int at(int row, int column) {
            if (row != blockRow || column / 4 != blockGroup) {
                blockRow = row;
                blockGroup = column / 4;
                Philox.block(seed, Philox.MATRIX, row, blockGroup, words);
            }
            long word = words[column % 4] & 0xFFFFFFFFL;
            return word < half ? 1 : word < 2 * half ? -1 : 0;
        }
    }
}
