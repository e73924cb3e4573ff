package io.github.afterimage.experiments.options;

import io.github.afterimage.experiments.command.OutputFile;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The network of a command that does nothing without one. */
public final class RequiredModelOption implements Input {
    @Option(names = "--model", required = true, paramLabel = "MODEL", description = "The network, an ONNX file.")
    private Path file;

    public Path file() {
        return file;
    }

    @Override
    public void checkIsNot(Path output) throws IOException {
        OutputFile.checkIsNot(output, file);
    }
}
