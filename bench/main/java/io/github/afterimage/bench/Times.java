package io.github.afterimage.bench;

import java.util.Arrays;

/** Seconds of several contenders that take turns, added up over the rounds of an iteration. */
final class Times {
    private final double[] seconds;
    private int rounds;

    Times(int contenders) {
        seconds = new double[contenders];
    }

    void reset() {
        Arrays.fill(seconds, 0);
        rounds = 0;
    }

    void round() {
        rounds++;
    }

    void add(int contender, double more) {
        seconds[contender] += more;
    }

    /** Of one round; 0 before the first. */
    double mean(int contender) {
        return rounds == 0 ? 0 : seconds[contender] / rounds;
    }

    /** One's time as a multiple of another's; 0 before the first round, NaN if the one did not run. */
    double ratio(int contender, int baseline) {
        return seconds[contender] == 0 ? Double.NaN : seconds[contender] / seconds[baseline];
    }
}
