package io.github.afterimage.failure;

import io.github.afterimage.settings.MemoryKind;
import java.util.Locale;

/** Reports that native memory was refused, by the limit or by the system. The call had no effect. */
public final class NotEnoughMemoryException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final MemoryKind kind;

    /** @param state the bytes in use, the reason of the refusal, and the remedy, for the message */
    public NotEnoughMemoryException(MemoryKind kind, long requestedBytes, String state) {
        super(requestedBytes + " bytes of " + kind.name().toLowerCase(Locale.ROOT) + " memory requested while "
                + state);
        this.kind = kind;
    }

    /** @param message says which call was refused, the bytes in use, and the remedy; for a refusal of unknown size */
    public NotEnoughMemoryException(MemoryKind kind, String message) {
        super(message);
        this.kind = kind;
    }

    /** The kind of memory that was refused. */
    public MemoryKind kind() {
        return kind;
    }
}
