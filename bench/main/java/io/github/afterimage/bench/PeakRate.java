package io.github.afterimage.bench;

import java.util.stream.IntStream;

/** How many float32 operations a second this machine does: multiply-adds on values that stay in its first cache. */
final class PeakRate {
    private static final int VALUES = 2048;
    private static final int PASSES = 20_000;
    private static final int RUNS = 5;
    private static final int OPERATIONS = 2 * 19; // of one value in a pass of the loop below

    private final float[][] values;

    PeakRate(int threads) {
        values = new float[threads][VALUES];
        for (int i = 0; i < 4; i++) { // until the loop is compiled
            flops();
        }
    }

    /** The greatest of some runs: a peak is what nothing disturbs. */
    double flops() {
        return IntStream.range(0, RUNS).mapToDouble(run -> flopsOfRun()).max().orElseThrow();
    }

    private double flopsOfRun() {
        long start = System.nanoTime();
        IntStream.range(0, values.length).parallel().forEach(thread -> multiplyAdd(values[thread], 0.5f, 0.25f));
        double seconds = (System.nanoTime() - start) / 1e9;
        return (double) OPERATIONS * VALUES * PASSES * values.length / seconds;
    }

    /** Four chains, so that no multiply-add waits for another; the compiler makes vectors of it. */
    private static void multiplyAdd(float[] values, float x, float y) {
        for (int pass = 0; pass < PASSES; pass++) {
            for (int i = 0; i < values.length; i++) {
                float v = values[i];
                float a = Math.fma(v, x, y);
                float b = Math.fma(v, y, x);
                float c = Math.fma(v, x, x);
                float d = Math.fma(v, y, y);
                a = Math.fma(a, x, y);
                b = Math.fma(b, x, y);
                c = Math.fma(c, x, y);
                d = Math.fma(d, x, y);
                a = Math.fma(a, x, y);
                b = Math.fma(b, x, y);
                c = Math.fma(c, x, y);
                d = Math.fma(d, x, y);
                a = Math.fma(a, x, y);
                b = Math.fma(b, x, y);
                c = Math.fma(c, x, y);
                d = Math.fma(d, x, y);
                a = Math.fma(a, b, x);
                c = Math.fma(c, d, y);
                values[i] = Math.fma(a, c, x);
            }
        }
    }
}
