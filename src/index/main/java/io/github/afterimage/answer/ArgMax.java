package io.github.afterimage.answer;

import java.util.function.IntToDoubleFunction;

/**
 * Finds the place of the greatest value, the first of equals.
 *
 * <pre>{@code
 * System.out.println("class " + ArgMax.of(new float[] {0.2f, 0.7f, 0.1f}));
 * }</pre>
 */
public final class ArgMax {
    private ArgMax() {}

    /** Returns the place of the greatest of at least one value. */
    public static int of(float[] values) {
        return of(values.length, i -> values[i]);
    }

    /** Returns the place of the greatest of at least one value. */
    public static int of(double[] values) {
        return of(values.length, i -> values[i]);
    }

    /**
     * Returns the place of the greatest value.
     *
     * @param count number of values, at least 1
     * @param value called once for each place, in order
     */
    public static int of(int count, IntToDoubleFunction value) {
        int best = 0;
        double greatest = value.applyAsDouble(0);
        for (int i = 1; i < count; i++) {
            double next = value.applyAsDouble(i);
            if (next > greatest) {
                greatest = next;
                best = i;
            }
        }
        return best;
    }
}
