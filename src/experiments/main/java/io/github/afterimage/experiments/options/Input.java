package io.github.afterimage.experiments.options;

import io.github.afterimage.experiments.command.OutputFile;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Files that a command reads, and so must not replace. */
public interface Input {
    /** @throws IllegalArgumentException if {@code output} is one of these files */
    void checkIsNot(Path output) throws IOException;

    /** Fails before the work if a file cannot be written or would replace an input; null stands for no file. */
    static void checkOutput(@Nullable Path output, Input... inputs) throws IOException {
        if (output != null) {
            OutputFile.checkWritable(output);
            for (Input input : inputs) {
                input.checkIsNot(output);
            }
        }
    }
}
