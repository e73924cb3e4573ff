package io.github.afterimage.cli;

import io.github.afterimage.experiment.Evaluation.Prediction;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;

/** Predictions as CSV: classes by their number, and the probabilities of the true class; empty where there is no network. */
final class PredictionFile implements AutoCloseable {
    private static final String HEADER = "index,label,network,cache,mixed,p_cache_label,p_mixed_label\n";

    private final OutputFile file;

    PredictionFile(Path path) throws IOException {
        file = OutputFile.create(path);
        file.writer().write(HEADER);
    }

    void add(Prediction prediction) throws IOException {
        file.writer()
                .write(String.format(
                        Locale.ROOT,
                        "%d,%d,%s,%d,%s,%.6g,%s\n",
                        prediction.example(),
                        prediction.label(),
                        prediction.hasNetwork() ? prediction.network() : "",
                        prediction.cacheOnly(),
                        prediction.hasNetwork() ? prediction.mixed() : "",
                        prediction.cacheProbability(),
                        prediction.hasNetwork()
                                ? String.format(Locale.ROOT, "%.6g", prediction.mixedProbability())
                                : ""));
    }

    void complete() throws IOException {
        file.complete();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
