package io.github.afterimage.file;

import io.github.afterimage.log.NumberedFiles;
import java.nio.file.Path;

/** Names the parts of an index: those of {@code cache.safetensors} are {@code cache.0001.safetensors} and so on. */
final class PartNames extends NumberedFiles {
    private static final String SUFFIX = ".safetensors";

    private final Path unfinished;

    PartNames(Path index) {
        this(index, name(index).endsWith(SUFFIX) ? SUFFIX : "");
    }

    private PartNames(Path index, String suffix) {
        this(index, name(index).substring(0, name(index).length() - suffix.length()), suffix);
    }

    private PartNames(Path index, String stem, String suffix) {
        super(index, stem, suffix);
        unfinished = index.resolveSibling(stem + ".unfinished" + suffix);
    }

    /** Returns the file in which an interrupted build records its parts. */
    Path unfinished() {
        return unfinished;
    }
}
