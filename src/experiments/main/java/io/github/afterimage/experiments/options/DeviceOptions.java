package io.github.afterimage.experiments.options;

import io.github.afterimage.model.network.NetworkDevice;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The threads, the instruction set and the device of networks that a command uses. */
public class DeviceOptions extends ProcessorOptions {
    @Option(
            names = "--network-device",
            order = 82,
            paramLabel = "NAME",
            description = "The device on which ONNX Runtime runs networks: cpu (by default) or cuda.")
    private @Nullable String name;

    @Override
    public void apply() {
        super.apply();
        if (name != null) {
            System.setProperty(
                    NetworkDevice.PROPERTY, NetworkDevice.named(name).name().toLowerCase(Locale.ROOT));
        }
    }
}
