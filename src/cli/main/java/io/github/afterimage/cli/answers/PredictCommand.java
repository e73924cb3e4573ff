package io.github.afterimage.cli.answers;

import static io.github.afterimage.experiments.command.Failure.refuse;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheReader;
import io.github.afterimage.answer.Calibration;
import io.github.afterimage.answer.PredictionSets;
import io.github.afterimage.cli.options.AnswerOptions;
import io.github.afterimage.experiments.command.Command;
import io.github.afterimage.experiments.command.Failure;
import io.github.afterimage.experiments.command.OutputFile;
import io.github.afterimage.experiments.command.TerminalProgress;
import io.github.afterimage.experiments.options.DataOptions;
import io.github.afterimage.experiments.options.IndexOptions;
import io.github.afterimage.experiments.options.ModelOption;
import io.github.afterimage.experiments.options.RuleOptions;
import io.github.afterimage.experiments.report.ExitCode;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.RuleText;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.model.CacheModel;
import io.github.afterimage.model.data.FeatureSet;
import io.github.afterimage.model.data.ImageFiles;
import io.github.afterimage.model.evaluation.CompatibleIndex;
import io.github.afterimage.model.evaluation.Examples;
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
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@picocli.CommandLine.Command(
        name = "predict",
        header = "Classify image files or features and show the keys that decided.",
        description = {
            "",
            "For each of the nearest keys, those with the greatest score, it shows the id, the class, the score, the share of "
                    + "the key in the sum over the keys of its class, and the name that build kept, "
                    + "which tells the image that the key was made from. A file that "
                    + "cannot be used is named on standard error and the others are classified; the exit code is then 1. "
                    + "Text and JSON are kept in memory, some kilobytes for each image, and printed at the end; CSV is "
                    + "written at once. Features, the activations of a network that another program "
                    + "ran, need no network here."
        },
        footer = {
            "  afterimage predict --index cifar10.safetensors --model resnet20.onnx cat.png dog.jpg",
            "  find photos -name '*.jpg' | afterimage predict --index cifar10.safetensors --model resnet20.onnx \\",
            "      --csv predictions.csv -",
            "  afterimage predict --index features.safetensors --data features:new.npz"
        })
public final class PredictCommand extends Command {
    /** Standard input or output. */
    private static final Path STANDARD = Path.of("-");

    /** Images in memory at once, with their activations: 39 MB of inputs for a network of 224 x 224 pixels. */
    private static final int BATCH = 64;

    @Mixin
    private IndexOptions index;

    @Mixin
    private ModelOption model;

    @Option(
            names = "--data",
            paramLabel = "features:FILE",
            description = "Features to classify instead of images, as \"evaluate\" takes them; labels are not needed.")
    private @Nullable String data;

    @Mixin
    private AnswerOptions answers;

    @Mixin
    private RuleOptions rule;

    @Option(
            names = "--coverage",
            paramLabel = "P",
            description =
                    "Also name the classes that have the true one among them with this probability, 0.5 or more, such as 0.95:"
                            + " a set that \"tune --save\" promises for images like its own. It may have several classes.")
    private double coverage;

    @Option(names = "--neighbors", paramLabel = "K", description = "Number of nearest keys to show; 5 by default.")
    private int neighbors = 5;

    @Option(
            names = "--csv",
            paramLabel = "FILE",
            description =
                    "Write the predictions as CSV instead of text, one row for each image; - stands for standard output.")
    private @Nullable Path csv;

    @Parameters(
            arity = "0..*",
            paramLabel = "IMAGE",
            description = "PNG, JPEG, BMP, GIF, TIFF or WebP files; folders, for all images in them and in their"
                    + " subfolders, sorted; - for a list on standard input, one file or folder a line.")
    private List<Path> given = List.of();

    private int predicted;
    private int failed; // files that cannot be used
    private int refused; // images whose answer is uncertain

    @Override
    protected void execute(Report report) throws IOException {
        refuse(neighbors < 0, "--neighbors " + neighbors + ": expected 0 or more");
        refuse(STANDARD.equals(csv) && json(), "--csv - with --json: expected one of them on standard output");
        Report shown = STANDARD.equals(csv) ? new Report() : report; // no line among those of CSV
        if (data != null) {
            predictFeatures(shown, data);
        } else if (given.isEmpty()) {
            throw new IllegalArgumentException(
                    "nothing to classify: expected image files or folders, or --data features:FILE");
        } else {
            predictImages(shown, model.require("images need a network"));
        }
        if (failed > 0) {
            report.exitCode(ExitCode.FAILED);
        }
    }

    private void predictImages(Report report, Path network) throws IOException {
        List<ImagePrediction> unreadable = new ArrayList<>();
        List<Path> files = images(unreadable);
        refuse(
                files.isEmpty() && unreadable.isEmpty(),
                "nothing to classify: standard input has no line that names a file or folder");
        checkOutput(STANDARD.equals(csv) ? null : csv);
        if (csv != null) {
            for (Path image : files) {
                OutputFile.checkIsNot(csv, image);
            }
        }
        CacheIndex opened = index.open();
        try (CacheModel answering = answers.open(network, opened, index.file(), index.threads(), rule::views)) {
            Calibration chosen = rule.resolve(opened, answering.calibration().views());
            describe(report, opened, chosen, answering.isAlone() ? "the network's classes are not the index's" : null);
            Predictor predictor = predictor(chosen);
            predict(report, (target, progress) -> {
                target.addAll(unreadable);
                for (int from = 0; from < files.size(); from += BATCH) {
                    progress.report(from, files.size());
                    target.addAll(
                            predictor.ofFiles(answering, files.subList(from, Math.min(files.size(), from + BATCH))));
                }
            });
        }
    }

    private Predictor predictor(Calibration chosen) {
        return new Predictor(neighbors, answers.refuses(), coverage, chosen.rule());
    }

    private void predictFeatures(Report report, String specification) throws IOException {
        String other = model.given() ? "--model" : given.isEmpty() ? null : "" + given.get(0);
        refuse(
                other != null || !FeatureSet.accepts(specification),
                "--data " + specification + (other == null ? "" : " with " + other)
                        + ": expected features:FILE alone; images are named without --data, and need --model");
        checkOutput(STANDARD.equals(csv) ? null : csv);
        try (CacheIndex opened = index.open();
                FeatureSet features = FeatureSet.openUnlabelled(specification)) {
            Examples examples = DataOptions.of(features, opened);
            boolean mixed = examples.hasProbabilities();
            int views = answers.views(rule.views(opened), examples.views());
            answers.check(opened.calibration(views), index.file(), null);
            Calibration chosen = rule.resolve(opened, views);
            CacheReader queried = Failure.naming(specification, () -> CompatibleIndex.of(opened, examples));
            describe(report, opened, chosen, mixed ? null : "the features have no probabilities of a network");
            Predictor predictor = predictor(chosen);
            predict(
                    report,
                    (target, progress) -> Failure.naming(specification, () -> {
                        examples.forEachBatch(
                                BATCH,
                                progress,
                                batch -> target.addAll(predictor.ofRows(queried, chosen, examples, batch)));
                        return queried;
                    }));
        }
    }

    /** @param alone the reason that the memory answers alone; null if it does not */
    private void describe(Report report, CacheIndex opened, Calibration chosen, @Nullable String alone) {
        index.describe(opened).figures().forEach(report::field);
        RuleText.of(chosen).figures().forEach(report::field);
        refuse(
                answers.refuses() && chosen.doubt().isEmpty(),
                "--refuse with --lambda: expected one of them; the threshold of doubt is for the rule of the index");
        if (coverage != 0) {
            PredictionSets unused = chosen.sets(coverage, opened.classNames()); // throws if there are no such sets
        }
        if (alone != null) {
            report.line(Text.figure("memoryAlone", true, alone + ": the memory answers alone"));
        }
    }

    /** Receives predictions. */
    private interface Target {
        void add(ImagePrediction prediction) throws IOException;

        default void addAll(List<ImagePrediction> predictions) throws IOException {
            for (ImagePrediction prediction : predictions) {
                add(prediction);
            }
        }
    }

    /** Makes predictions. */
    private interface Source {
        void passTo(Target target, TerminalProgress progress) throws IOException;
    }

    private void predict(Report report, Source source) throws IOException {
        if (csv == null) {
            report.field("predictions", List.of());
            pass(source, each -> report.element("predictions", each.report()));
        } else if (csv.equals(STANDARD)) {
            pass(source, new PredictionCsv(out(), neighbors, coverage > 0)::add);
        } else {
            try (OutputFile file = OutputFile.create(csv)) {
                pass(source, new PredictionCsv(file.writer(), neighbors, coverage > 0)::add);
                file.complete();
                report.line(
                        "%s: %s%s",
                        Text.value("predictions", csv.toString()),
                        Format.count(predicted, "prediction"),
                        failed == 0 ? "" : ", " + Format.count(failed, "failure"));
            }
        }
        report.field("failed", failed);
        if (answers.refuses()) {
            report.line("%s refused", Text.count("refused", refused, data == null ? "image" : "row"));
        }
    }

    private void pass(Source source, Target target) throws IOException {
        try (TerminalProgress progress = progress("predicting")) {
            source.passTo(
                    prediction -> {
                        if (prediction.isFailed()) {
                            failed++;
                            progress.clear();
                            err().println("afterimage: " + prediction.failure());
                        } else {
                            predicted++;
                        }
                        refused += prediction.isRefused() ? 1 : 0;
                        target.add(prediction);
                    },
                    progress);
        }
    }

    /**
     * Returns the image files in order.
     *
     * @param unreadable receives the folders that cannot be read or have no images
     */
    private List<Path> images(List<ImagePrediction> unreadable) {
        List<Path> images = new ArrayList<>();
        for (Path each : given) {
            if (each.equals(STANDARD)) {
                // Not closed: standard input belongs to the process.
                new BufferedReader(new InputStreamReader(System.in, Charset.defaultCharset()))
                        .lines()
                        .filter(line -> !line.isEmpty())
                        .forEach(line -> add(path(line), images, unreadable));
            } else {
                add(each, images, unreadable);
            }
        }
        return images;
    }

    private static Path path(String line) {
        try {
            return Path.of(line);
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException(
                    "standard input has a line that names no file (" + e.getReason()
                            + "): expected a name on each line, in the encoding of this locale, as find writes without -print0");
        }
    }

    private static void add(Path given, List<Path> images, List<ImagePrediction> unreadable) {
        try {
            if (Files.isDirectory(given)) {
                images.addAll(ImageFiles.in(
                        given, failure -> unreadable.add(ImagePrediction.failed(file(failure, given), failure))));
            } else {
                images.add(given);
            }
        } catch (IOException e) {
            unreadable.add(ImagePrediction.failed(given, e));
        }
    }

    private static Path file(IOException failure, Path folder) {
        return failure instanceof FileSystemException file && file.getFile() != null ? Path.of(file.getFile()) : folder;
    }
}
