package io.github.afterimage.cli.network;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.OpenOptions;
import io.github.afterimage.answer.Calibration;
import io.github.afterimage.cli.options.NetworkOptions;
import io.github.afterimage.cli.output.Version;
import io.github.afterimage.experiments.NetworkCheck;
import io.github.afterimage.experiments.command.Command;
import io.github.afterimage.experiments.command.OutputFile;
import io.github.afterimage.experiments.command.Stages;
import io.github.afterimage.experiments.options.DataOptions;
import io.github.afterimage.experiments.options.DeviceOptions;
import io.github.afterimage.experiments.options.OpenedExamples;
import io.github.afterimage.experiments.options.VerifyOption;
import io.github.afterimage.experiments.options.ViewsOption;
import io.github.afterimage.experiments.report.IndexText;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.evaluation.FeatureFile;
import io.github.afterimage.model.evaluation.PassTime;
import io.github.afterimage.settings.ElementType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@picocli.CommandLine.Command(
        name = "features",
        header = "Write the features of examples, for use without the network.",
        description = {
            "",
            "Writes a safetensors file with features (n, dim), labels (n), the network's probabilities (n, classes), with an index "
                    + "also mirror_probabilities, those for the mirror images, and the names of the examples: names (bytes), all of "
                    + "them as UTF-8, and name_ends (n), the end of each. "
                    + "With an index, features are what the index compares: reduced as its keys are, and of unit norm. "
                    + "build, tune and evaluate read such a file.",
            "",
            "Without an index, --layers names the layers, which are not reduced."
        },
        footer = {
            "  afterimage features --index cifar10.safetensors --model resnet20.onnx --data 'cifar10:data#test' \\",
            "      --dtype f16 --out test.safetensors",
            "  afterimage features --model resnet20.onnx --layers activation_18 --data images:photos \\",
            "      --out photos.safetensors"
        })
public final class FeaturesCommand extends Command {
    @Option(
            names = "--index",
            paramLabel = "INDEX",
            description = "The index that names the layers and their reduction; without it, --layers is needed.")
    private @Nullable Path index;

    @Mixin
    private DataOptions data;

    @Mixin
    private NetworkOptions network;

    @Mixin
    private VerifyOption verification;

    @Mixin
    private ViewsOption views;

    @Mixin
    private DeviceOptions processor;

    @Option(
            names = "--dtype",
            paramLabel = "TYPE",
            description = "f32 (by default), f16 or bf16; probabilities are f32 with f32 and f16 with the others.")
    private String type = ElementType.FLOAT32.shortName();

    @Option(
            names = "--out",
            required = true,
            paramLabel = "FILE",
            description = "The file to write; it is replaced when the new one is complete.")
    private Path file;

    @Override
    protected void execute(Report report) throws IOException {
        ElementType chosen = FeatureFile.type(type);
        if (data.areFeatures()) {
            network.requireNone("features:");
        }
        if (index != null) {
            network.requireNone("--index");
        } else if (network.layers().isEmpty()) {
            throw new IllegalArgumentException("expected --index INDEX, or --layers LAYER,... of a network");
        }
        checkOutput(file);
        OutputFile.checkNamesSafetensors(file);
        processor.apply();
        if (index == null) {
            writeLayers(report, chosen);
            return;
        }
        OpenOptions options = new OpenOptions().threads(processor.threads()).verify(verification.verify());
        try (CacheIndex opened = CacheIndex.open(index, options);
                OpenedExamples source = data.openFor(opened, processor.threads(), views.or(Calibration.MOST_VIEWS))) {
            write(report, opened, source, chosen);
        }
    }

    /** Writes layers as features: the rows that an empty index without a reduction would compare. */
    private void writeLayers(Report report, ElementType chosen) throws IOException {
        List<Integer> outputs = network.outputs(data, processor.threads(), this, report);
        try (OpenedExamples source = network.open(data, processor.threads(), outputs);
                CacheIndex empty = new CacheIndexBuilder(
                                source.examples().dim(), source.examples().classes())
                        .threads(processor.threads())
                        .build()) {
            write(report, empty, source, chosen);
        }
    }

    private void write(Report report, CacheIndex compared, OpenedExamples source, ElementType chosen)
            throws IOException {
        NetworkCheck check = new NetworkCheck(source.examples());
        Examples examples = check.examples();
        OutputFile.checkRoom(file, FeatureFile.bytes(compared, examples, chosen));
        Map<String, String> metadata = new LinkedHashMap<>();
        metadata.put("data", data.description());
        source.source().ifPresent(made -> metadata.putAll(made.toAttributes()));
        metadata.put("created by", "afterimage " + Version.text());
        PassTime time =
                step("writing", progress -> FeatureFile.write(compared, examples, chosen, metadata, file, progress));
        report.line(
                        "%s: features of %s, dim %s, %s%s, %s",
                        Text.value("out", file.toString()),
                        Text.count("examples", examples.size(), data.unit()),
                        IndexText.dim(compared),
                        Text.value("type", chosen.shortName()),
                        Text.figure(
                                "probabilities",
                                examples.hasProbabilities(),
                                examples.hasProbabilities() ? ", with probabilities" : ""),
                        Text.bytes("bytes", Files.size(file)))
                .field("data", data.description())
                .field("seconds", time.networkSeconds() + time.memorySeconds())
                .field("index", index == null ? null : index.toString())
                .field("layers", index == null ? network.layers() : null)
                .field("threads", processor.threads());
        String reading = data.areFeatures() ? "read" : "network";
        report.table(new Stages()
                .add(reading, "networkSeconds", time.networkSeconds(), examples.size(), data.unit() + "s")
                .add("reduce", "reduceSeconds", time.memorySeconds(), "")
                .memory()
                .table());
        source.reportMemoryAlone(report);
        check.report(report);
    }
}
