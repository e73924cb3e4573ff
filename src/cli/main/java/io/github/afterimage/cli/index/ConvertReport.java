package io.github.afterimage.cli.index;

import static io.github.afterimage.experiments.report.Text.bytes;
import static io.github.afterimage.experiments.report.Text.count;
import static io.github.afterimage.experiments.report.Text.figure;
import static io.github.afterimage.experiments.report.Text.rate;
import static io.github.afterimage.experiments.report.Text.seconds;
import static io.github.afterimage.experiments.report.Text.value;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.ElementType;
import io.github.afterimage.ReducedIndex;
import io.github.afterimage.StoredIndex;
import io.github.afterimage.experiments.command.ProcessMemory;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.IndexText;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Table;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reports an index that was written anew from the file {@code index}. */
record ConvertReport(Path index, Path out) {
    void converted(Report report, StoredIndex stored, ElementType type, double seconds) throws IOException {
        long bytes = Files.size(out);
        report.line(
                        "%s: %s, dim %s, %s from %s, %s",
                        value("out", out.toString()),
                        count("keys", stored.size(), "key"),
                        count("dim", stored.dim()),
                        value("type", type.shortName()),
                        value("from", stored.type().shortName()),
                        bytes("bytes", bytes))
                .field("index", index.toString())
                .field("classes", stored.classes());
        Table stages = new Table("lrl")
                .row("convert", seconds("seconds", seconds), rate("keysPerSecond", stored.size(), seconds, "keys"));
        ProcessMemory.Peak.now().addTo(stages);
        report.table(stages);
    }

    void reduced(Report report, StoredIndex source, ReducedIndex result, double saveSeconds) throws IOException {
        CacheIndex written = result.index();
        boolean untuned = source.attributes().containsKey("theta");
        long bytes = Files.size(out);
        report.line(
                        "%s: %s from %s, %s",
                        value("out", out.toString()),
                        IndexText.keys(written),
                        value("from", source.type().shortName()),
                        bytes("bytes", bytes))
                .field("index", this.index.toString());
        Table stages = new Table("lrl");
        if (result.sampled() > 0) {
            stages.row("learn", seconds("learnSeconds", result.learnSeconds()), IndexText.energy(written))
                    .field("sampled", result.sampled());
        } else {
            report.field("learnSeconds", result.learnSeconds());
        }
        stages.row(
                        "reduce",
                        seconds("reduceSeconds", result.reduceSeconds()),
                        Format.rate(written.size(), result.reduceSeconds(), "keys"))
                .row("save", seconds("saveSeconds", saveSeconds), Format.byteRate(bytes, saveSeconds))
                .field("seconds", result.seconds() + saveSeconds);
        ProcessMemory.Peak.now().addTo(stages);
        report.table(stages);
        report.line("")
                .line(
                        "%s; tune --save finds those of the shorter ones",
                        figure(
                                "thetaDropped",
                                untuned,
                                untuned ? "theta and lambda of the longer keys were left out" : "not tuned"));
    }
}
