package io.github.afterimage.cli.options;

import static io.github.afterimage.experiments.command.Failure.refuse;

import io.github.afterimage.experiments.ClassAssignment;
import io.github.afterimage.experiments.ClassMatch;
import io.github.afterimage.experiments.OutputNames;
import io.github.afterimage.experiments.command.Command;
import io.github.afterimage.experiments.options.DataOptions;
import io.github.afterimage.experiments.options.OpenedExamples;
import io.github.afterimage.experiments.options.OutputsOption;
import io.github.afterimage.experiments.options.PreprocessingOptions;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Table;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.model.data.ImageSet;
import io.github.afterimage.model.data.ImageSets;
import io.github.afterimage.model.network.Network;
import io.github.afterimage.model.network.NetworkSettings;
import java.io.IOException;
import java.util.List;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The layers of a network that make a key, and the use of its output. */
public final class NetworkOptions {
    @Option(
            names = "--layers",
            split = ",",
            paramLabel = "LAYER",
            description =
                    "The layers of a key, as \"layers\" lists them, separated by commas, each with a weight that its"
                            + " activations are multiplied by or without: activation_14,activation_18*2. Of tokens, LAYER@class"
                            + " is the class token and LAYER@mean the mean over all.")
    private List<String> layers = List.of();

    @Mixin
    private PreprocessingOptions preprocessing;

    @Mixin
    private OutputsOption outputs;

    @Option(
            names = "--memory-alone",
            description =
                    "The network has other classes than the images: the memory answers alone. This is the default if the"
                            + " number of class names is not the number of the network's classes.")
    private boolean memoryAlone;

    public List<String> layers() {
        return layers;
    }

    public boolean memoryAlone() {
        return memoryAlone;
    }

    public NetworkSettings settings(int threads) throws IOException {
        refuse(memoryAlone && outputs.given(), "--outputs with --memory-alone: expected one or the other");
        return preprocessing.settings(threads).withClasses(outputs.listed());
    }

    /**
     * Fails if anything here is given.
     *
     * @param by the option that excludes these, for the message
     */
    public void requireNone(String by) {
        refuse(
                !layers.isEmpty() || preprocessing.given() || outputs.given() || memoryAlone,
                "--layers, --preprocess, --output, --outputs and --memory-alone are for images"
                        + " and a network: leave them out with " + by);
    }

    /** Returns true if the outputs are to be found from the network's answers. */
    public boolean findsOutputs() {
        return outputs.auto();
    }

    /**
     * The outputs that are the classes of images, and reports those that it finds; empty if {@code --outputs} is not given.
     *
     * @param steps shows that they are being found
     */
    public List<Integer> outputs(DataOptions data, int threads, Command steps, Report report) throws IOException {
        if (!findsOutputs()) {
            return outputs.listed();
        }
        NetworkSettings settings = settings(threads);
        ImageSet images = ImageSets.open(data.specification());
        ClassMatch match = steps.step("assigning", data.description(), progress -> {
            try (OpenedExamples answered = data.openAnswers(model -> Network.open(model, List.of(), settings))) {
                int all = answered.examples().classes();
                ClassAssignment answers = ClassAssignment.of(
                        answered.examples(), images.classNames().size(), progress);
                return ClassMatch.of(
                        answers, images.classNames(), images.hasClassNames(), all, OutputNames.of(data.model(), all));
            }
        });
        List<Integer> clear = match.requireClear();
        report(report, match);
        return clear;
    }

    private static void report(Report report, ClassMatch match) {
        Table table = new Table("lrrl").row("class", "output", "answers", "output's name");
        for (ClassMatch.Match each : match.matches()) {
            table.row(
                            Text.value("name", each.name()),
                            Text.value("output", each.output()),
                            Text.figure("answers", each.right(), each.right() + " of " + Format.count(each.images())),
                            Text.value("meaning", each.meaning()))
                    .field("images", each.images());
        }
        report.list("outputs", table).line(match.sentence()).line("");
        List<ClassMatch.Match> weak = match.matches().stream()
                .filter(each -> 2 * each.right() < each.images())
                .toList();
        if (!weak.isEmpty()) {
            report.warning("fewer than half of the images are answered with the output of their class: "
                    + ClassMatch.described(weak) + "; check these outputs, and the preparation of the images");
        }
    }

    /**
     * The examples as keys are made of them.
     *
     * @param outputs the outputs for the classes; empty if they are all, in the same order
     */
    public OpenedExamples open(DataOptions data, int threads, List<Integer> outputs) throws IOException {
        return data.openKeys(
                model -> {
                    refuse(
                            layers.isEmpty(),
                            "images need --layers: name the layers that make a key; \"layers MODEL\" lists them");
                    return Network.open(model, layers, settings(threads).withClasses(outputs));
                },
                memoryAlone);
    }
}
