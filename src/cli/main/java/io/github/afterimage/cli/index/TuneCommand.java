package io.github.afterimage.cli.index;

import static io.github.afterimage.experiments.command.Failure.refuse;

import io.github.afterimage.Hyperparameters;
import io.github.afterimage.NoveltyThreshold;
import io.github.afterimage.Tuner;
import io.github.afterimage.cli.options.MeasuredIndex;
import io.github.afterimage.cli.options.SparkOption;
import io.github.afterimage.experiments.command.Command;
import io.github.afterimage.experiments.command.OutputFile;
import io.github.afterimage.experiments.options.DataOptions;
import io.github.afterimage.experiments.options.GridOptions;
import io.github.afterimage.experiments.options.IndexOptions;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.model.evaluation.Evaluation;
import io.github.afterimage.model.evaluation.GridSearch;
import java.io.IOException;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@picocli.CommandLine.Command(
        name = "tune",
        header = "Find the best theta, lambda and beta in one pass.",
        description = {
            "",
            "Counts the errors at every point of a grid. Use examples that are neither keys of the index nor those that the "
                    + "final error rate is measured on. Among points with equally few errors it takes the one with the first "
                    + "theta, and then the first lambda. If no theta but the first, or the last, of the grid has the fewest errors and "
                    + "--theta is not given, it widens the grid there, at most three times by a factor of 8.",
            "",
            "Beta is the sharpness of a factor for each class, exp(beta x cosine of the image and the mean key of the class); 0 is "
                    + "the paper's method. It is chosen first, by the mean of -log p of the true class: the smallest beta that is at "
                    + "most one standard error worse than the best.",
            "",
            "If the data are features without probabilities, or the network has other classes, it tunes theta for the memory "
                    + "alone; lambda is then 1.",
            "",
            "The novelty of an image is the least sum, over the classes, of two numbers: how many times as far the image is from the "
                    + "mean key of the class as its keys are, and, with a network, 1 - p_net of the class. A threshold is saved too: "
                    + "predict and serve then tell which images are unlike everything remembered, and refuse them with --refuse: those "
                    + "above it whose nearest key is no nearer than that of 95 % of these examples. \"evaluate\" counts how many images that are.",
            "",
            "Also saves what \"predict --coverage 0.95\" needs: sets of classes that have the true one with a chosen probability, "
                    + "for images like these. An example counts in them at the theta, lambda and beta that nine tenths without it "
                    + "choose. 19 examples give a coverage of 0.95, and 99 give 0.99; each class with 100 or more has its own promise. \"evaluate\" counts how many sets have the true class."
        },
        footer = {
            "  afterimage tune --index cifar10.safetensors --model resnet20.onnx \\",
            "      --data 'cifar10:data#train[45000:]' --flip --save"
        })
public final class TuneCommand extends Command {
    /** Maximum pairs of theta and beta, each of which takes a distribution of every example of a batch, and a number or two of all. */
    private static final long MAX_POINTS = 10_000;

    @Mixin
    private IndexOptions index;

    @Mixin
    private DataOptions data;

    @Mixin
    private GridOptions grid;

    @Option(
            names = "--beta",
            paramLabel = "GRID",
            description = "Values of beta, likewise, ascending; " + GridSearch.BETAS + " by default.")
    private String betas = GridSearch.BETAS;

    @Mixin
    private SparkOption spark;

    @Option(
            names = "--refused",
            paramLabel = "SHARE",
            description = "Share of these examples whose novelty may be above the threshold, 0.01 by default.")
    private double refused = NoveltyThreshold.SHARE;

    @Option(
            names = "--save",
            description =
                    "Write the best theta, lambda and beta, the threshold of novelty and the sets of classes into the index.")
    private boolean save;

    @Override
    protected void execute(Report report) throws IOException {
        tuner(); // a wrong grid is better known before the data are opened
        refuse(
                !(refused >= 0 && refused < 1),
                "--refused " + refused + ": expected a share, 0 or more and less than 1, such as 0.01");
        if (save) {
            OutputFile.checkSaves(index.file());
        }
        refuse(
                save && spark.given(),
                "--save with --spark: expected one or the other; give evaluate the theta,"
                        + " lambda and beta that are found");
        try (MeasuredIndex measured = spark.given() ? spark.open(data, index) : MeasuredIndex.open(data, index)) {
            if (save) {
                measured.index().files().lock(index.file());
            }
            if (!measured.examples().hasProbabilities()) {
                grid.requireDefaultLambdas();
            }
            GridSearch.SearchedGrid found = step("tuning", data.description(), progress -> {
                Evaluation evaluation = new Evaluation(measured.target(), measured.examples());
                return GridSearch.run(evaluation, tuner(), !grid.thetasGiven(), progress);
            });
            Tuner tuner = found.tuner();
            if (save) {
                measured.index()
                        .files()
                        .saveWhole(
                                index.file(), tuner.attributes(measured.index().attributes(), refused));
            }
            report.field("saved", save);
            new TuneReport(found, refused).report(report, data.description(), measured.described());
            measured.report(report, found.time());
            if (!spark.given()) {
                report.line("").line(saved(tuner.best().hyperparameters()));
            }
        }
    }

    private Tuner tuner() {
        double[] values = GridOptions.parse("--beta", betas);
        long points = (long) grid.thetas().length * values.length;
        refuse(
                points > MAX_POINTS,
                "--theta and --beta: " + points + " pairs, expected at most " + MAX_POINTS
                        + "; search fewer values, or one of them after the other");
        return grid.tuner(values);
    }

    private String saved(Hyperparameters best) {
        return save
                ? "saved in " + index.file() + ": " + Text.hyperparameters(best) + meaning(best.lambda())
                : "not saved; --save writes theta, lambda, beta and the threshold of novelty into the index";
    }

    private static String meaning(double lambda) {
        if (lambda == 0) {
            return ", with which the network answers alone";
        }
        return lambda == 1 ? ", with which the memory answers alone" : "";
    }
}
