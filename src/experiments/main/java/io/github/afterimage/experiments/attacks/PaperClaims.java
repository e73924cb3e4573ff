package io.github.afterimage.experiments.attacks;

import io.github.afterimage.experiments.attacks.PaperClaims.Claim.Verdict;
import io.github.afterimage.experiments.jacobian.Jacobians;
import io.github.afterimage.experiments.report.Columns;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Table;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.experiments.statistics.Gain;
import io.github.afterimage.experiments.statistics.Interval;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * The paper's claims about robustness on CIFAR-10, each with a verdict. The paper measured its ResNet32, so its conclusions
 * are compared and not its figures.
 */
public record PaperClaims(List<Claim> claims) {
    private static final Set<String> ATTACKS =
            Set.of(FastGradientSign.NAME, IterativeGradientSign.NAME, SinglePixel.NAME, GaussianBlur.NAME);
    private static final double FOOLED = 0.1;
    private static final double TRANSFERRED = 0.5;

    /** Judges the claims of Tables 2 and 3 that these results allow. */
    public static PaperClaims ofAttacks(List<AttackResult> results) {
        List<Claim> claims = new ArrayList<>();
        for (AttackResult result : results) {
            if (result.victim() == Victim.NETWORK
                    && ATTACKS.contains(result.attack())
                    && result.changed().count() > 0) {
                claims.addAll(transferClaims(result));
            }
        }
        for (AttackResult network : results) {
            for (AttackResult other : results) {
                if (network.victim() == Victim.NETWORK
                        && other.victim() != Victim.NETWORK
                        && ATTACKS.contains(network.attack())
                        && network.attack().equals(other.attack())) {
                    claims.add(Claim.greater(
                            other.sizes().mean(),
                            network.sizes().mean(),
                            "the " + other.victim().description() + " takes a larger change than the network",
                            "Table 3",
                            network.attack()));
                }
            }
        }
        return new PaperClaims(claims);
    }

    /** Judges the claims of Figure 4, which shows smaller Jacobians with a cache. */
    public static PaperClaims ofJacobians(Map<Victim, Jacobians> jacobians) {
        Jacobians network = Objects.requireNonNull(jacobians.get(Victim.NETWORK));
        List<Claim> claims = new ArrayList<>();
        for (Victim victim : List.of(Victim.MIXED, Victim.CACHE)) {
            Jacobians model = Objects.requireNonNull(jacobians.get(victim));
            String name = victim.description();
            claims.add(figure4(model.meanNorm(), network.meanNorm(), "the mean norm is less for the " + name));
            claims.add(figure4(model.medianNorm(), network.medianNorm(), "the median norm is less for the " + name));
            claims.add(Claim.shareAbove(
                    0.5,
                    model.countBelow(network),
                    model.count(),
                    "the norm is less at most images for the " + name,
                    "Figure 4",
                    ""));
        }
        return new PaperClaims(claims);
    }

    private static Claim figure4(double figure, double ofNetwork, String statement) {
        return Claim.less(figure, ofNetwork, statement, "Figure 4", "");
    }

    private static List<Claim> transferClaims(AttackResult result) {
        int count = result.changed().count();
        return List.of(
                Claim.shareBelow(
                        FOOLED,
                        correct(result, Victim.NETWORK),
                        count,
                        "the network is right about less than 10 %",
                        "Table 2",
                        result.attack()),
                transferred(result, Victim.MIXED),
                transferred(result, Victim.CACHE));
    }

    private static Claim transferred(AttackResult result, Victim model) {
        return Claim.shareAbove(
                TRANSFERRED,
                correct(result, model),
                result.changed().count(),
                "the " + model.description() + " is right about more than 50 %",
                "Table 2",
                result.attack());
    }

    private static long correct(AttackResult result, Victim model) {
        return Math.round(result.changed().accuracy(model) * result.changed().count());
    }

    /** Returns the number of claims with each verdict, in a sentence. */
    public String summary() {
        long contradicted = count(Verdict.CONTRADICTS);
        long unsaid = count(Verdict.CANNOT_SAY);
        long agreed = count(Verdict.AGREES);
        return (agreed == claims.size() ? "All " : agreed + " of ")
                + claims.size() + (claims.size() == 1 ? " claim" : " claims")
                + (agreed == 1 ? " holds here" : " hold here")
                + (contradicted == 0 ? "" : ", " + contradicted + (contradicted == 1 ? " does not" : " do not"))
                + (unsaid == 0 ? "" : ", " + unsaid + " cannot be said with so few images")
                + ".";
    }

    /** Returns the number of claims with a verdict. */
    public long count(Verdict verdict) {
        return claims.stream().filter(claim -> claim.verdict() == verdict).count();
    }

    /** Reports the claims and their verdicts. */
    public void report(Report report) {
        Table table = new Columns<Claim>()
                .text("the paper says", "claim", claim -> claim.statement())
                .text("in", "where", claim -> claim.source())
                .text("attack", "attack", claim -> claim.attack())
                .right("here", claim -> Text.figure("figures", claim.figures(), claim.found()))
                .text("", "verdict", claim -> claim.verdict().text())
                .table(claims);
        report.section("Does it agree with the paper?", "paper", table, "");
        if (!claims.isEmpty()) {
            report.line(summary())
                    .note("The paper measured its ResNet32 on CIFAR-10, so its conclusions are compared. "
                            + "Intervals are exact (Clopper and Pearson), at 95 %. Nothing can be said where an interval contains "
                            + "the paper's bound, or where two figures print alike.");
        }
        report.field("verdicts.agrees", count(Verdict.AGREES))
                .field("verdicts.contradicts", count(Verdict.CONTRADICTS))
                .field("verdicts.cannotSay", count(Verdict.CANNOT_SAY));
    }

    /**
     * A claim of the paper and its verdict on the figures that were measured.
     *
     * @param statement the claim in words
     * @param source the table or figure of the paper
     * @param attack the attack that the claim is about, or empty
     * @param found the measured figures as text
     * @param figures the measured figures as numbers
     */
    record Claim(String statement, String source, String attack, String found, List<Double> figures, Verdict verdict) {
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
        static Claim shareAbove(
                double bound, long events, long trials, String statement, String source, String attack) {
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
        static Claim shareBelow(
                double bound, long events, long trials, String statement, String source, String attack) {
            return shareAbove(bound, events, trials, statement, source, attack).opposite();
        }

        /** Claims that one figure exceeds another; the verdict is CANNOT_SAY if both print alike or one is NaN. */
        static Claim greater(double figure, double other, String statement, String source, String attack) {
            String printed = printed(figure);
            String printedOther = printed(other);
            Verdict verdict = printed.equals(printedOther) ? Verdict.CANNOT_SAY : Verdict.above(figure, figure, other);
            return new Claim(
                    statement, source, attack, printed + " and " + printedOther, List.of(figure, other), verdict);
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
}
