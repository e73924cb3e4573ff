package io.github.afterimage.cli.answers;

import io.github.afterimage.experiments.command.OutputFile;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.evaluation.Prediction;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;

/**
 * Predictions as CSV: classes by their number, the probabilities of the true class, and the name of the
 * example. Cells are empty where there is no network, or no name.
 */
final class PredictionFile implements AutoCloseable {
    private static final String HEADER = "index,label,network,cache,mixed,p_cache_label,p_mixed_label,name\n";

    private final OutputFile file;
    private final Examples examples;

    /** @param examples that are predicted */
    PredictionFile(Path path, Examples examples) throws IOException {
        this.examples = examples;
        file = OutputFile.create(path);
        file.writer().write(HEADER);
    }

    void add(Prediction prediction) throws IOException {
        file.writer()
                .write(String.format(
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
                                        Locale.ROOT,
                                        "%.6g",
                                        prediction.trueClass().mixed())
                                : "",
                        PredictionCsv.quoted(examples.name(prediction.example()))));
    }

    void complete() throws IOException {
        file.complete();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
