package io.github.afterimage.cli.index;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.OpenOptions;
import io.github.afterimage.StoredContents;
import io.github.afterimage.StoredIndex;
import io.github.afterimage.StoredLog;
import io.github.afterimage.answer.DoubtThreshold;
import io.github.afterimage.answer.PredictionSets;
import io.github.afterimage.experiments.command.Command;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.IndexText;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.RuleText;
import io.github.afterimage.experiments.report.Table;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.model.KeySource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import picocli.CommandLine.Option;

@picocli.CommandLine.Command(
        name = "info",
        header = "Describe an index.",
        description = {"", "Reads all of an index but its keys; \"check\" verifies those too. Sizes are in bytes."},
        footer = {"  afterimage info --index cifar10.safetensors"})
public final class InfoCommand extends Command {
    private static final int NAMES_SHOWN = 6;

    @Option(names = "--index", required = true, paramLabel = "INDEX", description = "The index.")
    private Path file;

    @Override
    protected void execute(Report report) throws IOException {
        try (CacheIndex index =
                CacheIndex.open(file, new OpenOptions().threads(1).verify(false))) {
            Map<String, String> attributes = new TreeMap<>(index.attributes());
            StoredLog log = StoredIndex.log(file);
            StoredContents contents = StoredIndex.contents(file);
            Text energy = IndexText.energy(index);
            Table table = new Table("ll")
                    .row("index", Text.value("index", file.toString()))
                    .row("keys", Text.count("keys", index.size()))
                    .row(
                            "dim",
                            Text.of("%s%s", IndexText.dim(index), energy.text().isEmpty() ? "" : ": " + energy))
                    .row("type", Text.value("type", index.format().type().shortName()))
                    .row(
                            "classes",
                            Text.of(
                                    "%s%s",
                                    Text.count("classes", index.classes()), names(attributes, index.classNames())))
                    .row("size", Text.of("%s%s", Text.bytes("bytes", StoredIndex.bytes(file)), files()))
                    .row("key names", stored("nameBytes", contents.nameBytes(), "text"))
                    .row("thumbnails", stored("thumbnailBytes", contents.thumbnailBytes(), "pictures"))
                    .row("keeps", kept(contents.tuningRows()))
                    .row("log", log(log));
            source(table, KeySource.of(index));
            table.row("answers", RuleText.of(index.calibration()));
            table.row(
                    "refusal threshold",
                    index.calibration()
                            .doubt()
                            .map(InfoCommand::doubt)
                            .orElse(Text.of("none; tune --save stores one")));
            table.row(
                    "sets",
                    index.calibration()
                            .sets()
                            .map(sets -> sets(sets, log.changes()))
                            .orElse(Text.of("none; tune --save stores them")));
            for (String name : List.of("data", "created by")) {
                if (attributes.containsKey(name)) {
                    table.row(name, attributes.get(name));
                }
            }
            report.table(table).field("classNames", index.classNames()).field("attributes", attributes);
        }
    }

    private static Text log(StoredLog log) {
        return log.changes() == 0
                ? Text.figure("logChanges", 0, "no changes")
                : Text.of(
                        "%s in %s, %s, until the next save; their keys are not counted in names and thumbnails",
                        Text.count("logChanges", log.changes(), "change"),
                        Text.count("logFiles", log.files(), "file"),
                        Text.bytes("logBytes", log.bytes()));
    }

    private static Text kept(int rows) {
        return Text.figure(
                "tuningRows", rows, rows == 0 ? "no examples of tune" : Format.count(rows, "example") + " of tune");
    }

    private static Text stored(String name, long bytes, String kind) {
        return Text.figure(name, bytes, bytes == 0 ? "none" : Format.bytes(bytes) + " of " + kind);
    }

    private Text files() throws IOException {
        int files = StoredIndex.files(file).size();
        return Text.figure(
                "files", files, files == 1 ? "" : " in " + Format.count(files, "file") + ", which are moved together");
    }

    private static String names(Map<String, String> attributes, List<String> names) {
        if (!attributes.containsKey("class_names")) {
            return "";
        }
        return ": " + first(names);
    }

    private static void source(Table table, Optional<KeySource> source) {
        if (source.isEmpty()) {
            table.row("keys from", "features");
            return;
        }
        KeySource network = source.get();
        String preprocessing = network.preprocessing();
        table.row("keys from", "layers " + String.join(", ", network.layers()))
                .row("network", "sha256 " + network.sha256())
                .row("output", network.memoryAlone() ? "none: the network has other classes" : network.output())
                .row("preprocess", preprocessing.isEmpty() ? "none" : preprocessing);
        if (!network.classes().isEmpty()) {
            table.row("classes are", "outputs " + first(network.classes()) + " of the network");
        }
    }

    private static String first(List<?> all) {
        String shown = all.stream().limit(NAMES_SHOWN).map(String::valueOf).collect(Collectors.joining(", "));
        return shown + (all.size() > NAMES_SHOWN ? ", ..." : "");
    }

    private static Text doubt(DoubtThreshold threshold) {
        return Text.of(
                "doubt %s; it is more for %s of the images of tune",
                Text.fixed("doubtMost", threshold.most(), 2), Text.percent("doubtShare", threshold.share()));
    }

    /** @param changes since the index was saved, as tune did; those before a later save are not known */
    private static Text sets(PredictionSets sets, long changes) {
        return Text.of(
                "promised from %s, up to a coverage of %s%s",
                Text.count("setExamples", sets.examples(), "example"),
                Text.number("greatestCoverage", sets.greatestCoverage()),
                changes == 0 ? "" : "; keys have changed since: run tune --save again");
    }
}
