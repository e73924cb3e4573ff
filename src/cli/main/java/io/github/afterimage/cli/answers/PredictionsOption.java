package io.github.afterimage.cli.answers;

import io.github.afterimage.cli.output.Csv;
import io.github.afterimage.experiments.command.OutputFile;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.evaluation.Prediction;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** A file of the predictions of every example. */
final class PredictionsOption {
    private static final String HEADER = "index,label,network,cache,mixed,p_cache_label,p_mixed_label,name\n";

    @Option(
            names = "--predictions",
            paramLabel = "FILE.csv",
            description =
                    "Also write the predictions of every example as CSV: classes by number, probabilities, and the name of"
                            + " the example, such as cat/0001.png.")
    private @Nullable Path file;

    boolean given() {
        return file != null;
    }

    @Nullable
    Path file() {
        return file;
    }

    /** Creates the file, which must be wanted. */
    OutputFile create() throws IOException {
        OutputFile created = OutputFile.create(Objects.requireNonNull(file));
        created.writer().write(HEADER);
        return created;
    }

    /** Cells are empty where there is no network, or no name. */
    static void write(Writer target, Prediction prediction, Examples examples) throws IOException {
        target.write(String.format(
                Locale.ROOT,
                "%d,%d,%s,%d,%s,%.6g,%s,%s\n",
                prediction.example(),
                prediction.label(),
                prediction.hasNetwork() ? prediction.network() : "",
                prediction.cacheOnly(),
                prediction.hasNetwork() ? prediction.mixed() : "",
                prediction.trueClass().cacheOnly(),
                prediction.hasNetwork()
                        ? String.format(
                                Locale.ROOT, "%.6g", prediction.trueClass().mixed())
                        : "",
                Csv.quoted(examples.name(prediction.example()))));
    }

    void report(Report report) {
        if (file != null) {
            report.line("").line("predictions in %s", Text.value("predictions", file.toString()));
        }
    }
}
