package io.github.afterimage.reduce;

/**
 * The generator Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", 2011).
 *
 * <p>A block of four 32-bit words is a function of the seed and of the block's position. Every thread on every platform can
 * therefore compute any part of a matrix alone and gets the same numbers.
 */
final class Philox {
    // The purposes of blocks. Different purposes give different numbers.
    /** The purpose of the entries of a matrix. */
    static final int MATRIX = 0;

    static final int SIGNS = 1;
    static final int CHOICE = 2;
    static final int SAMPLE = 3;
    static final int RANGE = 4;

    private static final double TWO_PI = 2 * Math.PI;

    private Philox() {}

    /** Computes the block of the counter words {@code (c0, c1, c2, c3)}; c0 is the lowest. */
    static void block(long seed, int c0, int c1, int c2, int c3, int[] words) {
        int k0 = (int) seed;
        int k1 = (int) (seed >>> 32);
        for (int round = 0; round < 10; round++) {
            long p0 = (c0 & 0xFFFFFFFFL) * 0xD2511F53L;
            long p1 = (c2 & 0xFFFFFFFFL) * 0xCD9E8D57L;
            c0 = (int) (p1 >>> 32) ^ c1 ^ k0;
            c1 = (int) p1;
            c2 = (int) (p0 >>> 32) ^ c3 ^ k1;
            c3 = (int) p0;
            k0 += 0x9E3779B9;
            k1 += 0xBB67AE85;
        }
        words[0] = c0;
        words[1] = c1;
        words[2] = c2;
        words[3] = c3;
    }

    /** Computes the block for the entries {@code (row, 4 group)} to {@code (row, 4 group + 3)} of a matrix. */
    static void block(long seed, int purpose, int row, int group, int[] words) {
        block(seed, group, 0, row, purpose, words);
    }

    /**
     * Fills {@code values} with entries {@code (row, 0)}, {@code (row, 1)}, … of a matrix of independent standard
     * normal numbers. The Box-Muller transform makes them from pairs of words; StrictMath gives the same bits everywhere.
     */
    static void normals(long seed, int purpose, int row, float[] values) {
        int[] words = new int[4];
        for (int column = 0; column < values.length; column += 2) {
            if (column % 4 == 0) {
                block(seed, purpose, row, column / 4, words);
            }
            double radius = Math.sqrt(-2 * StrictMath.log(uniform(words[column % 4])));
            double angle = TWO_PI * uniform(words[column % 4 + 1]);
            values[column] = (float) (radius * StrictMath.cos(angle));
            if (column + 1 < values.length) {
                values[column + 1] = (float) (radius * StrictMath.sin(angle));
            }
        }
    }

    /** Converts a word to a number between 0 and 1, both excluded. */
    private static double uniform(int word) {
        return ((word & 0xFFFFFFFFL) + 0.5) * 0x1p-32;
    }

    /** Returns draw {@code index} of a sequence as a number in {@code 0..bound-1}: the draw as a fraction, times bound. */
    static long below(long bound, long seed, int purpose, long index) {
        return Math.multiplyHigh(bits(seed, purpose, index) >>> 1, bound << 1);
    }

    /** Returns draw {@code index} of a sequence as 64 random bits. */
    static long bits(long seed, int purpose, long index) {
        int[] words = new int[4];
        block(seed, (int) index, (int) (index >>> 32), 0, purpose, words);
        return (long) words[1] << 32 | words[0] & 0xFFFFFFFFL;
    }
}
