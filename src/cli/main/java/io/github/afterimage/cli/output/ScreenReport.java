package io.github.afterimage.cli.output;

import static io.github.afterimage.cli.output.Text.bytes;
import static io.github.afterimage.cli.output.Text.count;
import static io.github.afterimage.cli.output.Text.figure;
import static io.github.afterimage.cli.output.Text.seconds;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.experiments.ScreenStatistics;

/** Reports how much work the screen of an index saved. */
public final class ScreenReport {
    private ScreenReport() {}

    public static void report(Report report, CacheIndex index, double tolerance, ScreenStatistics result) {
        report.table(new Table("lr")
                .row("screen", bytes("screenBytes", index.codeBytes()))
                .row(
                        "asked for",
                        figure(
                                "screenTolerance",
                                tolerance,
                                tolerance < 1 ? "class, p within " + Format.number(tolerance) : "class"))
                .row("certified by it", share("screenCertified", result.certified(), result))
                .row("without a key", share("screenUnrefined", result.unrefined(), result))
                .row("keys refined, median", count("screenRefinedMedian", result.refinedMedian()))
                .row("keys refined, 99 %", count("screenRefinedPercentile99", result.refinedPercentile99()))
                .row("classes unlike the plain pass", count("screenDiffering", result.differing()))
                .row("time", seconds("screenSeconds", result.screenSeconds()))
                .row("time of the plain pass", seconds("screenPlainSeconds", result.plainSeconds())));
    }

    private static Text share(String name, long count, ScreenStatistics result) {
        return figure(name, count, Format.percent(count / (double) result.queries()));
    }
}
