package io.github.afterimage.reduce;

import java.util.OptionalLong;

/**
 * The entries of the matrix {@code (outputDim, inputDim)} that a reducer multiplies with, a row at a time: each is the same
 * whenever it is asked for.
 *
 * <p>Threads: thread-safe. Lifetime: its reducer's.
 */
public abstract class Entries {
    private final float scale;

    Entries(double scale) {
        this.scale = (float) scale;
    }

    /** What a product with these entries is to be multiplied by. */
    public final float scale() {
        return scale;
    }

    /**
     * The seed where entry {@code (row, column)} is standard normal, made of the block {@code (row, column / 4)} of {@link
     * Philox}: whoever knows that can make the matrix himself.
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

    /** Standard normal. */
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

    /** 1 and -1 with probability 1/6 each, otherwise 0. */
    static Entries achlioptas(long seed, int outputDim) {
        return ofSigns(seed, 3, Math.sqrt(3.0 / outputDim));
    }

    /** 1 and -1 with probability 1/2s each, otherwise 0. */
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

    /** Entries 1 and -1 with probability 1/2s each, otherwise 0, read along a row. */
    static final class Signs {
        private final long seed;
        /** A word below this is 1; from there to twice this, -1. */
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
