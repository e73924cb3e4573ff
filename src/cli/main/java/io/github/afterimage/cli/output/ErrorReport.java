package io.github.afterimage.cli.output;

import static io.github.afterimage.experiments.report.Text.count;
import static io.github.afterimage.experiments.report.Text.percent;

import io.github.afterimage.experiments.ErrorCounts;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Table;
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
                            percent("networkError", counts.networkError()),
                            count("networkErrors", counts.networkErrors()))
                    .row(
                            "mixture",
                            percent("mixedError", counts.mixedError()),
                            count("mixedErrors", counts.mixedErrors()),
                            count("corrected", mixed.corrected()),
                            count("broken", mixed.broken()));
        } else {
            table.row("", "error", "wrong");
        }
        List<Object> alone = new ArrayList<>(List.of(
                "memory alone",
                percent("cacheOnlyError", counts.cacheOnlyError()),
                count("cacheOnlyErrors", counts.cacheOnlyErrors())));
        if (network) {
            Gain cacheOnly = counts.cacheOnlyGain();
            alone.addAll(List.of(Format.count(cacheOnly.corrected()), Format.count(cacheOnly.broken())));
        }
        report.table(table.row(alone.toArray()));
    }
}
