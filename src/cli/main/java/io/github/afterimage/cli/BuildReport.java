package io.github.afterimage.cli;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.cli.options.DataOptions;
import io.github.afterimage.cli.output.Format;
import io.github.afterimage.cli.output.ProcessMemory;
import io.github.afterimage.cli.output.ReductionReport;
import io.github.afterimage.cli.output.Report;
import io.github.afterimage.cli.output.Table;
import io.github.afterimage.model.evaluation.ComponentTrainer;
import io.github.afterimage.model.evaluation.PassTime;
import io.github.afterimage.store.IndexFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * What {@code build} says of the index that it made, and of the time it took.
 *
 * @param file of the index
 * @param layers of a key; of no matter where the data are features
 * @param memory that building took
 */
record BuildReport(Path file, DataOptions data, List<String> layers, int threads, ProcessMemory.Peak memory) {
    /**
     * @param remembered how many examples were computed for the sample already
     * @param continued how many keys an interrupted build had written
     * @param learned what a learned reduction was learned from; null where there is none
     */
    void write(
            Report report,
            CacheIndex index,
            int remembered,
            long continued,
            ComponentTrainer.TrainedComponents learned,
            PassTime time,
            double saveSeconds)
            throws IOException {
        double learning = learned == null ? 0 : learned.readSeconds() + learned.trainSeconds();
        double seconds = learning + time.networkSeconds() + time.cacheSeconds() + saveSeconds;
        long size = index.size();
        long bytes = IndexFile.bytes(file);
        String units = data.unit() + "s";
        report.field("out", file.toString())
                .field("data", data.description())
                .field("layers", data.areFeatures() ? null : layers)
                .field("keys", size)
                .field("continuedKeys", continued == 0 ? null : continued);
        ReductionReport.report(report, index);
        report.field("classes", index.classes())
                .field("type", index.type().shortName())
                .field("bytes", bytes)
                .field("seconds", seconds)
                .field("keysPerSecond", Format.perSecond(size - continued, seconds))
                .field("sampled", learned == null ? null : learned.sampleSize())
                .field("sampleSeconds", learned == null ? null : learned.readSeconds())
                .field("learnSeconds", learned == null ? null : learned.trainSeconds())
                .field("networkSeconds", time.networkSeconds())
                .field("addSeconds", time.cacheSeconds())
                .field("saveSeconds", saveSeconds)
                .field("threads", threads);
        report.line(file + ": " + ReductionReport.keys(index) + ", " + Format.count(index.classes(), "class") + ", "
                + Format.bytes(bytes));
        if (continued > 0) {
            report.line("went on behind " + Format.count(continued, "key") + " of an interrupted build");
        }
        Table stages = new Table("lrl");
        if (learned != null) {
            stages.row(
                            "sample",
                            Format.seconds(learned.readSeconds()),
                            Format.rate(learned.sampleSize(), learned.readSeconds(), units))
                    .row("learn", Format.seconds(learned.trainSeconds()), ReductionReport.energyText(index));
        }
        stages.row(
                        data.areFeatures() ? "read" : "network",
                        Format.seconds(time.networkSeconds()),
                        Format.rate(size - continued - remembered, time.networkSeconds(), units))
                .row(
                        "keys",
                        Format.seconds(time.cacheSeconds()),
                        Format.rate(size - continued, time.cacheSeconds(), "keys"))
                .row("save", Format.seconds(saveSeconds), Format.byteRate(bytes, saveSeconds))
                .row("total", Format.seconds(seconds), Format.rate(size - continued, seconds, units));
        memory.report(report, stages);
        report.table(stages);
    }
}
