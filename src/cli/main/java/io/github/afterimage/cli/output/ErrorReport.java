package io.github.afterimage.cli.output;

import io.github.afterimage.experiments.ErrorCounts;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Table;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.experiments.statistics.Gain;
import java.util.ArrayList;
import java.util.List;

/** Reports the error rates of the network, the mixture and the cache alone. */
public final class ErrorReport {
    private ErrorReport() {}

    public static void report(Report report, ErrorCounts counts) {
        boolean network = counts.hasNetwork();
        Table table = new Table(network ? "lrrrr" : "lrr");
        if (network) {
            Gain mixed = counts.mixedGain();
            table.row("", "error", "wrong", "corrected", "broken")
                    .row(
                            "network",
                            Text.percent("networkError", counts.networkError()),
                            Text.count("networkErrors", counts.networkErrors()))
                    .row(
                            "mixture",
                            Text.percent("mixedError", counts.mixedError()),
                            Text.count("mixedErrors", counts.mixedErrors()),
                            Text.count("corrected", mixed.corrected()),
                            Text.count("broken", mixed.broken()));
        } else {
            table.row("", "error", "wrong");
        }
        List<Object> alone = new ArrayList<>(List.of(
                "memory alone",
                Text.percent("cacheOnlyError", counts.cacheOnlyError()),
                Text.count("cacheOnlyErrors", counts.cacheOnlyErrors())));
        if (network) {
            Gain cacheOnly = counts.cacheOnlyGain();
            alone.addAll(List.of(Format.count(cacheOnly.corrected()), Format.count(cacheOnly.broken())));
        }
        report.table(table.row(alone.toArray()));
    }
}
