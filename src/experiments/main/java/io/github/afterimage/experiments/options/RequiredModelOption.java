package io.github.afterimage.experiments.options;

import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The network of a command that does nothing without one. */
public final class RequiredModelOption {
    @Option(names = "--model", required = true, paramLabel = "MODEL", description = "The network, an ONNX file.")
    private Path file;

    public Path file() {
        return file;
    }
}
