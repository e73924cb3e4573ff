package io.github.afterimage.bench;

import java.util.Arrays;

/** Accumulates the durations of several contenders that take turns, over the rounds of an iteration. */
final class ContenderTimes {
    private static final int MAX_CONTENDERS = 16; // no benchmark has more than 11

    private final double[] seconds = new double[MAX_CONTENDERS];
    private int rounds;

    /** Returns the duration of a piece of work in seconds. */
    static double seconds(Runnable work) {
        long start = System.nanoTime();
        work.run();
        return (System.nanoTime() - start) / 1e9;
    }

    void reset() {
        Arrays.fill(seconds, 0);
        rounds = 0;
    }

    /** Begins a round. */
    void round() {
        rounds++;
    }

    int rounds() {
        return rounds;
    }

    /** Adds the duration of a contender's work. */
    void time(int contender, Runnable work) {
        add(contender, seconds(work));
    }

    void add(int contender, double more) {
        seconds[contender] += more;
    }

    /** Returns a contender's duration of one round; 0 before the first. */
    double mean(int contender) {
        return rounds == 0 ? 0 : seconds[contender] / rounds;
    }

    /** Returns a contender's time as a multiple of another's; NaN if the contender did not run. */
    double ratio(int contender, int baseline) {
        return seconds[contender] == 0 ? Double.NaN : seconds[contender] / seconds[baseline];
    }
}
