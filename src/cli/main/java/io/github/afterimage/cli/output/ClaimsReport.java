package io.github.afterimage.cli.output;

import static io.github.afterimage.cli.output.Text.figure;
import static io.github.afterimage.cli.output.Text.value;

import io.github.afterimage.experiments.robustness.Claim;
import io.github.afterimage.experiments.robustness.Claim.Verdict;
import io.github.afterimage.experiments.robustness.PaperClaims;

/** Reports the paper's claims and their verdicts. */
public final class ClaimsReport {
    private ClaimsReport() {}

    public static void report(Report report, PaperClaims paper) {
        Table table = new Table("lllrl");
        if (!paper.claims().isEmpty()) {
            table.row(PaperClaims.HEADER.toArray());
        }
        for (Claim claim : paper.claims()) {
            table.row(
                    value("claim", claim.statement()),
                    value("where", claim.source()),
                    value("attack", claim.attack()),
                    figure("figures", claim.figures(), claim.cells().get(3)),
                    value("verdict", claim.verdict().text()));
        }
        report.list("paper", table);
        if (!paper.claims().isEmpty()) {
            report.line(paper.summary());
        }
        report.field("verdicts.agrees", paper.count(Verdict.AGREES))
                .field("verdicts.contradicts", paper.count(Verdict.CONTRADICTS))
                .field("verdicts.cannotSay", paper.count(Verdict.CANNOT_SAY));
    }
}
