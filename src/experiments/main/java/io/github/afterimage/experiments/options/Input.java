package io.github.afterimage.experiments.options;

import java.io.IOException;
import java.nio.file.Path;

/** Files that a command reads, and so must not replace. */
public interface Input {
    /** @throws IllegalArgumentException if {@code output} is one of these files */
    void checkIsNot(Path output) throws IOException;
}
