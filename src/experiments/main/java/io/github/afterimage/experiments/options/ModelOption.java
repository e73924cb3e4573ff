package io.github.afterimage.experiments.options;

import io.github.afterimage.experiments.command.OutputFile;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The network. */
public final class ModelOption implements Input {
    @Option(names = "--model", paramLabel = "MODEL", description = "The network, an ONNX file; needed for images.")
    private @Nullable Path file;

    public boolean given() {
        return file != null;
    }

    @Override
    public void checkIsNot(Path output) throws IOException {
        if (file != null) {
            OutputFile.checkIsNot(output, file);
        }
    }

    /** @param why the reason that a network is needed, for the message */
    public Path require(String why) {
        if (file == null) {
            throw new IllegalArgumentException(why + ": add --model MODEL.onnx");
        }
        return file;
    }
}
