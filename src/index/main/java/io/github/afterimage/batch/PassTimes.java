package io.github.afterimage.batch;

/**
 * Estimates the time of a pass from the times of earlier ones: a moving average for each power of two of rows, and straight lines
 * between them. Passes are taken to be no faster with more rows, and no slower than two passes of half the rows.
 */
final class PassTimes {
    /** Weight of the last pass in its average: a quarter follows a change of load within ten passes. */
    private static final double WEIGHT = 0.25;

    private final double[] rows = new double[Integer.SIZE];
    private final double[] nanos = new double[Integer.SIZE];

    /** Learns from a pass. */
    void add(int count, long time) {
        int place = count == 1 ? 0 : Integer.SIZE - Integer.numberOfLeadingZeros(count - 1);
        double weight = rows[place] == 0 ? 1 : WEIGHT;
        rows[place] += weight * (count - rows[place]);
        nanos[place] += weight * (time - nanos[place]);
    }

    /** Returns the estimated nanoseconds of a pass of so many rows; 0 if there was no pass yet. */
    double nanos(int count) {
        int below = -1;
        for (int place = 0; place < rows.length; place++) {
            if (rows[place] >= count) {
                return below < 0 ? nanos[place] : between(rows, below, place, count, nanos);
            }
            below = rows[place] > 0 ? place : below;
        }
        return below < 0 ? 0 : nanos[below] * count / rows[below];
    }

    /**
     * Returns the most rows that a pass of {@code limit} nanoseconds answers; at most twice as many as any pass has had, because
     * more is not known; 0 if there was no pass yet.
     */
    int rows(double limit) {
        int below = -1;
        for (int place = 0; place < rows.length; place++) {
            if (rows[place] > 0 && nanos[place] > limit) {
                return (int)
                        (below < 0 ? rows[place] * limit / nanos[place] : between(nanos, below, place, limit, rows));
            }
            below = rows[place] > 0 ? place : below;
        }
        return below < 0 ? 0 : (int) (2 * rows[below]);
    }

    private static double between(double[] from, int below, int above, double value, double[] to) {
        double part = (value - from[below]) / (from[above] - from[below]);
        return to[below] + part * (to[above] - to[below]);
    }
}
