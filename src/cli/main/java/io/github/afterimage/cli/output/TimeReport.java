package io.github.afterimage.cli.output;

import static io.github.afterimage.experiments.report.Text.rate;
import static io.github.afterimage.experiments.report.Text.seconds;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.experiments.command.ProcessMemory;
import io.github.afterimage.experiments.options.DataOptions;
import io.github.afterimage.experiments.options.OpenedIndex;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Table;
import io.github.afterimage.model.evaluation.PassTime;

/** Reports the time of each stage of a pass over an index. */
public final class TimeReport {
    private TimeReport() {}

    /** Reports a pass on Spark, whose executors run the network while the index is opened. */
    public static void reportSpark(Report report, double openSeconds, PassTime time, long examples) {
        double all = time.networkSeconds() + time.cacheSeconds();
        report.table(new Table("lrl")
                .row("open, network", seconds("openSeconds", openSeconds), Format.rate(examples, openSeconds, "images"))
                .row("memory", seconds("seconds", all), Format.rate(examples, all, "queries"))
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
                        seconds("openSeconds", opened.seconds()),
                        Format.byteRate(keyBytes, opened.seconds()))
                .row(
                        data.areFeatures() ? "read" : "network",
                        seconds("networkSeconds", time.networkSeconds()),
                        data.areFeatures()
                                ? Format.rate(examples, time.networkSeconds(), units)
                                : rate("networkImagesPerSecond", examples, time.networkSeconds(), units))
                .row(
                        "memory",
                        seconds("cacheSeconds", time.cacheSeconds()),
                        rate("cacheQueriesPerSecond", examples, time.cacheSeconds(), "queries"))
                .row("pass", seconds("seconds", all), rate("queriesPerSecond", examples, all, units))
                .field("repeatedQueries", index.statistics().repeatedQueries());
        ProcessMemory.Peak.now().addTo(table);
        report.table(table);
    }
}
