package io.github.afterimage.failure;

import java.io.IOException;
import java.nio.file.Path;

/** An index file is damaged, incomplete or not an index. The message names the file, the section and what was expected. */
public final class CorruptIndexException extends IOException {
    private static final long serialVersionUID = 1;

    public CorruptIndexException(Path file, String finding) {
        super(file + ": " + finding);
    }
}
