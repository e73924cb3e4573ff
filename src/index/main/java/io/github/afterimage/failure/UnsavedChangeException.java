package io.github.afterimage.failure;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Objects;

/**
 * Thrown when the disk fails after a change of an index with a {@linkplain io.github.afterimage.OpenOptions#log log}: the change is made, and every
 * query sees it, but it may be missing on the disk. Do not make it again; {@linkplain io.github.afterimage.CacheIndex#save(java.nio.file.Path) save}
 * the index, which does not need the log. {@link io.github.afterimage.CacheIndex#close} throws it if such changes are lost.
 *
 * <p>A change that is refused throws another exception, and is not made.
 */
public final class UnsavedChangeException extends UncheckedIOException {
    private static final long serialVersionUID = 1;

    private final long result;

    /** @param cause the failure of the disk */
    public UnsavedChangeException(String message, IOException cause) {
        this(message, cause, -1);
    }

    private UnsavedChangeException(String message, IOException cause, long result) {
        super(message, cause);
        this.result = result;
    }

    /** Returns this failure of a call that would have returned {@code value}. */
    public UnsavedChangeException returning(long value) {
        UnsavedChangeException same =
                new UnsavedChangeException(String.valueOf(getMessage()), Objects.requireNonNull(getCause()), value);
        same.setStackTrace(getStackTrace());
        return same;
    }

    /**
     * Returns what the call would have returned: the id of the first key that is added, or the number of keys that are removed; -1
     * if it is not known.
     */
    public long result() {
        return result;
    }
}
