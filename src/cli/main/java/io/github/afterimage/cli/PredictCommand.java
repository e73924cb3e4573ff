package io.github.afterimage.cli;

import io.github.afterimage.Hyperparameters;
import io.github.afterimage.cli.options.HyperparameterOptions;
import io.github.afterimage.cli.options.IndexOptions;
import io.github.afterimage.cli.options.ModelOption;
import io.github.afterimage.cli.output.ExitCode;
import io.github.afterimage.cli.output.Failure;
import io.github.afterimage.cli.output.Format;
import io.github.afterimage.cli.output.OutputFile;
import io.github.afterimage.cli.output.Report;
import io.github.afterimage.cli.output.TerminalProgress;
import io.github.afterimage.model.CacheModel;
import io.github.afterimage.model.KeySource;
import io.github.afterimage.model.data.ImageFiles;
import io.github.afterimage.model.network.Network;
import io.github.afterimage.model.network.NetworkSettings;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.Charset;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@picocli.CommandLine.Command(
        name = "predict",
        header = "Classify image files and show the keys that decided.",
        description = {
            "",
            "Of each of the nearest keys it shows the id, the class, the score, the share that the key has in the sum over all "
                    + "keys, and the name that build kept: the image it was made from. A file that cannot be used is named on standard error, and the others are classified all the same; the exit code "
                    + "is 1 then. Text and JSON are printed at the end and kept in memory until then, some kilobytes for each "
                    + "image; CSV is written as it comes."
        },
        footer = {
            "  afterimage predict --index cifar10.safetensors --model resnet20.onnx cat.png dog.jpg",
            "  find photos -name '*.jpg' | afterimage predict --index cifar10.safetensors --model resnet20.onnx \\",
            "      --csv predictions.csv -"
        })
final class PredictCommand extends Command {
    /** Inputs and activations of so many images are in memory: 39 MB of inputs for a network of 224 x 224 pixels. */
    private static final int BATCH = 64;

    private static final Path STANDARD = Path.of("-");

    @Mixin
    private IndexOptions index;

    @Mixin
    private ModelOption model;

    @Mixin
    private HyperparameterOptions hyperparameters;

    @Option(
            names = "--neighbors",
            order = 50,
            paramLabel = "K",
            description = "How many of the nearest keys to show; 5 by default.")
    private int neighbors = 5;

    @Option(
            names = "--csv",
            order = 51,
            paramLabel = "FILE",
            description =
                    "Write the predictions as CSV, a row for each image, in place of text; - stands for standard output.")
    private Path csv;

    @Parameters(
            arity = "1..*",
            paramLabel = "IMAGE",
            description =
                    "PNG, JPEG, BMP, GIF, TIFF or WebP files; folders, for all images in them and in the folders in them, sorted; -"
                            + " for a list on standard input, a file or folder on each line.")
    private List<Path> files;

    @Override
    void execute(Report report) throws IOException {
        if (neighbors < 0) {
            throw new IllegalArgumentException("--neighbors " + neighbors + ": expected 0 or more");
        }
        if (STANDARD.equals(csv) && json()) {
            throw new IllegalArgumentException("--csv - with --json: expected one of them on standard output");
        }
        Path network = model.require("images need a network");
        List<FilePredictor.Outcome> folders = new ArrayList<>();
        List<Path> images = images(folders);
        if (csv != null && !csv.equals(STANDARD)) {
            OutputFile.checkWritable(csv);
            index.checkIsNot(csv);
            model.checkIsNot(csv);
            for (Path image : images) {
                OutputFile.checkIsNot(csv, image);
            }
        }
        try (IndexOptions.Opened opened = index.open()) {
            Hyperparameters chosen = KeySource.isCacheOnly(opened.index())
                    ? hyperparameters.resolveCacheOnly(opened.index())
                    : hyperparameters.resolve(opened.index());
            NetworkSettings settings = NetworkSettings.defaults().withThreads(index.threads());
            try (Network source = CacheModel.network(network, opened.index(), settings)) {
                index.report(report, opened.index());
                report.field("theta", chosen.theta()).field("lambda", chosen.lambda());
                if (KeySource.isCacheOnly(opened.index())) {
                    report.field("cacheOnly", true)
                            .line("the network's classes are not the index's: the cache answers alone");
                }
                predict(report, new FilePredictor(opened.index(), source, chosen, neighbors), images, folders);
            }
        }
    }

    /** Where predictions go. */
    private interface Target {
        void add(FilePredictor.Outcome outcome, String failure) throws IOException;
    }

    private void predict(Report report, FilePredictor predictor, List<Path> images, List<FilePredictor.Outcome> folders)
            throws IOException {
        if (csv == null) {
            List<Map<String, Object>> predictions = new ArrayList<>();
            predict(report, predictor, images, folders, (outcome, failure) -> {
                if (failure == null) {
                    predictions.add(outcome.prediction().fields());
                    outcome.prediction().lines().forEach(report::line);
                } else {
                    predictions.add(Report.object("image", outcome.file().toString(), "error", failure));
                }
            });
            report.field("predictions", predictions);
        } else if (csv.equals(STANDARD)) {
            PredictionCsv table = new PredictionCsv(out(), neighbors);
            predict(report, predictor, images, folders, table::add);
        } else {
            try (OutputFile file = OutputFile.create(csv)) {
                PredictionCsv table = new PredictionCsv(file.writer(), neighbors);
                int failed = predict(report, predictor, images, folders, table::add);
                file.complete();
                report.field("predictions", csv.toString());
                report.line(csv + ": " + Format.count(images.size() + folders.size() - failed, "prediction")
                        + (failed == 0 ? "" : ", " + Format.count(failed, "failure")));
            }
        }
    }

    /** @return how many files failed */
    private int predict(
            Report report,
            FilePredictor predictor,
            List<Path> images,
            List<FilePredictor.Outcome> folders,
            Target target)
            throws IOException {
        int failed = 0;
        try (TerminalProgress progress = progress("predicting")) {
            List<FilePredictor.Outcome> outcomes = folders;
            for (int first = 0; ; first += BATCH) {
                for (FilePredictor.Outcome outcome : outcomes) {
                    String failure = outcome.failure() == null ? null : message(outcome);
                    if (failure != null) {
                        failed++;
                        progress.clear();
                        err().println("afterimage: " + failure);
                    }
                    target.add(outcome, failure);
                }
                progress.report(Math.min(first, images.size()), images.size());
                if (first >= images.size()) {
                    break;
                }
                outcomes = predictor.predict(images.subList(first, Math.min(images.size(), first + BATCH)));
            }
        }
        report.field("failed", failed);
        if (failed > 0) {
            report.exitCode(ExitCode.FAILED);
        }
        return failed;
    }

    private static String message(FilePredictor.Outcome outcome) {
        String file = outcome.file().toString();
        String message = Failure.of(outcome.failure()).message();
        return message.contains(file) ? message : file + ": " + message;
    }

    /** @param failed receives the folders that have no images, or cannot be read */
    private List<Path> images(List<FilePredictor.Outcome> failed) throws IOException {
        List<Path> images = new ArrayList<>();
        for (Path given : files) {
            if (given.equals(STANDARD)) {
                // Not closed: it is the process's.
                BufferedReader list = new BufferedReader(new InputStreamReader(System.in, Charset.defaultCharset()));
                for (String line = list.readLine(); line != null; line = list.readLine()) {
                    if (!line.isEmpty()) {
                        add(listed(line), images, failed);
                    }
                }
            } else {
                add(given, images, failed);
            }
        }
        return images;
    }

    private static Path listed(String line) {
        try {
            return Path.of(line);
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException(
                    "standard input has a line that names no file (" + e.getReason()
                            + "): expected a name on each line, in the encoding of this locale, as find writes without -print0");
        }
    }

    private static Path unread(IOException failure, Path given) {
        return failure instanceof FileSystemException file && file.getFile() != null ? Path.of(file.getFile()) : given;
    }

    private static void add(Path given, List<Path> images, List<FilePredictor.Outcome> failed) {
        try {
            if (Files.isDirectory(given)) {
                images.addAll(ImageFiles.in(
                        given,
                        failure -> failed.add(new FilePredictor.Outcome(unread(failure, given), null, failure))));
            } else {
                images.add(given);
            }
        } catch (IOException e) {
            failed.add(new FilePredictor.Outcome(given, null, e));
        }
    }
}
