package io.github.afterimage.engine;

import io.github.afterimage.Mixture;
import java.util.Arrays;

/**
 * Bounds of the sum of {@code exp(theta (s - reference))} of each class.
 *
 * <p>Sums that differ by less than one part in 10^9 count as equal: double precision promises no more.
 */
final class ClassIntervals {
    private static final double EQUAL = 1e-9;
    /** Maximum error of rounding a probability to float32, and of sums in double. */
    private static final double ROUNDING = 1e-7;

    final double[] low;
    final double[] high;

    ClassIntervals(int classes) {
        low = new double[classes];
        high = new double[classes];
    }

    /** Copies the intervals of {@code other}, which has as many classes. */
    void set(ClassIntervals other) {
        System.arraycopy(other.low, 0, low, 0, low.length);
        System.arraycopy(other.high, 0, high, 0, high.length);
    }

    /** Returns whether no sum overflowed. */
    boolean finite() {
        return Arrays.stream(high).allMatch(Double::isFinite);
    }

    void add(int label, double least, double greatest) {
        low[label] += least;
        high[label] += greatest;
    }

    /** Returns the class with the greatest sum, the first of equals, or -1 if the intervals leave it open. */
    int best() {
        int best = leader();
        for (int c = 0; c < low.length; c++) {
            if (c != best && contends(c, best)) {
                return settled(best) ? firstOfEquals(best) : -1;
            }
        }
        return best;
    }

    /** Returns true if class {@code c} may have the greatest sum, given the {@link #leader}. */
    boolean contends(int c, int leader) {
        return !(high[c] < low[leader] * (1 - EQUAL));
    }

    /** Returns the class whose sum has the greatest lower bound, the first of equals. */
    int leader() {
        return Mixture.best(low);
    }

    /** Returns true if the sums of all contenders are known to double precision. */
    private boolean settled(int leader) {
        for (int c = 0; c < low.length; c++) {
            if (contends(c, leader) && !(high[c] - low[c] <= EQUAL * low[c])) {
                return false;
            }
        }
        return true;
    }

    private int firstOfEquals(int best) {
        for (int c = 0; c < best; c++) {
            if (low[c] >= low[best] * (1 - EQUAL)) {
                return c;
            }
        }
        return best;
    }

    /** Writes probabilities at the middle of the intervals to {@code target}; returns their maximum error. */
    double probabilities(float[] target, int offset) {
        double total = 0;
        double lowTotal = 0;
        double highTotal = 0;
        for (int c = 0; c < low.length; c++) {
            total += (low[c] + high[c]) / 2;
            lowTotal += low[c];
            highTotal += high[c];
        }
        double largest = 0;
        for (int c = 0; c < low.length; c++) {
            double p = (low[c] + high[c]) / 2 / total;
            double least = low[c] == 0 ? 0 : low[c] / (low[c] + Math.max(0, highTotal - high[c]));
            double greatest = high[c] == 0 ? 0 : high[c] / (high[c] + Math.max(0, lowTotal - low[c]));
            target[offset + c] = (float) p;
            largest = Math.max(largest, Math.max(greatest - p, p - least));
        }
        return largest + ROUNDING;
    }
}
