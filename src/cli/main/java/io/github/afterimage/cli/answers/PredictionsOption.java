package io.github.afterimage.cli.answers;

import static io.github.afterimage.experiments.report.Text.value;

import io.github.afterimage.experiments.command.OutputFile;
import io.github.afterimage.experiments.options.Input;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.model.evaluation.Examples;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** A file of the predictions of every example. */
final class PredictionsOption {
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

    /** Fails before the work if the file cannot be written or would replace an input. */
    void check(Input... inputs) throws IOException {
        if (file != null) {
            OutputFile.checkWritable(file);
            for (Input input : inputs) {
                input.checkIsNot(file);
            }
        }
    }

    /** Creates the file, which must be wanted. */
    PredictionFile create(Examples examples) throws IOException {
        return new PredictionFile(Objects.requireNonNull(file), examples);
    }

    void report(Report report) {
        if (file != null) {
            report.line("").line("predictions in %s", value("predictions", file.toString()));
        }
    }
}
