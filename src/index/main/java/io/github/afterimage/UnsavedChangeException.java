package io.github.afterimage;

import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * Thrown when the disk fails after a change of an index with a {@linkplain OpenOptions#log log}: the change is made, and every
 * query sees it, but it may be missing on the disk. Do not make it again; {@linkplain CacheIndex#save(java.nio.file.Path) save}
 * the index, which does not need the log. {@link CacheIndex#close} throws it if such changes are lost.
 *
 * <p>A change that is refused throws another exception, and is not made.
 */
public final class UnsavedChangeException extends UncheckedIOException {
    private static final long serialVersionUID = 1;

    /** @param cause the failure of the disk */
    public UnsavedChangeException(String message, IOException cause) {
        super(message, cause);
    }
}
