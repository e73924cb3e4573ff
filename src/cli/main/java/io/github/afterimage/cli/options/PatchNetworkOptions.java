package io.github.afterimage.cli.options;

import io.github.afterimage.model.network.Network;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Mixin;

/** The network whose spatial layers describe patches, and the processors that run it. */
public final class PatchNetworkOptions implements Input {
    @Mixin
    private ModelOption model;

    @Mixin
    private KeyLayersOption layers;

    @Mixin
    private PreprocessingOptions preprocessing;

    @Mixin
    private ProcessorOptions processor;

    @Mixin
    private NetworkDeviceOption networkDevice;

    @Override
    public void checkIsNot(Path output) throws IOException {
        model.checkIsNot(output);
    }

    public int threads() {
        return processor.threads();
    }

    /** Applies the settings of the processors to the process. */
    public void apply() {
        processor.apply();
        networkDevice.apply();
    }

    /** Opens the network; the caller closes it. */
    public Network open() throws IOException {
        return Network.open(
                model.require("patches need the network"),
                layers.require(false).terms(),
                preprocessing.settings(processor.threads()));
    }
}
