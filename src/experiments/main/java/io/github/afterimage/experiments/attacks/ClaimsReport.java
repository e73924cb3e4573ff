package io.github.afterimage.experiments.attacks;

import static io.github.afterimage.experiments.report.Text.figure;
import static io.github.afterimage.experiments.report.Text.value;

import io.github.afterimage.experiments.attacks.Claim.Verdict;
import io.github.afterimage.experiments.report.Columns;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Table;

/** Reports the paper's claims and their verdicts. */
public final class ClaimsReport {
    private ClaimsReport() {}

    public static void report(Report report, PaperClaims paper) {
        Table table = new Columns<Claim>()
                .left("the paper says", claim -> value("claim", claim.statement()))
                .left("in", claim -> value("where", claim.source()))
                .left("attack", claim -> value("attack", claim.attack()))
                .right("here", claim -> figure("figures", claim.figures(), claim.found()))
                .left("", claim -> value("verdict", claim.verdict().text()))
                .table(paper.claims());
        report.section("Does it agree with the paper?", "paper", table, "");
        if (!paper.claims().isEmpty()) {
            report.line(paper.summary())
                    .note("The paper measured its ResNet32 on CIFAR-10, so its conclusions are compared. "
                            + "Intervals are exact (Clopper and Pearson), at 95 %. Nothing can be said where an interval contains "
                            + "the paper's bound, or where two figures print alike.");
        }
        report.field("verdicts.agrees", paper.count(Verdict.AGREES))
                .field("verdicts.contradicts", paper.count(Verdict.CONTRADICTS))
                .field("verdicts.cannotSay", paper.count(Verdict.CANNOT_SAY));
    }
}
