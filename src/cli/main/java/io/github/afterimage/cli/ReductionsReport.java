package io.github.afterimage.cli;

import static io.github.afterimage.cli.output.Text.count;
import static io.github.afterimage.cli.output.Text.figure;
import static io.github.afterimage.cli.output.Text.number;
import static io.github.afterimage.cli.output.Text.percent;
import static io.github.afterimage.cli.output.Text.value;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Tuner;
import io.github.afterimage.cli.output.Format;
import io.github.afterimage.cli.output.Report;
import io.github.afterimage.experiments.TunedReduction;
import io.github.afterimage.reduce.Reduction;
import java.util.List;

/**
 * Reports a comparison of reductions as a Markdown table.
 *
 * @param indexes the index as it is, then its reductions
 * @param seconds that making each took
 * @param rows the results of each
 */
record ReductionsReport(List<CacheIndex> indexes, List<Double> seconds, List<TunedReduction> rows) {
    void write(Report report) {
        report.line(
                        "| reduction | dim | mixed | theta | lambda | cache only | bytes per key | reduced in | queries/s |")
                .line("|---|--:|--:|--:|--:|--:|--:|--:|--:|");
        for (int i = 0; i < rows.size(); i++) {
            CacheIndex each = indexes.get(i);
            Tuner.Point best = rows.get(i).tuner().best();
            Tuner.Point alone = rows.get(i).tuner().bestCacheOnly();
            long keyBytes =
                    (long) each.keyDim() * each.type().bytes() + (each.type().scaled() ? Float.BYTES : 0);
            double rate = rows.get(i).queriesPerSecond();
            Report row = new Report()
                    .line(
                            "| %s | %s | %s | %s | %s | %s | %s | %s | %s |",
                            value(
                                    "reduction",
                                    each.reduction().map(Reduction::toString).orElse("none")),
                            count("keyDim", each.keyDim()),
                            percent("mixedError", best.error()),
                            number("theta", best.hyperparameters().theta()),
                            number("lambda", best.hyperparameters().lambda()),
                            percent("cacheOnlyError", alone.error()),
                            count("bytesPerKey", keyBytes),
                            figure("buildSeconds", seconds.get(i), i == 0 ? "" : Format.seconds(seconds.get(i))),
                            figure("queriesPerSecond", rate, Format.count(Math.round(rate))))
                    .field("cacheOnlyTheta", alone.hyperparameters().theta());
            report.element("reductions", row);
        }
    }
}
