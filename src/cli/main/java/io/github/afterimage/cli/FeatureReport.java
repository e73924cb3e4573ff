package io.github.afterimage.cli;

import static io.github.afterimage.cli.output.Text.bytes;
import static io.github.afterimage.cli.output.Text.count;
import static io.github.afterimage.cli.output.Text.figure;
import static io.github.afterimage.cli.output.Text.seconds;
import static io.github.afterimage.cli.output.Text.value;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.ElementType;
import io.github.afterimage.cli.options.DataOptions;
import io.github.afterimage.cli.output.Format;
import io.github.afterimage.cli.output.IndexText;
import io.github.afterimage.cli.output.ProcessMemory;
import io.github.afterimage.cli.output.Report;
import io.github.afterimage.cli.output.Table;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.evaluation.PassTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Reports a file of features.
 *
 * @param data of which the features are
 */
record FeatureReport(Path file, ElementType type, DataOptions data) {
    void write(Report report, CacheIndex compared, Examples examples, PassTime time) throws IOException {
        report.line(
                        "%s: features of %s, dim %s, %s%s, %s",
                        value("out", file.toString()),
                        count("examples", examples.size(), data.unit()),
                        IndexText.dim(compared),
                        value("type", type.shortName()),
                        figure(
                                "probabilities",
                                examples.hasProbabilities(),
                                examples.hasProbabilities() ? ", with probabilities" : ""),
                        bytes("bytes", Files.size(file)))
                .field("data", data.description())
                .field("seconds", time.networkSeconds() + time.cacheSeconds());
        Table stages = new Table("lrl")
                .row(
                        data.areFeatures() ? "read" : "network",
                        seconds("networkSeconds", time.networkSeconds()),
                        Format.rate(examples.size(), time.networkSeconds(), data.unit() + "s"))
                .row("reduce", seconds("reduceSeconds", time.cacheSeconds()));
        ProcessMemory.Peak.now().addTo(stages);
        report.table(stages);
    }
}
