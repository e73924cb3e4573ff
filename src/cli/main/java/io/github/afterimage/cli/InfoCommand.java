package io.github.afterimage.cli;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Hyperparameters;
import io.github.afterimage.OpenOptions;
import io.github.afterimage.cli.output.Format;
import io.github.afterimage.cli.output.ReductionReport;
import io.github.afterimage.cli.output.Report;
import io.github.afterimage.cli.output.Table;
import io.github.afterimage.model.CacheModel;
import io.github.afterimage.model.KeySource;
import io.github.afterimage.store.IndexFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import picocli.CommandLine.Parameters;

@picocli.CommandLine.Command(
        name = "info",
        header = "Describe an index.",
        description = {"", "Reads the header, the labels and the ids; \"check\" verifies the keys too."},
        footer = {"  afterimage info cifar10.safetensors"})
final class InfoCommand extends Command {
    private static final int NAMES_SHOWN = 6;

    @Parameters(paramLabel = "INDEX", description = "The index.")
    private Path file;

    @Override
    void execute(Report report) throws IOException {
        try (CacheIndex index =
                CacheIndex.open(file, new OpenOptions().threads(1).verify(false))) {
            Map<String, String> attributes = new TreeMap<>(index.attributes());
            report.field("index", file.toString()).field("keys", index.size());
            ReductionReport.report(report, index);
            report.field("classes", index.classes())
                    .field("type", index.type().shortName())
                    .field("bytes", IndexFile.bytes(file))
                    .field("nameBytes", IndexFile.nameBytes(file))
                    .field("files", IndexFile.files(file).size())
                    .field("classNames", index.classNames())
                    .field("attributes", attributes);
            tuned(index).ifPresent(tuned -> report.field("theta", tuned.theta()).field("lambda", tuned.lambda()));
            Table table = new Table("ll")
                    .row("index", file)
                    .row("keys", Format.count(index.size()))
                    .row("dim", Format.count(index.keyDim()) + reduction(index))
                    .row("type", index.type().shortName())
                    .row("classes", Format.count(index.classes()) + names(attributes, index.classNames()))
                    .row("size", Format.bytes(IndexFile.bytes(file)) + files());
            table.row("key names", keyNames());
            source(table, KeySource.of(index));
            table.row("tuned", tuned(index).map(InfoCommand::text).orElse("no"));
            for (String name : List.of("data", "created by")) {
                if (attributes.containsKey(name)) {
                    table.row(name, attributes.get(name));
                }
            }
            report.table(table);
        }
    }

    private String keyNames() throws IOException {
        long bytes = IndexFile.nameBytes(file);
        return bytes == 0 ? "none" : Format.bytes(bytes) + " of text";
    }

    private String files() throws IOException {
        int files = IndexFile.files(file).size();
        return files == 1 ? "" : " in " + Format.count(files, "file") + ", which are moved together";
    }

    private static String names(Map<String, String> attributes, List<String> names) {
        if (!attributes.containsKey("class_names")) {
            return "";
        }
        String first = String.join(", ", names.subList(0, Math.min(NAMES_SHOWN, names.size())));
        return ": " + first + (names.size() > NAMES_SHOWN ? ", ..." : "");
    }

    private static String reduction(CacheIndex index) {
        if (index.reduction().isEmpty()) {
            return "";
        }
        String energy = ReductionReport.energyText(index);
        return ": " + ReductionReport.what(index) + (energy.isEmpty() ? "" : ", which " + energy);
    }

    private static void source(Table table, Optional<KeySource> source) {
        if (source.isEmpty()) {
            table.row("keys from", "features");
            return;
        }
        table.row("keys from", "layers " + String.join(", ", source.get().layers()))
                .row("network", "sha256 " + source.get().sha256())
                .row(
                        "output",
                        source.get().cacheOnly()
                                ? "none: its classes are others"
                                : source.get().output())
                .row(
                        "preprocess",
                        source.get().preprocessing().isEmpty()
                                ? "none"
                                : source.get().preprocessing());
    }

    private static Optional<Hyperparameters> tuned(CacheIndex index) {
        boolean tuned = index.attributes().keySet().containsAll(List.of("theta", "lambda"));
        return tuned ? Optional.of(CacheModel.tuned(index)) : Optional.empty();
    }

    private static String text(Hyperparameters tuned) {
        return "theta " + Format.number(tuned.theta()) + ", lambda " + Format.number(tuned.lambda());
    }
}
