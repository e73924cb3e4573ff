package io.github.afterimage.cli;

import io.github.afterimage.cli.Claim.Verdict;
import io.github.afterimage.experiments.report.Page;
import io.github.afterimage.experiments.robustness.Robustness;
import io.github.afterimage.experiments.robustness.Robustness.Victim;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * What the paper says of attacks on CIFAR-10, beside what was found. The paper's figures are of its ResNet32; what is
 * compared is what it concludes from them.
 */
final class PaperClaims {
    private static final Set<String> ATTACKS = Set.of("FGSM", "I-FGSM", "single pixel", "Gaussian blur");
    private static final double FOOLED = 0.1;
    private static final double TRANSFERRED = 0.5;
    private static final List<String> HEADER = List.of("the paper says", "in", "attack", "here", "");

    private PaperClaims() {}

    /** Each claim that can be held against these results. */
    static List<Claim> of(List<Robustness.Row> rows) {
        List<Claim> claims = new ArrayList<>();
        for (Robustness.Row row : rows) {
            if (row.victim() == Victim.NETWORK && ATTACKS.contains(row.attack()) && row.successes() > 0) {
                transferred(row, claims);
            }
        }
        for (Robustness.Row network : rows) {
            for (Robustness.Row other : rows) {
                if (network.victim() == Victim.NETWORK
                        && other.victim() != Victim.NETWORK
                        && ATTACKS.contains(network.attack())
                        && network.attack().equals(other.attack())) {
                    claims.add(Claim.greater(
                            other.meanSize(),
                            network.meanSize(),
                            "the " + (other.victim() == Victim.MIXED ? "mixture" : "cache alone")
                                    + " takes a larger change than the network",
                            "Table 3",
                            network.attack()));
                }
            }
        }
        return claims;
    }

    private static void transferred(Robustness.Row row, List<Claim> claims) {
        claims.add(Claim.shareBelow(
                FOOLED,
                right(row, Victim.NETWORK),
                row.successes(),
                "the network is right about less than 10 %",
                "Table 2",
                row.attack()));
        claims.add(Claim.shareAbove(
                TRANSFERRED,
                right(row, Victim.MIXED),
                row.successes(),
                "the mixture is right about more than 50 %",
                "Table 2",
                row.attack()));
        claims.add(Claim.shareAbove(
                TRANSFERRED,
                right(row, Victim.CACHE),
                row.successes(),
                "the cache alone is right about more than 50 %",
                "Table 2",
                row.attack()));
    }

    private static long right(Robustness.Row row, Victim victim) {
        return Math.round(row.accuracy().get(victim) * row.successes());
    }

    /** How many of the claims hold here, in a sentence. */
    static String summary(List<Claim> claims) {
        long contradicted = count(claims, Verdict.CONTRADICTS);
        long unsaid = count(claims, Verdict.CANNOT_SAY);
        long agreed = count(claims, Verdict.AGREES);
        return (agreed == claims.size() ? "All " : agreed + " of ")
                + Format.count(claims.size(), "claim")
                + (agreed == 1 ? " holds here" : " hold here")
                + (contradicted == 0 ? "" : ", " + contradicted + (contradicted == 1 ? " does not" : " do not"))
                + (unsaid == 0 ? "" : ", " + unsaid + " cannot be said with so few images")
                + ".";
    }

    /** Adds them to what is said, if there are any; as {@code paper}, the cells of each, and {@code verdicts}, counted. */
    static void report(Report report, List<Claim> claims) {
        if (!claims.isEmpty()) {
            Table table = new Table("lllrl").row(HEADER.toArray());
            claims.forEach(claim -> table.row(claim.cells().toArray()));
            report.table(table).line(summary(claims));
        }
        report.field("paper", claims.stream().map(Claim::object).toList())
                .field(
                        "verdicts",
                        Report.object(
                                "agrees", count(claims, Verdict.AGREES),
                                "contradicts", count(claims, Verdict.CONTRADICTS),
                                "cannotSay", count(claims, Verdict.CANNOT_SAY)));
    }

    /** Adds a part to a page, if there are any. */
    static void show(Page page, List<Claim> claims) {
        if (claims.isEmpty()) {
            return;
        }
        page.heading("Does it agree with the paper?");
        page.paragraph(summary(claims));
        page.table(HEADER, claims.stream().map(Claim::cells).toList());
        page.note(
                "The paper's figures are of its ResNet32 on CIFAR-10; what it concludes is compared. Intervals are exact "
                        + "(Clopper and Pearson), at 95 %. Nothing can be said where an interval reaches to both sides of the "
                        + "paper's bound, or where two figures read the same.");
    }

    private static long count(List<Claim> claims, Verdict verdict) {
        return claims.stream().filter(claim -> claim.verdict() == verdict).count();
    }
}
