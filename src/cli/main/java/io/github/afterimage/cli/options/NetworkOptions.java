package io.github.afterimage.cli.options;

import io.github.afterimage.Progress;
import io.github.afterimage.experiments.ClassAssignment;
import io.github.afterimage.experiments.options.DataOptions;
import io.github.afterimage.experiments.options.OpenedExamples;
import io.github.afterimage.experiments.options.OutputsOption;
import io.github.afterimage.experiments.options.PreprocessingOptions;
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
                            + " activations are multiplied by or without: activation_14,activation_18*2.")
    private List<String> layers = List.of();

    @Mixin
    private PreprocessingOptions preprocessing;

    @Mixin
    private OutputsOption outputs;

    @Option(
            names = "--cache-only",
            description =
                    "The network has other classes than the images: the cache answers alone. This is the default if the"
                            + " number of class names is not the number of the network's classes.")
    private boolean cacheOnly;

    public List<String> layers() {
        return layers;
    }

    public boolean cacheOnly() {
        return cacheOnly;
    }

    public NetworkSettings settings(int threads) throws IOException {
        if (cacheOnly && outputs.given()) {
            throw new IllegalArgumentException("--outputs with --cache-only: expected one or the other");
        }
        return preprocessing.settings(threads).withClasses(outputs.listed());
    }

    /**
     * Fails if anything here is given.
     *
     * @param by the option that excludes these, for the message
     */
    public void requireNone(String by) {
        if (!layers.isEmpty() || preprocessing.given() || outputs.given() || cacheOnly) {
            throw new IllegalArgumentException(
                    "--layers, --preprocess, --output, --outputs and --cache-only are for images"
                            + " and a network: leave them out with " + by);
        }
    }

    /** Returns true if the outputs are to be found from the network's answers. */
    public boolean findsOutputs() {
        return outputs.auto();
    }

    /** The outputs that are given for the classes; empty if there are none. */
    public List<Integer> outputs() throws IOException {
        return outputs.listed();
    }

    /** Finds the outputs for the classes from the network's answers. */
    public ClassAssignment assignment(DataOptions data, int threads, Progress progress) throws IOException {
        NetworkSettings settings = settings(threads);
        try (OpenedExamples answered = data.openAnswers(model -> Network.open(model, List.of(), settings))) {
            return ClassAssignment.of(answered.examples(), data.classNames().size(), progress);
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
                    if (layers.isEmpty()) {
                        throw new IllegalArgumentException(
                                "images need --layers: name the layers that make a key; \"layers MODEL\" lists them");
                    }
                    return Network.open(model, layers, settings(threads).withClasses(outputs));
                },
                cacheOnly);
    }
}
