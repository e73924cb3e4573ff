package io.github.afterimage.cli.output;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.experiments.command.ProcessMemory;
import io.github.afterimage.experiments.options.DataOptions;
import io.github.afterimage.experiments.options.OpenedIndex;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Table;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.model.evaluation.PassTime;

/** Reports the time of each stage of a pass over an index. */
public final class TimeReport {
    private TimeReport() {}

    /** Reports a pass on Spark, whose executors run the network while the index is opened. */
    public static void reportSpark(Report report, double openSeconds, PassTime time, long examples) {
        double all = time.networkSeconds() + time.cacheSeconds();
        report.table(new Table("lrl")
                .row(
                        "open, network",
                        Text.seconds("openSeconds", openSeconds),
                        Format.rate(examples, openSeconds, "images"))
                .row("memory", Text.seconds("seconds", all), Format.rate(examples, all, "queries"))
                .field("cacheSeconds", time.cacheSeconds()));
    }

    public static void report(Report report, DataOptions data, OpenedIndex opened, long examples, PassTime time) {
        double all = time.networkSeconds() + time.cacheSeconds();
        CacheIndex index = opened.index();
        long keyBytes = index.size() * index.format().keyBytes();
        String units = data.unit() + "s";
        Table table = new Table("lrl")
                .row(
                        "open index",
                        Text.seconds("openSeconds", opened.seconds()),
                        Format.byteRate(keyBytes, opened.seconds()))
                .row(
                        data.areFeatures() ? "read" : "network",
                        Text.seconds("networkSeconds", time.networkSeconds()),
                        data.areFeatures()
                                ? Format.rate(examples, time.networkSeconds(), units)
                                : Text.rate("networkImagesPerSecond", examples, time.networkSeconds(), units))
                .row(
                        "memory",
                        Text.seconds("cacheSeconds", time.cacheSeconds()),
                        Text.rate("cacheQueriesPerSecond", examples, time.cacheSeconds(), "queries"))
                .row("pass", Text.seconds("seconds", all), Text.rate("queriesPerSecond", examples, all, units))
                .field("repeatedQueries", index.statistics().repeatedQueries());
        ProcessMemory.Peak.now().addTo(table);
        report.table(table);
    }
}
