package io.github.afterimage.cli;

import io.github.afterimage.cli.output.Report;
import io.github.afterimage.cli.output.Table;
import io.github.afterimage.experiments.robustness.Claim;
import io.github.afterimage.experiments.robustness.Claim.Verdict;
import io.github.afterimage.experiments.robustness.PaperClaims;
import java.util.Map;

/** Reports the paper's claims and their verdicts. */
final class ClaimsReport {
    private ClaimsReport() {}

    static void report(Report report, PaperClaims paper) {
        if (!paper.claims().isEmpty()) {
            Table table = new Table("lllrl").row(PaperClaims.HEADER.toArray());
            paper.claims().forEach(claim -> table.row(claim.cells().toArray()));
            report.table(table).line(paper.summary());
        }
        report.field("paper", paper.claims().stream().map(ClaimsReport::object).toList())
                .field(
                        "verdicts",
                        Report.object(
                                "agrees", paper.count(Verdict.AGREES),
                                "contradicts", paper.count(Verdict.CONTRADICTS),
                                "cannotSay", paper.count(Verdict.CANNOT_SAY)));
    }

    private static Map<String, Object> object(Claim claim) {
        return Report.object(
                "claim",
                claim.statement(),
                "where",
                claim.source(),
                "attack",
                claim.attack(),
                "figures",
                claim.figures(),
                "verdict",
                claim.verdict().text());
    }
}
