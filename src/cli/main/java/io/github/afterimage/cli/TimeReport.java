package io.github.afterimage.cli;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.cli.options.DataOptions;
import io.github.afterimage.cli.options.IndexOptions;
import io.github.afterimage.cli.output.Format;
import io.github.afterimage.cli.output.ProcessMemory;
import io.github.afterimage.cli.output.Report;
import io.github.afterimage.cli.output.Table;
import io.github.afterimage.model.evaluation.PassTime;

/** Reports what the stages of a pass over an index took. */
final class TimeReport {
    private TimeReport() {}

    /** With Spark, where executors run the network while the index is opened. */
    static void reportSpark(Report report, double openSeconds, PassTime time, long examples) {
        double seconds = time.networkSeconds() + time.cacheSeconds();
        report.field("openSeconds", openSeconds).field("seconds", seconds).field("cacheSeconds", time.cacheSeconds());
        report.table(new Table("lrl")
                .row("open, network", Format.seconds(openSeconds), Format.rate(examples, openSeconds, "images"))
                .row("cache", Format.seconds(seconds), Format.rate(examples, seconds, "queries")));
    }

    static void report(Report report, DataOptions data, IndexOptions.Opened opened, long examples, PassTime time) {
        double seconds = time.networkSeconds() + time.cacheSeconds();
        CacheIndex index = opened.index();
        long keyBytes = index.size() * index.keyDim() * index.type().bytes();
        String units = data.unit() + "s";
        report.field("seconds", seconds)
                .field("queriesPerSecond", Format.perSecond(examples, seconds))
                .field("openSeconds", opened.seconds())
                .field("networkSeconds", time.networkSeconds())
                .field(
                        "networkImagesPerSecond",
                        data.areFeatures() ? null : Format.perSecond(examples, time.networkSeconds()))
                .field("cacheSeconds", time.cacheSeconds())
                .field("cacheQueriesPerSecond", Format.perSecond(examples, time.cacheSeconds()))
                .field("rescuedQueries", index.rescues());
        Table table = new Table("lrl")
                .row("open index", Format.seconds(opened.seconds()), Format.byteRate(keyBytes, opened.seconds()))
                .row(
                        data.areFeatures() ? "read" : "network",
                        Format.seconds(time.networkSeconds()),
                        Format.rate(examples, time.networkSeconds(), units))
                .row(
                        "cache",
                        Format.seconds(time.cacheSeconds()),
                        Format.rate(examples, time.cacheSeconds(), "queries"))
                .row("pass", Format.seconds(seconds), Format.rate(examples, seconds, units));
        ProcessMemory.Peak.now().report(report, table);
        report.table(table);
    }
}
