package io.github.afterimage.cli;

import io.github.afterimage.experiments.statistics.Interval;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Something that the paper says, beside what was found.
 *
 * @param what it says
 * @param where in the paper
 * @param attack of which it is said, or empty
 * @param found the figures that it was held against, as they are printed
 * @param figures the same as numbers
 */
record Claim(String what, String where, String attack, String found, List<Double> figures, Verdict verdict) {
    private static final double CONFIDENCE = 0.95;

    /** Whether what was found bears it out. */
    enum Verdict {
        AGREES("agrees"),
        CONTRADICTS("contradicts the paper"),
        CANNOT_SAY("cannot say");

        final String text;

        Verdict(String text) {
            this.text = text;
        }

        /** @param low and {@code high}: what is claimed to be above the bound is between these */
        private static Verdict above(double low, double high, double bound) {
            return low > bound ? AGREES : high < bound ? CONTRADICTS : CANNOT_SAY;
        }

        private Verdict opposite() {
            return this == AGREES ? CONTRADICTS : this == CONTRADICTS ? AGREES : CANNOT_SAY;
        }
    }

    /** That the share of events among trials, of which there is at least one, is above a bound. */
    static Claim shareAbove(double bound, long events, long trials, String what, String where, String attack) {
        Interval interval = Interval.clopperPearson(events, trials, CONFIDENCE);
        String found = String.format(
                Locale.ROOT,
                "%s (%.1f to %.1f)",
                Format.percent((double) events / trials),
                100 * interval.low(),
                100 * interval.high());
        return new Claim(
                what,
                where,
                attack,
                found,
                List.of((double) events / trials, interval.low(), interval.high()),
                Verdict.above(interval.low(), interval.high(), bound));
    }

    /** That it is below a bound. */
    static Claim shareBelow(double bound, long events, long trials, String what, String where, String attack) {
        return shareAbove(bound, events, trials, what, where, attack).opposite();
    }

    /** That one figure is greater than another; nobody can say where both read the same, or there is none. */
    static Claim greater(double figure, double than, String what, String where, String attack) {
        String printed = printed(figure);
        String other = printed(than);
        Verdict verdict = printed.equals(other) ? Verdict.CANNOT_SAY : Verdict.above(figure, figure, than);
        return new Claim(what, where, attack, printed + " and " + other, List.of(figure, than), verdict);
    }

    /** That one figure is less than another. */
    static Claim less(double figure, double than, String what, String where, String attack) {
        return greater(figure, than, what, where, attack).opposite();
    }

    private Claim opposite() {
        return new Claim(what, where, attack, found, figures, verdict.opposite());
    }

    List<String> cells() {
        return List.of(what, where, attack, found, verdict.text);
    }

    Map<String, Object> object() {
        return Report.object(
                "claim", what, "where", where, "attack", attack, "figures", figures, "verdict", verdict.text);
    }

    private static String printed(double figure) {
        return Double.isNaN(figure) ? "none" : Format.fixed(figure, 4);
    }
}
