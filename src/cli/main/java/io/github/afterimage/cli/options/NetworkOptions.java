package io.github.afterimage.cli.options;

import static io.github.afterimage.experiments.command.Failure.refuse;

import io.github.afterimage.experiments.ClassAssignment;
import io.github.afterimage.experiments.command.Command;
import io.github.afterimage.experiments.options.DataOptions;
import io.github.afterimage.experiments.options.OpenedExamples;
import io.github.afterimage.experiments.options.OutputsOption;
import io.github.afterimage.experiments.options.PreprocessingOptions;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Table;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.model.network.Network;
import io.github.afterimage.model.network.NetworkSettings;
import java.io.IOException;
import java.util.List;
import java.util.stream.IntStream;
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
                            + " activations are multiplied by or without: activation_14,activation_18*2.")
    private List<String> layers = List.of();

    @Mixin
    private PreprocessingOptions preprocessing;

    @Mixin
    private OutputsOption outputs;

    @Option(
            names = "--cache-only",
            description =
                    "The network has other classes than the images: the memory answers alone. This is the default if the"
                            + " number of class names is not the number of the network's classes.")
    private boolean cacheOnly;

    public List<String> layers() {
        return layers;
    }

    public boolean cacheOnly() {
        return cacheOnly;
    }

    public NetworkSettings settings(int threads) throws IOException {
        refuse(cacheOnly && outputs.given(), "--outputs with --cache-only: expected one or the other");
        return preprocessing.settings(threads).withClasses(outputs.listed());
    }

    /**
     * Fails if anything here is given.
     *
     * @param by the option that excludes these, for the message
     */
    public void requireNone(String by) {
        refuse(
                !layers.isEmpty() || preprocessing.given() || outputs.given() || cacheOnly,
                "--layers, --preprocess, --output, --outputs and --cache-only are for images"
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
        List<String> names = data.classNames();
        ClassAssignment found = steps.step("assigning", data.description(), progress -> {
            try (OpenedExamples answered = data.openAnswers(model -> Network.open(model, List.of(), settings))) {
                return ClassAssignment.of(answered.examples(), names.size(), progress);
            }
        });
        List<Integer> clear = found.requireClear(names);
        report(report, names, found);
        return clear;
    }

    private static void report(Report report, List<String> names, ClassAssignment found) {
        Table table = new Table("lrr").row("class", "output", "answers");
        for (int label = 0; label < names.size(); label++) {
            table.row(
                            Text.value("name", names.get(label)),
                            Text.value("output", found.outputs().get(label)),
                            Text.figure(
                                    "answers",
                                    found.answers(label),
                                    found.answers(label) + " of " + Format.count(found.examples(label))))
                    .field("images", found.examples(label));
        }
        int answers = IntStream.range(0, names.size()).map(found::answers).sum();
        int images = IntStream.range(0, names.size()).map(found::examples).sum();
        report.list("outputs", table)
                .line(
                        "Among all its outputs, the network gives %s of %s images the output of their class.",
                        Text.count("rightAnswers", answers), Text.count("sampledImages", images))
                .line("");
        List<Integer> weak = IntStream.range(0, names.size())
                .filter(label -> 2 * found.answers(label) < found.examples(label))
                .boxed()
                .toList();
        if (!weak.isEmpty()) {
            report.warning("fewer than half of the images are answered with the output of their class: "
                    + found.described(weak, names) + "; check these outputs, and the preparation of the images");
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
                cacheOnly);
    }
}
