package io.github.afterimage.cli;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.cli.output.Format;
import io.github.afterimage.cli.output.Report;
import io.github.afterimage.cli.output.Table;
import io.github.afterimage.experiments.ScreenStatistics;

/** Reports what the int8 screen of an index saved. */
final class ScreenReport {
    private ScreenReport() {}

    static void report(Report report, CacheIndex index, double tolerance, ScreenStatistics result) {
        report.field("screenTolerance", tolerance)
                .field("screenBytes", index.screenBytes())
                .field("screenCertified", result.certified())
                .field("screenUnrefined", result.unrefined())
                .field("screenRefinedMedian", result.refinedMedian())
                .field("screenRefinedPercentile99", result.refinedPercentile99())
                .field("screenDiffering", result.differing())
                .field("screenSeconds", result.screenSeconds())
                .field("screenPlainSeconds", result.plainSeconds());
        report.line("");
        report.table(new Table("lr")
                .row("screen", Format.bytes(index.screenBytes()))
                .row("asked for", tolerance < 1 ? "class, p within " + Format.number(tolerance) : "class")
                .row("certified by it", Format.percent(result.certified() / (double) result.queries()))
                .row("without a key", Format.percent(result.unrefined() / (double) result.queries()))
                .row("keys refined, median", Format.count(result.refinedMedian()))
                .row("keys refined, 99 %", Format.count(result.refinedPercentile99()))
                .row("classes unlike the plain pass", Format.count(result.differing()))
                .row("time", Format.seconds(result.screenSeconds()))
                .row("time of the plain pass", Format.seconds(result.plainSeconds())));
    }
}
