package io.github.afterimage.reduce;

/** The entries of a dense random matrix: a row at a time, each entry a function of the seed and of its place alone. */
abstract class Entries {
    private final float scale;

    private Entries(double scale) {
        this.scale = (float) scale;
    }

    /** What a product with these entries is to be multiplied by. */
    final float scale() {
        return scale;
    }

    /** Fills {@code values} with the entries of row {@code row}. Thread-safe. */
    abstract void fill(int row, float[] values);

    /** Standard normal. */
    static Entries gaussian(long seed, int outputDim) {
        return new Entries(1 / Math.sqrt(outputDim)) {
            @Override
            void fill(int row, float[] values) {
                Philox.normals(seed, Philox.MATRIX, row, values);
            }
        };
    }

    /** 1 and -1 with probability 1/6 each, otherwise 0. */
    static Entries achlioptas(long seed, int outputDim) {
        return new Entries(Math.sqrt(3.0 / outputDim)) {
            @Override
            void fill(int row, float[] values) {
                Signs signs = new Signs(seed, 3);
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
