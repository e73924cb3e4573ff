package io.github.afterimage.experiments.attacks;

import io.github.afterimage.experiments.statistics.Gain;
import io.github.afterimage.experiments.statistics.Interval;
import java.util.List;
import java.util.Locale;

/**
 * A claim of the paper and its verdict on the figures that were measured.
 *
 * @param statement the claim in words
 * @param source the table or figure of the paper
 * @param attack the attack that the claim is about, or empty
 * @param found the measured figures as text
 * @param figures the measured figures as numbers
 */
public record Claim(
        String statement, String source, String attack, String found, List<Double> figures, Verdict verdict) {
    /** The relation of the measured figures to a claim. */
    public enum Verdict {
        AGREES("agrees"),
        CONTRADICTS("contradicts the paper"),
        CANNOT_SAY("cannot say");

        private final String text;

        Verdict(String text) {
            this.text = text;
        }

        /** Returns the verdict in words. */
        public String text() {
            return text;
        }

        /** Returns the verdict on the claim that a value known to lie between low and high is above a bound. */
        private static Verdict above(double low, double high, double bound) {
            return low > bound ? AGREES : high < bound ? CONTRADICTS : CANNOT_SAY;
        }

        private Verdict opposite() {
            return this == AGREES ? CONTRADICTS : this == CONTRADICTS ? AGREES : CANNOT_SAY;
        }
    }

    /**
     * Claims that the share of events is above a bound; the verdict is CANNOT_SAY if the 95 % interval contains the bound.
     *
     * @param trials positive
     */
    static Claim shareAbove(double bound, long events, long trials, String statement, String source, String attack) {
        Interval interval = Interval.clopperPearson(events, trials, Gain.CONFIDENCE);
        double share = (double) events / trials;
        String found = String.format(
                Locale.ROOT, "%.2f %% (%.1f to %.1f)", 100 * share, 100 * interval.low(), 100 * interval.high());
        return new Claim(
                statement,
                source,
                attack,
                found,
                List.of(share, interval.low(), interval.high()),
                Verdict.above(interval.low(), interval.high(), bound));
    }

    /** Claims that the share of events is below a bound, as {@link #shareAbove} does. */
    static Claim shareBelow(double bound, long events, long trials, String statement, String source, String attack) {
        return shareAbove(bound, events, trials, statement, source, attack).opposite();
    }

    /** Claims that one figure exceeds another; the verdict is CANNOT_SAY if both print alike or one is NaN. */
    static Claim greater(double figure, double other, String statement, String source, String attack) {
        String printed = printed(figure);
        String printedOther = printed(other);
        Verdict verdict = printed.equals(printedOther) ? Verdict.CANNOT_SAY : Verdict.above(figure, figure, other);
        return new Claim(statement, source, attack, printed + " and " + printedOther, List.of(figure, other), verdict);
    }

    /** Claims that one figure is less than another, as {@link #greater} does. */
    static Claim less(double figure, double other, String statement, String source, String attack) {
        return greater(figure, other, statement, source, attack).opposite();
    }

    private Claim opposite() {
        return new Claim(statement, source, attack, found, figures, verdict.opposite());
    }

    private static String printed(double figure) {
        return Double.isNaN(figure) ? "none" : String.format(Locale.ROOT, "%.4f", figure);
    }
}
