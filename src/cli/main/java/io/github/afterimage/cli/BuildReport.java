package io.github.afterimage.cli;

import static io.github.afterimage.experiments.report.Text.bytes;
import static io.github.afterimage.experiments.report.Text.count;
import static io.github.afterimage.experiments.report.Text.rate;
import static io.github.afterimage.experiments.report.Text.seconds;
import static io.github.afterimage.experiments.report.Text.value;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.StoredIndex;
import io.github.afterimage.cli.options.BuildOptions;
import io.github.afterimage.experiments.command.ProcessMemory;
import io.github.afterimage.experiments.options.DataOptions;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.IndexText;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Table;
import io.github.afterimage.model.evaluation.ComponentTrainer;
import io.github.afterimage.model.evaluation.PassTime;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Reports the index that {@code build} made, and the time it took.
 *
 * @param learned the components of a learned reduction; null if nothing was learned
 * @param remembered the number of examples whose features the sample provided
 */
record BuildReport(BuildOptions options, ComponentTrainer.@Nullable TrainedComponents learned, int remembered) {
    /** @param continued the number of keys that an interrupted build had written */
    void write(
            Report report,
            CacheIndex index,
            long continued,
            PassTime time,
            double saveSeconds,
            ProcessMemory.Peak memory)
            throws IOException {
        DataOptions data = options.data();
        long size = index.size();
        long bytes = StoredIndex.bytes(options.file());
        String units = data.unit() + "s";
        report.line(
                        "%s: %s, %s, %s",
                        value("out", options.file().toString()),
                        IndexText.keys(index),
                        count("classes", index.classes(), "class"),
                        bytes("bytes", bytes))
                .field("data", data.description())
                .field("layers", data.areFeatures() ? null : options.network().layers())
                .field("threads", options.threads());
        if (continued > 0) {
            report.line("continued behind %s of an interrupted build", count("continuedKeys", continued, "key"));
        }
        Table stages = new Table("lrl");
        double all = time.networkSeconds() + time.cacheSeconds() + saveSeconds;
        if (learned != null) {
            stages.row(
                            "sample",
                            seconds("sampleSeconds", learned.readSeconds()),
                            Format.rate(learned.sampleSize(), learned.readSeconds(), units))
                    .row("learn", seconds("learnSeconds", learned.trainSeconds()), IndexText.energy(index))
                    .field("sampled", learned.sampleSize());
            all += learned.readSeconds() + learned.trainSeconds();
        }
        stages.row(
                        data.areFeatures() ? "read" : "network",
                        seconds("networkSeconds", time.networkSeconds()),
                        Format.rate(size - continued - remembered, time.networkSeconds(), units))
                .row(
                        "keys",
                        seconds("addSeconds", time.cacheSeconds()),
                        Format.rate(size - continued, time.cacheSeconds(), "keys"))
                .row("save", seconds("saveSeconds", saveSeconds), Format.byteRate(bytes, saveSeconds))
                .row("total", seconds("seconds", all), rate("keysPerSecond", size - continued, all, units));
        memory.addTo(stages);
        report.table(stages);
    }
}
