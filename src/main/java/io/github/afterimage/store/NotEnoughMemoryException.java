package io.github.afterimage.store;

/** Native memory was refused, by the limit or by the system. What was asked for was not done, and nothing else changed. */
public final class NotEnoughMemoryException extends RuntimeException {
    private static final String REMEDY = "add fewer keys, store them in a smaller element type, or ";

    /** Refused by the limit. */
    NotEnoughMemoryException(MemoryKind kind, long requestedBytes, long usedBytes, long limitBytes) {
        super(requestedBytes + " bytes of " + name(kind) + " memory requested while " + usedBytes
                + " are in use: the limit is " + limitBytes + "; " + REMEDY + "raise -D" + MemoryUse.LIMIT);
    }

    /** Refused by the system. */
    NotEnoughMemoryException(MemoryKind kind, long requestedBytes, long usedBytes) {
        super(requestedBytes + " bytes of " + name(kind) + " memory requested while " + usedBytes
                + " are in use: the system refused, below the limit of " + MemoryUse.limit() + "; " + REMEDY
                + "give the process more");
    }

    private static String name(MemoryKind kind) {
        return kind.name().toLowerCase(java.util.Locale.ROOT);
    }
}
