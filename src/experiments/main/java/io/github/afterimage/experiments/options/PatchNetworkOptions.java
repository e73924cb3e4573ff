package io.github.afterimage.experiments.options;

import io.github.afterimage.model.network.KeyLayers;
import io.github.afterimage.model.network.Network;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The network whose spatial layers describe patches, and the processors that run it. */
public final class PatchNetworkOptions extends DeviceOptions {
    @Option(names = "--model", required = true, paramLabel = "MODEL", description = "The network, an ONNX file.")
    private Path model;

    @Option(
            names = "--layers",
            required = true,
            paramLabel = "LAYERS",
            description =
                    "The spatial layers of a patch, as \"layers\" lists them, separated by commas, each with a weight or"
                            + " without: add_8,add_10*2.")
    private String layers;

    @Mixin
    private PreprocessingOptions preprocessing;

    /** Opens the network; the caller closes it. */
    public Network open() throws IOException {
        return Network.open(model, KeyLayers.parse(layers).terms(), preprocessing.settings(threads()));
    }
}
