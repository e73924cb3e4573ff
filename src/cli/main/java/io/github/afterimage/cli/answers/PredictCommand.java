package io.github.afterimage.cli.answers;

import static io.github.afterimage.cli.answers.ImageParameters.STANDARD;
import static io.github.afterimage.experiments.report.Text.count;
import static io.github.afterimage.experiments.report.Text.figure;
import static io.github.afterimage.experiments.report.Text.value;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Hyperparameters;
import io.github.afterimage.cli.options.RefuseOption;
import io.github.afterimage.experiments.command.Command;
import io.github.afterimage.experiments.command.Failure;
import io.github.afterimage.experiments.command.OutputFile;
import io.github.afterimage.experiments.command.TerminalProgress;
import io.github.afterimage.experiments.options.HyperparameterOptions;
import io.github.afterimage.experiments.options.IndexOptions;
import io.github.afterimage.experiments.options.Input;
import io.github.afterimage.experiments.options.OpenedIndex;
import io.github.afterimage.experiments.options.PageOption;
import io.github.afterimage.experiments.options.RequiredModelOption;
import io.github.afterimage.experiments.report.ExitCode;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.model.CacheModel;
import io.github.afterimage.model.KeySource;
import io.github.afterimage.model.ModelOptions;
import io.github.afterimage.model.network.NetworkSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@picocli.CommandLine.Command(
        name = "predict",
        header = "Classify image files and show the keys that decided.",
        description = {
            "",
            "For each of the nearest keys it shows the id, the class, the score, the share of the key in the sum over all "
                    + "keys, and the name that build kept, which tells the image that the key was made from. A file that "
                    + "cannot be used is named on standard error and the others are classified; the exit code is then 1. "
                    + "Text and JSON are kept in memory, some kilobytes for each image, and printed at the end; CSV is "
                    + "written at once. The page of --page shows the first " + PredictionPage.SHOWN
                    + " images beside the pictures of "
                    + "the nearest keys, some 30 KB for each image."
        },
        footer = {
            "  afterimage predict --index cifar10.safetensors --model resnet20.onnx cat.png dog.jpg",
            "  find photos -name '*.jpg' | afterimage predict --index cifar10.safetensors --model resnet20.onnx \\",
            "      --csv predictions.csv --page predictions.html -"
        })
public final class PredictCommand extends Command {
    /** Images in memory at once, with their activations: 39 MB of inputs for a network of 224 x 224 pixels. */
    private static final int BATCH = 64;

    @Mixin
    private IndexOptions index;

    @Mixin
    private RequiredModelOption model;

    @Mixin
    private HyperparameterOptions hyperparameters;

    @Option(names = "--neighbors", paramLabel = "K", description = "Number of nearest keys to show; 5 by default.")
    private int neighbors = 5;

    @Option(
            names = "--csv",
            paramLabel = "FILE",
            description =
                    "Write the predictions as CSV instead of text, one row for each image; - stands for standard output.")
    private @Nullable Path csv;

    @Mixin
    private RefuseOption refuse;

    @Mixin
    private PageOption page;

    @Mixin
    private ImageParameters images;

    @Override
    protected void execute(Report report) throws IOException {
        if (neighbors < 0) {
            throw new IllegalArgumentException("--neighbors " + neighbors + ": expected 0 or more");
        }
        if (STANDARD.equals(csv) && json()) {
            throw new IllegalArgumentException("--csv - with --json: expected one of them on standard output");
        }
        Path network = model.file();
        List<FilePredictor.Outcome> outcomes = new ArrayList<>();
        List<ImageParameters.Unreadable> unreadable = new ArrayList<>();
        List<Path> files = images.list(unreadable);
        unreadable.forEach(each -> outcomes.add(new FilePredictor.Outcome(each.file(), null, each.failure())));
        Input pictures = output -> {
            for (Path image : files) {
                OutputFile.checkIsNot(output, image);
            }
        };
        if (csv != null && !csv.equals(STANDARD)) {
            OutputFile.checkWritable(csv);
            for (Input input : List.<Input>of(index, model, pictures)) {
                input.checkIsNot(csv);
            }
        }
        page.check(index, model, pictures);
        OpenedIndex opened = index.open();
        try (CacheModel answering = model(network, opened.index())) {
            index.describe(opened.index()).figures().forEach(report::field);
            report.field("theta", answering.hyperparameters().theta())
                    .field("lambda", answering.hyperparameters().lambda());
            if (answering.isCacheOnly()) {
                report.line(figure(
                        "cacheOnly", true, "the network's classes are not the index's: the cache answers alone"));
            }
            FilePredictor predictor = new FilePredictor(answering, neighbors, refuse.given());
            if (!page.given()) {
                predict(report, predictor, files, outcomes, (outcome, failure) -> {});
                return;
            }
            PredictionPage made = new PredictionPage(answering);
            predict(report, predictor, files, outcomes, made::add);
            page.write(made.page(), STANDARD.equals(csv) ? new Report() : report); // no line among those of CSV
        }
    }

    /** Takes over the index. */
    private CacheModel model(Path network, CacheIndex opened) throws IOException {
        try {
            Hyperparameters chosen = KeySource.isCacheOnly(opened)
                    ? hyperparameters.resolveCacheOnly(opened)
                    : hyperparameters.resolve(opened);
            refuse.check(opened, chosen, index.file(), network);
            NetworkSettings settings = NetworkSettings.defaults().withThreads(index.threads());
            return CacheModel.open(
                    network, opened, new ModelOptions().hyperparameters(chosen).network(settings));
        } catch (IOException | RuntimeException e) {
            opened.close();
            throw e;
        }
    }

    /** Receives predictions, or the messages of files that failed. */
    private interface Target {
        void add(FilePredictor.Outcome outcome, @Nullable String failure) throws IOException;
    }

    private void predict(
            Report report,
            FilePredictor predictor,
            List<Path> files,
            List<FilePredictor.Outcome> outcomes,
            Target second)
            throws IOException {
        if (csv == null) {
            report.field("predictions", List.of());
            Counts counts = predict(predictor, files, outcomes, second, (outcome, failure) -> {
                Report part = failure == null
                        ? Objects.requireNonNull(outcome.prediction()).report()
                        : new Report().field("image", outcome.file().toString()).field("error", failure);
                report.element("predictions", part);
            });
            finish(report, counts);
        } else if (csv.equals(STANDARD)) {
            finish(report, predict(predictor, files, outcomes, second, new PredictionCsv(out(), neighbors)::add));
        } else {
            try (OutputFile file = OutputFile.create(csv)) {
                Counts counts =
                        predict(predictor, files, outcomes, second, new PredictionCsv(file.writer(), neighbors)::add);
                file.complete();
                int predicted = files.size() + outcomes.size() - counts.failed;
                report.line(
                        "%s: %s%s",
                        value("predictions", csv.toString()),
                        Format.count(predicted, "prediction"),
                        counts.failed == 0 ? "" : ", " + Format.count(counts.failed, "failure"));
                finish(report, counts);
            }
        }
    }

    /** The files without an answer: those that cannot be used, and those that are like nothing remembered. */
    private record Counts(int failed, int refused) {}

    private void finish(Report report, Counts counts) {
        report.field("failed", counts.failed);
        if (refuse.given() && !STANDARD.equals(csv)) { // no line among those of CSV
            report.line("%s refused", count("refused", counts.refused, "image"));
        }
        if (counts.failed > 0) {
            report.exitCode(ExitCode.FAILED);
        }
    }

    /**
     * Predicts the files batch by batch.
     *
     * @param first outcomes that are known before
     */
    private Counts predict(
            FilePredictor predictor, List<Path> files, List<FilePredictor.Outcome> first, Target second, Target target)
            throws IOException {
        int failed = 0;
        int refused = 0;
        try (TerminalProgress progress = progress("predicting")) {
            List<FilePredictor.Outcome> outcomes = first;
            for (int done = 0; ; done += BATCH) {
                for (FilePredictor.Outcome outcome : outcomes) {
                    Exception problem = outcome.failure();
                    String failure =
                            problem == null ? null : message(outcome.file().toString(), problem);
                    if (failure != null) {
                        failed++;
                        progress.clear();
                        err().println("afterimage: " + failure);
                    }
                    ImagePrediction prediction = outcome.prediction();
                    refused += prediction != null && prediction.isRefused() ? 1 : 0;
                    target.add(outcome, failure);
                    second.add(outcome, failure);
                }
                progress.report(Math.min(done, files.size()), files.size());
                if (done >= files.size()) {
                    return new Counts(failed, refused);
                }
                outcomes = predictor.predict(files.subList(done, Math.min(files.size(), done + BATCH)));
            }
        }
    }

    private static String message(String file, Exception problem) {
        String message = Failure.of(problem).message();
        return message.contains(file) ? message : file + ": " + message;
    }
}
