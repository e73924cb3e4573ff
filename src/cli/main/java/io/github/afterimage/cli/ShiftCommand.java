package io.github.afterimage.cli;

import io.github.afterimage.cli.output.ShiftReport;
import io.github.afterimage.experiments.command.Command;
import io.github.afterimage.experiments.command.TerminalProgress;
import io.github.afterimage.experiments.options.ExperimentDataOptions;
import io.github.afterimage.experiments.options.ExperimentOptions;
import io.github.afterimage.experiments.options.GridOptions;
import io.github.afterimage.experiments.options.KeyLayersOption;
import io.github.afterimage.experiments.protocol.ExampleSource;
import io.github.afterimage.experiments.protocol.IndexRecipe;
import io.github.afterimage.experiments.protocol.Protocol;
import io.github.afterimage.experiments.protocol.WorkFolder;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.shift.Corruption;
import io.github.afterimage.experiments.shift.Corruptions;
import io.github.afterimage.experiments.shift.ShiftExperiment;
import io.github.afterimage.experiments.shift.ShiftOptions;
import io.github.afterimage.experiments.shift.ShiftResult;
import io.github.afterimage.model.network.KeyLayers;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@picocli.CommandLine.Command(
        name = "shift",
        header = "Measure what a memory is worth when images change after the training.",
        description = {
            "",
            "Makes a memory of clean training images and tunes it. Then the test images are corrupted by formula: noise, blur, "
                    + "motion, fog, brightness, contrast and jpeg, each at five strengths, with the parameters of CIFAR-10-C "
                    + "(Hendrycks and Dietterich, 2019). Some of them arrive with labels and become keys beside the clean ones; "
                    + "no version of the others, which are reported on, ever becomes a key.",
            "",
            "Theta and lambda after a change are those with the fewest errors on the labelled images that arrived, each "
                    + "answered without its own key. Baselines are the network alone and linear read-outs of the same keys that are "
                    + "trained again. Also reports what clean images lose, and a stream in which all corruptions follow each "
                    + "other.",
            "",
            "Each version of an image goes through the network once; its reduced features are kept in the work folder."
        },
        footer = {
            "  afterimage measure shift --model resnet20.onnx --data cifar10:data --dtype bf16 \\",
            "      --layers activation_14,activation_16,activation_18 --page shift.html",
            "  afterimage measure shift --model net.onnx --data images:train --test images:test --layers LAYER \\",
            "      --corruptions blur,fog --strengths 3 --received 5 --reported 500"
        })
final class ShiftCommand extends Command {
    private static final String REDUCTION = "pca:256";

    @Mixin
    private ExperimentDataOptions data;

    @Mixin
    private KeyLayersOption layers;

    @Option(
            names = "--corruptions",
            split = ",",
            paramLabel = "NAME",
            description = "The corruptions, separated by commas; all by default.")
    private List<String> corruptions =
            Corruptions.ALL.stream().map(Corruption::name).toList();

    @Option(
            names = "--strengths",
            split = ",",
            paramLabel = "N",
            description = "Their strengths, 1 to 5, separated by commas; all by default.")
    private List<Integer> strengths = List.of(1, 2, 3, 4, 5);

    @Option(
            names = "--received",
            split = ",",
            paramLabel = "N",
            description =
                    "Numbers of labelled images of each class that arrive, separated by commas; 1,10,100 by default.")
    private List<Integer> received = List.of(1, 10, 100);

    @Option(
            names = "--reported",
            paramLabel = "N",
            description = "Number of test images to report on, at most half of them; ${DEFAULT-VALUE} by default.")
    private int reported = 4000;

    @Option(
            names = "--phase",
            paramLabel = "N",
            description = "Number of images of each kind in the stream of all corruptions; ${DEFAULT-VALUE} by default,"
                    + " fewer if there are not as many, 0 for no such stream.")
    private int phase = 500;

    @Mixin
    private GridOptions grid = new GridOptions();

    @Mixin
    private ExperimentOptions options;

    @Override
    protected void execute(Report report) throws IOException {
        check("--strengths", strengths, Corruption.STRENGTHS);
        check("--received", received, Integer.MAX_VALUE);
        check("--reported", List.of(reported), Integer.MAX_VALUE);
        if (phase < 0) {
            throw new IllegalArgumentException("--phase " + phase + ": expected a number that is not negative");
        }
        WorkFolder work = options.begin(data);
        IndexRecipe recipe = options.recipe(REDUCTION);
        ExampleSource source = data.source(options.threads(), work, this::progress);
        KeyLayers keys = layers.require(data.areFeatures());
        Protocol protocol = new Protocol(data.rule(), recipe, ascending(grid.thetas()), ascending(grid.lambdas()));
        ShiftExperiment experiment = new ShiftExperiment(
                keys,
                new ShiftOptions(
                        Corruptions.named(corruptions), sorted(strengths), sorted(received), reported, phase, protocol),
                work);
        announce("the network classifies " + Format.count(experiment.images(source), "image")
                + " once, and what it computes stays in the work folder");
        ShiftResult found;
        try (TerminalProgress progress = progress("shift")) {
            found = experiment.run(source, progress);
        }
        String described = ExperimentOptions.describe(recipe, source::trainingSize);
        new ShiftReport(found, data.description(), keys, described).write(report, () -> experiment.pictures(source));
        options.finish(report, work);
    }

    private static void check(String option, List<Integer> values, int most) {
        for (int value : values) {
            if (value < 1 || value > most) {
                throw new IllegalArgumentException(option + " " + value + ": expected "
                        + (most == Integer.MAX_VALUE ? "a positive number" : "1 to " + most));
            }
        }
    }

    private static double[] ascending(double[] values) {
        return Arrays.stream(values).sorted().toArray();
    }

    private static List<Integer> sorted(List<Integer> values) {
        return values.stream().sorted().distinct().toList();
    }
}
