package io.github.afterimage.keys;

import java.nio.FloatBuffer;
import java.util.Arrays;

/**
 * Adds up keys of one class in fixed point: an element is rounded to a multiple of 2^-42 and kept as two
 * integers, c multiples of 2^-10 and f multiples of 2^-42. Integer sums do not depend on their order, and subtracting a key undoes
 * its addition exactly.
 *
 * <p>Range: elements are at most {@value #GREATEST}, so |c| and |f| are at most 2^31. The doubles
 * here hold the sums of 2^20 keys exactly, below 2^53, and the longs that {@link MeanBlock} adds them to those of 2^31 keys,
 * at most 2^62.
 *
 * <p>Precision: an element is rounded by at most 2^-43.
 *
 * <p>Threads: for one at a time.
 */
final class KeyRun {
    /** Keys of one run. */
    static final int MAX_KEYS = 1 << 20;

    /** Stored keys have unit norm; larger or NaN elements, which only unverified files have, count as 0. */
    private static final float GREATEST = 2;

    private static final double COARSE = 0x1p10;
    private static final double FINE = 0x1p42;
    /** Adding and subtracting it rounds a number below 2^51 to an integer; such loops use vector instructions. */
    private static final double ROUND = 0x1.8p52;

    private final double[] coarse;
    private final double[] fine;
    private final float[] row;
    private final double[] elements;
    private int count;

    KeyRun(int dim) {
        coarse = new double[dim];
        fine = new double[dim];
        row = new float[dim];
        elements = new double[dim];
    }

    /**
     * Adds a key.
     *
     * @param rows has the key from {@code index} on
     * @param sign 1, or -1 to subtract it
     */
    void add(FloatBuffer rows, int index, int sign) {
        rows.get(index, row);
        for (int i = 0; i < row.length; i++) {
            float x = row[i];
            elements[i] = x >= -GREATEST && x <= GREATEST ? sign * x : 0;
        }
        for (int i = 0; i < elements.length; i++) {
            double multiple = elements[i] * COARSE + ROUND - ROUND;
            coarse[i] += multiple;
            fine[i] += (elements[i] - multiple / COARSE) * FINE + ROUND - ROUND;
        }
        count += sign;
    }

    /** Returns the sum of the multiples of 2^-10 in column {@code i}. */
    long coarse(int i) {
        return (long) coarse[i];
    }

    /** Returns the sum of the multiples of 2^-42 in column {@code i}. */
    long fine(int i) {
        return (long) fine[i];
    }

    /** Returns the number of keys that were added, less those that were subtracted. */
    int count() {
        return count;
    }

    void clear() {
        Arrays.fill(coarse, 0);
        Arrays.fill(fine, 0);
        count = 0;
    }

    /**
     * Scales a sum to unit length; zeros stay zeros, as the sum of two opposite keys is.
     *
     * @param coarse multiples of 2^-10
     * @param fine multiples of 2^-42
     * @return the length of the sum
     */
    static double unit(long[] coarse, long[] fine, float[] target) {
        double[] sum = new double[target.length];
        double squares = 0;
        for (int i = 0; i < sum.length; i++) {
            long whole = coarse[i] + (fine[i] >> 32);
            sum[i] = whole + (fine[i] & 0xffffffffL) * 0x1p-32;
            squares += sum[i] * sum[i];
        }
        double length = Math.sqrt(squares);
        double scale = length > 0 ? 1 / length : 0;
        for (int i = 0; i < target.length; i++) {
            target[i] = (float) (scale * sum[i]);
        }
        return length / COARSE;
    }
}
