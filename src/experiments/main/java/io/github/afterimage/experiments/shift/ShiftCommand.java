package io.github.afterimage.experiments.shift;

import io.github.afterimage.experiments.options.ExperimentCommand;
import io.github.afterimage.experiments.options.GridOptions;
import io.github.afterimage.experiments.options.KeyLayersOption;
import io.github.afterimage.experiments.protocol.Protocol;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Text;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Measures what a memory is worth on changed images. */
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
                    + "trained again. Also reports what clean images lose, after how many labels the watch of prediction sets that "
                    + "\"serve\" has calls their promise broken, and a stream in which all corruptions follow each other.",
            "",
            "Each version of an image goes through the network once; its reduced features are kept in the work folder."
        },
        footer = {
            "  afterimage measure shift --model resnet20.onnx --data cifar10:data --dtype bf16 \\",
            "      --layers activation_14,activation_16,activation_18 --page shift.html",
            "  afterimage measure shift --model net.onnx --data images:train --test images:test --layers LAYER \\",
            "      --corruptions blur,fog --strengths 3 --received 5 --reported 500"
        })
public final class ShiftCommand extends ExperimentCommand {
    @Mixin
    private KeyLayersOption layers;

    @Option(
            names = "--corruptions",
            split = ",",
            paramLabel = "NAME",
            description = "The corruptions, separated by commas; all by default.")
    private List<String> corruptions =
            Corruption.ALL.stream().map(Corruption::name).toList();

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

    public ShiftCommand() {
        super(new GridOptions());
    }

    @Override
    protected void check(boolean features) {
        check("--strengths", strengths, Corruption.STRENGTHS);
        check("--received", received, Integer.MAX_VALUE);
        check("--reported", List.of(reported), Integer.MAX_VALUE);
        if (phase < 0) {
            throw new IllegalArgumentException("--phase " + phase + ": expected a number that is not negative");
        }
        layers.require(features);
    }

    private static void check(String option, List<Integer> values, int most) {
        for (int value : values) {
            if (value < 1 || value > most) {
                throw new IllegalArgumentException(option + " " + value + ": expected "
                        + (most == Integer.MAX_VALUE ? "a positive number" : "1 to " + most));
            }
        }
    }

    @Override
    protected void run(Report report, Setup setup) throws IOException {
        Protocol given = setup.protocol();
        ShiftExperiment experiment = new ShiftExperiment(
                layers.chosen(),
                Corruption.named(corruptions),
                strengths.stream().sorted().distinct().toList(),
                received.stream().sorted().distinct().toList(),
                reported,
                phase,
                given.withGrid(ascending(given.thetas()), ascending(given.lambdas())),
                setup.work());
        announce("the network classifies " + Format.count(experiment.images(setup.source()), "image")
                + " once, and what it computes stays in the work folder");
        ShiftResult found = step("shift", progress -> experiment.run(setup.source(), progress));
        report.line(
                "%s%s; %s of clean images, theta %s, lambda %s%s tuned on %s others",
                keys(layers.chosen()),
                describe(setup, layers.chosen()),
                Text.count("keys", found.tuned().keys(), "key"),
                Text.number("theta", found.tuned().mixture().theta()),
                Text.number("lambda", found.tuned().mixture().lambda()),
                Text.beta(found.tuned().mixture().beta()),
                Text.count("tunedOn", found.tuned().tunedOn()));
        new ShiftReport(found).write(report, () -> experiment.pictures(setup.source()));
    }

    private static double[] ascending(double[] values) {
        return Arrays.stream(values).sorted().toArray();
    }
}
