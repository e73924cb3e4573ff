package io.github.afterimage.cli;

import io.github.afterimage.cli.output.Format;
import io.github.afterimage.cli.output.Report;
import io.github.afterimage.cli.output.Table;
import io.github.afterimage.experiments.ErrorCounts;
import io.github.afterimage.experiments.statistics.Gain;

/** Reports the error rates of the network, the mixture and the cache alone. */
final class ErrorReport {
    private ErrorReport() {}

    static void report(Report report, ErrorCounts counts) {
        report.field("examples", counts.examples())
                .field("cacheOnlyError", counts.cacheOnlyError())
                .field("cacheOnlyErrors", counts.cacheOnlyErrors());
        if (!counts.hasNetwork()) {
            report.table(new Table("lrr")
                    .row("", "error", "wrong")
                    .row(
                            "cache only",
                            Format.percent(counts.cacheOnlyError()),
                            Format.count(counts.cacheOnlyErrors())));
            return;
        }
        Gain mixed = counts.mixedGain();
        Gain cacheOnly = counts.cacheOnlyGain();
        report.field("networkError", counts.networkError())
                .field("mixedError", counts.mixedError())
                .field("networkErrors", counts.networkErrors())
                .field("mixedErrors", counts.mixedErrors())
                .field("corrected", mixed.corrected())
                .field("broken", mixed.broken());
        report.table(new Table("lrrrr")
                .row("", "error", "wrong", "corrected", "broken")
                .row("network", Format.percent(counts.networkError()), Format.count(counts.networkErrors()))
                .row(
                        "mixed",
                        Format.percent(counts.mixedError()),
                        Format.count(counts.mixedErrors()),
                        Format.count(mixed.corrected()),
                        Format.count(mixed.broken()))
                .row(
                        "cache only",
                        Format.percent(counts.cacheOnlyError()),
                        Format.count(counts.cacheOnlyErrors()),
                        Format.count(cacheOnly.corrected()),
                        Format.count(cacheOnly.broken())));
    }
}
