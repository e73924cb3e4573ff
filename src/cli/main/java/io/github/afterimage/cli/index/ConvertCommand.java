package io.github.afterimage.cli.index;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.ReducedIndex;
import io.github.afterimage.StoredIndex;
import io.github.afterimage.experiments.command.Command;
import io.github.afterimage.experiments.command.OutputFile;
import io.github.afterimage.experiments.command.Stages;
import io.github.afterimage.experiments.command.TerminalProgress;
import io.github.afterimage.experiments.options.ProcessorOptions;
import io.github.afterimage.experiments.options.VerifyOption;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.IndexText;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.model.evaluation.Stopwatch;
import io.github.afterimage.reduce.Reduction;
import io.github.afterimage.settings.ElementType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@picocli.CommandLine.Command(
        name = "convert",
        header = "Write an index into one file, in another element type or shorter if wanted.",
        description = {
            "",
            "bf16 and f16 halve an index and i8 quarters it, and queries read less. The rule of the answers stays as it is. "
                    + "Without either, an index of several files becomes one. Ids stay, those of removed keys are not given again. "
                    + "--reduce makes keys shorter, of any index that is not reduced yet; the rule then has to be tuned again. Keys that "
                    + "are principal components can be whitened: without the images, --reduce whiten:DIM takes the DIM that they have."
        },
        footer = {
            "  afterimage convert --index cifar10.safetensors --dtype bf16 --out cifar10-bf16.safetensors",
            "  afterimage convert --index cifar10.safetensors --reduce pca:128 --dtype i8 --out small.safetensors",
            "  afterimage convert --index small.safetensors --reduce whiten:128 --out whitened.safetensors",
            "  afterimage convert --index cifar10.safetensors --spare-classes 5 --out teachable.safetensors"
        })
public final class ConvertCommand extends Command {
    @Option(names = "--index", required = true, paramLabel = "INDEX", description = "The index.")
    private Path file;

    @Mixin
    private NewIndexOptions output;

    @Option(
            names = "--spare-classes",
            paramLabel = "N",
            description =
                    "Add N classes without a name, for classes that are taught later; their probability in the network is 0. Alone,"
                            + " without --dtype and --reduce.")
    private @Nullable Integer spareClasses;

    @Mixin
    private VerifyOption verification;

    @Mixin
    private ProcessorOptions processor;

    @Override
    protected void execute(Report report) throws IOException {
        processor.apply();
        Reduction chosen = output.reduction().orElse(null);
        OutputFile.checkWritable(output.file());
        for (Path part : StoredIndex.files(file)) {
            if (!part.equals(file)) { // the index itself may be replaced
                OutputFile.checkIsNot(output.file(), part);
            }
        }
        OutputFile.checkNamesSafetensors(output.file());
        boolean others = chosen != null || output.type().isPresent();
        if (spareClasses != null && others) {
            throw new IllegalArgumentException("--spare-classes " + spareClasses
                    + " with --dtype or --reduce: expected one of them; convert in two steps");
        }
        if (chosen == null) {
            convert(report, output.type().orElse(null));
        } else {
            reduce(report, chosen);
        }
    }

    private void convert(Report report, @Nullable ElementType type) throws IOException {
        Stopwatch watch = Stopwatch.started();
        try (StoredIndex stored = StoredIndex.open(file, verification.verify())) {
            if (spareClasses == null) {
                try (TerminalProgress progress = progress("converting")) {
                    stored.convert(output.file(), type, progress);
                }
            } else {
                stored.addSpareClasses(output.file(), spareClasses);
            }
            ElementType written = type == null ? stored.type() : type;
            converted(report, stored, written, watch.seconds());
        }
    }

    private void reduce(Report report, Reduction chosen) throws IOException {
        try (StoredIndex source = StoredIndex.open(file, verification.verify())) {
            ElementType type = output.type().orElse(source.type());
            int keyDim = chosen.checked(source.dim()).dim();
            OutputFile.checkRoom(output.file(), source.size() * keyDim * type.bytes());
            ReducedIndex result = step(
                    "reducing",
                    progress -> source.reduce(chosen, type, output.sample(), processor.threads(), progress));
            try (var index = result.index()) {
                Stopwatch watch = Stopwatch.started();
                index.save(output.file());
                double saveSeconds = watch.seconds();
                reduced(report, source, result, saveSeconds);
            }
        }
    }

    private void converted(Report report, StoredIndex stored, ElementType type, double seconds) throws IOException {
        long bytes = Files.size(output.file());
        report.line(
                        "%s: %s, dim %s, %s from %s, %s",
                        Text.value("out", output.file().toString()),
                        Text.count("keys", stored.size(), "key"),
                        Text.count("dim", stored.dim()),
                        Text.value("type", type.shortName()),
                        Text.value("from", stored.type().shortName()),
                        Text.bytes("bytes", bytes))
                .field("index", file.toString())
                .field("classes", stored.classes());
        report.table(new Stages()
                .add("convert", "seconds", seconds, stored.size(), "keys", "keysPerSecond")
                .memory()
                .table());
    }

    private void reduced(Report report, StoredIndex source, ReducedIndex result, double saveSeconds)
            throws IOException {
        CacheIndex written = result.index();
        boolean tuned = source.attributes().containsKey("theta");
        long bytes = Files.size(output.file());
        report.line(
                        "%s: %s from %s, %s",
                        Text.value("out", output.file().toString()),
                        IndexText.keys(written),
                        Text.value("from", source.type().shortName()),
                        Text.bytes("bytes", bytes))
                .field("index", file.toString());
        Stages stages = new Stages();
        if (result.sampled() > 0) {
            stages.add("learn", "learnSeconds", result.learnSeconds(), IndexText.energy(written))
                    .field("sampled", result.sampled());
        } else {
            report.field("learnSeconds", result.learnSeconds());
        }
        stages.add("reduce", "reduceSeconds", result.reduceSeconds(), written.size(), "keys")
                .add("save", "saveSeconds", saveSeconds, Format.byteRate(bytes, saveSeconds))
                .field("seconds", result.seconds() + saveSeconds);
        report.table(stages.memory().table());
        report.line("")
                .line(
                        "%s; tune --save finds those of the shorter ones",
                        Text.figure(
                                "ruleDropped",
                                tuned,
                                tuned ? "the rule of the longer keys was left out" : "not tuned"));
    }
}
