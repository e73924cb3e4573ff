package io.github.afterimage.experiments.options;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The network. */
public final class ModelOption {
    @Option(names = "--model", paramLabel = "MODEL", description = "The network, an ONNX file; needed for images.")
    private @Nullable Path file;

    public boolean given() {
        return file != null;
    }

    /** @param why the reason that a network is needed, for the message */
    public Path require(String why) {
        if (file == null) {
            throw new IllegalArgumentException(why + ": add --model MODEL.onnx");
        }
        return file;
    }
}
