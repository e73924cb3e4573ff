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
    static PaperClaims ofAttacks(List<AttackResult> results) {
        List<AttackResult> onNetwork = results.stream()
                .filter(result -> result.victim() == Victim.NETWORK && ATTACKS.contains(result.attack()))
                .toList();
        List<Claim> claims = new ArrayList<>();
        for (AttackResult network : onNetwork) {
            if (network.changed() > 0) {
                claims.add(table2(network, Victim.NETWORK, false, FOOLED, "the network is right about less than 10 %"));
                for (Victim model : Victim.MEMORIES) {
                    String statement = "the " + model.description() + " is right about more than 50 %";
                    claims.add(table2(network, model, true, TRANSFERRED, statement));
                }
            }
        }
        for (AttackResult network : onNetwork) {
            for (AttackResult other : results) {
                if (other.victim() != Victim.NETWORK && network.attack().equals(other.attack())) {
                    claims.add(Claim.ofFigures(
                            other.meanSize(),
                            true,
                            network.meanSize(),
                            "the " + other.victim().description() + " takes a larger change than the network",
                            "Table 3",
                            network.attack()));
                }
            }
        }
        return new PaperClaims(claims);
    }

    private static Claim table2(AttackResult result, Victim model, boolean above, double bound, String statement) {
        int right = result.own().right(model);
        return Claim.ofShare(right, result.changed(), above, bound, statement, "Table 2", result.attack());
    }

    /** Judges the claims of Figure 4, which shows smaller Jacobians with a cache. */
    public static PaperClaims ofJacobians(Map<Victim, Jacobians> jacobians) {
        Jacobians network = Objects.requireNonNull(jacobians.get(Victim.NETWORK));
        List<Claim> claims = new ArrayList<>();
        for (Victim victim : Victim.MEMORIES) {
            Jacobians model = Objects.requireNonNull(jacobians.get(victim));
            String name = " for the " + victim.description();
            String source = "Figure 4";
            claims.add(Claim.ofFigures(
                    model.meanNorm(), false, network.meanNorm(), "the mean norm is less" + name, source, ""));
            claims.add(Claim.ofFigures(
                    model.medianNorm(), false, network.medianNorm(), "the median norm is less" + name, source, ""));
            long below = model.countBelow(network);
            claims.add(Claim.ofShare(
                    below, model.count(), true, 0.5, "the norm is less at most images" + name, source, ""));
        }
        return new PaperClaims(claims);
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
                .text("", "verdict", claim -> claim.verdict().text)
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

            /** The verdict in words. */
            final String text;

            Verdict(String text) {
                this.text = text;
            }

            /** Returns the verdict on the claim that a value known to lie between low and high is above a bound, or below. */
            private static Verdict of(double low, double high, boolean above, double bound) {
                return low > bound
                        ? (above ? AGREES : CONTRADICTS)
                        : high < bound ? (above ? CONTRADICTS : AGREES) : CANNOT_SAY;
            }
        }

        /**
         * Claims that the share of events is above a bound, or below; the verdict is CANNOT_SAY if the 95 % interval contains
         * the bound.
         *
         * @param trials positive
         */
        static Claim ofShare(
                long events, long trials, boolean above, double bound, String statement, String source, String attack) {
            Interval interval = Interval.clopperPearson(events, trials, Gain.CONFIDENCE);
            double share = (double) events / trials;
            return new Claim(
                    statement,
                    source,
                    attack,
                    String.format(
                            Locale.ROOT,
                            "%.2f %% (%.1f to %.1f)",
                            100 * share,
                            100 * interval.low(),
                            100 * interval.high()),
                    List.of(share, interval.low(), interval.high()),
                    Verdict.of(interval.low(), interval.high(), above, bound));
        }

        /** Claims that one figure exceeds another, or is less; the verdict is CANNOT_SAY if both print alike or one is NaN. */
        static Claim ofFigures(
                double figure, boolean above, double other, String statement, String source, String attack) {
            String printed = printed(figure);
            String printedOther = printed(other);
            return new Claim(
                    statement,
                    source,
                    attack,
                    printed + " and " + printedOther,
                    List.of(figure, other),
                    printed.equals(printedOther) ? Verdict.CANNOT_SAY : Verdict.of(figure, figure, above, other));
        }

        private static String printed(double figure) {
            return Double.isNaN(figure) ? "none" : String.format(Locale.ROOT, "%.4f", figure);
        }
    }
}
