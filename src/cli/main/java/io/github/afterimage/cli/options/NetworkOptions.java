package io.github.afterimage.cli.options;

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

    public NetworkSettings settings(int threads) {
        return preprocessing.settings(threads);
    }

    /**
     * Fails if anything here is given.
     *
     * @param by the option that excludes these, for the message
     */
    public void requireNone(String by) {
        if (!layers.isEmpty() || preprocessing.given() || cacheOnly) {
            throw new IllegalArgumentException("--layers, --preprocess, --output and --cache-only are for images and a"
                    + " network: leave them out with " + by);
        }
    }

    /** The examples as keys are made of them. */
    public OpenedExamples open(DataOptions data, int threads) throws IOException {
        return data.openKeys(
                model -> {
                    if (layers.isEmpty()) {
                        throw new IllegalArgumentException(
                                "images need --layers: name the layers that make a key; \"layers MODEL\" lists them");
                    }
                    return Network.open(model, layers, settings(threads));
                },
                cacheOnly);
    }
}
