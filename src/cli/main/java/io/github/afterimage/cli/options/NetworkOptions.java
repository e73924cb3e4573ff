package io.github.afterimage.cli.options;

import io.github.afterimage.model.network.Network;
import io.github.afterimage.model.network.NetworkSettings;
import java.io.IOException;
import java.util.List;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How images become keys: the layers of a network, and what of its answers counts. */
public final class NetworkOptions {
    @Option(
            names = "--layers",
            order = 3,
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
            order = 22,
            description =
                    "The network's classes are not those of the images: the cache answers alone. By default so where"
                            + " there are more or fewer names of classes than the network has classes.")
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
     * @param by what says all that already, for the message
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
