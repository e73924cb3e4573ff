package io.github.afterimage.cli;

import io.github.afterimage.experiment.Evaluation;
import io.github.afterimage.experiment.Examples;
import io.github.afterimage.experiment.FeatureFile;
import io.github.afterimage.experiment.FeatureType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@picocli.CommandLine.Command(
        name = "features",
        header = "Write what an index compares, for use without the network.",
        description = {
            "",
            "Writes a safetensors file: features (n, dim), reduced as the index reduces and of unit norm, the network's "
                    + "probabilities (n, classes) and labels (n). tune and evaluate take it as features:FILE."
        },
        footer = {
            "  afterimage features --index cifar10.safetensors --model resnet20.onnx --data cifar10:data#test \\",
            "      --dtype f16 --out test.safetensors"
        })
final class FeaturesCommand extends Command {
    @Mixin
    private IndexOptions index;

    @Mixin
    private DataOptions data;

    @Option(
            names = "--dtype",
            order = 30,
            paramLabel = "TYPE",
            description = "f32 (by default), f16 or bf16; probabilities are f32 with f32 and f16 with the others.")
    private String type = FeatureType.F32.shortName();

    @Option(
            names = "--out",
            order = 31,
            required = true,
            paramLabel = "FILE",
            description = "The file to write; it is replaced when the new one is complete.")
    private Path file;

    @Override
    void execute(Report report) throws IOException {
        FeatureType chosen = FeatureType.named(type);
        OutputFile.checkWritable(file);
        index.checkIsNot(file);
        data.checkIsNot(file);
        OutputFile.checkNamesSafetensors(file);
        try (IndexOptions.Opened opened = index.open();
                OpenedExamples source = data.openFor(opened.index(), index.threads())) {
            Examples examples = source.examples();
            OutputFile.checkRoom(file, FeatureFile.bytes(opened.index(), examples, chosen));
            Map<String, String> metadata = new LinkedHashMap<>();
            metadata.put("data", data.description());
            opened.index().reduction().ifPresent(reduction -> metadata.put("reduction", reduction.toString()));
            metadata.put("created by", "afterimage " + Version.text());
            Evaluation.Time time;
            try (TerminalProgress progress = common().progress("writing")) {
                time = FeatureFile.write(opened.index(), examples, chosen, metadata, file, progress);
            }
            report(report, opened, examples, chosen, time);
        }
    }

    private void report(
            Report report, IndexOptions.Opened opened, Examples examples, FeatureType chosen, Evaluation.Time time)
            throws IOException {
        long bytes = Files.size(file);
        report.field("out", file.toString())
                .field("data", data.description())
                .field("examples", examples.size())
                .field("type", chosen.shortName())
                .field("probabilities", examples.hasProbabilities())
                .field("bytes", bytes);
        index.report(report, opened.index());
        report.field("seconds", time.networkSeconds() + time.cacheSeconds())
                .field("networkSeconds", time.networkSeconds())
                .field("reduceSeconds", time.cacheSeconds());
        report.line(file + ": features of " + Format.count(examples.size(), data.unit()) + ", dim "
                + Format.count(opened.index().keyDim())
                + (opened.index().reduction().isEmpty() ? "" : " (" + Reduced.what(opened.index()) + ")") + ", "
                + chosen.shortName() + (examples.hasProbabilities() ? ", with probabilities" : "") + ", "
                + Format.bytes(bytes));
        Table stages = new Table("lrl")
                .row(
                        data.areFeatures() ? "read" : "network",
                        Format.seconds(time.networkSeconds()),
                        Format.rate(examples.size(), time.networkSeconds(), data.unit() + "s"))
                .row("reduce", Format.seconds(time.cacheSeconds()));
        ProcessMemory.Peak.now().report(report, stages);
        report.table(stages);
    }
}
