package io.github.afterimage.failure;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A data file whose content is not what its format requires: truncated, contradictory or out of range. */
public final class CorruptDataException extends IOException {
    private static final long serialVersionUID = 1L;

    public CorruptDataException(String message) {
        super(message);
    }

    public CorruptDataException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
