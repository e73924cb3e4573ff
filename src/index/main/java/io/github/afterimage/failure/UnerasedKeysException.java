package io.github.afterimage.failure;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;

/**
 * Thrown when {@link io.github.afterimage.CacheIndex#forget} has removed keys and fails before the files are without them, also by an
 * interrupt: no query sees the keys, and their bytes may still be in the files. When the cause is mended, forget again, with the same ids.
 *
 * <p>If forgetting fails before it removes a key, it throws another exception.
 */
public final class UnerasedKeysException extends IOException {
    private static final long serialVersionUID = 1;

    private final long removed;

    public UnerasedKeysException(long removed, String file, Throwable cause) {
        super(
                file + ": bytes of the keys to forget may still be in the files: "
                        + (cause instanceof ClosedByInterruptException
                                ? "the thread was interrupted"
                                : cause.getMessage())
                        + "; forget them again",
                cause);
        this.removed = removed;
    }

    /** Returns the number of keys that are removed. */
    public long removed() {
        return removed;
    }
}
