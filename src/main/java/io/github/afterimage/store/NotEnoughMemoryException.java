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

    private NotEnoughMemoryException(String message) {
        super(message);
    }

    /** Memory of a device, refused by a limit that the system property {@code property} sets. */
    public static NotEnoughMemoryException limited(
            MemoryKind kind, long requestedBytes, long usedBytes, long limitBytes, String property) {
        return new NotEnoughMemoryException(
                requestedBytes + " bytes of " + name(kind) + " memory requested while " + usedBytes
                        + " are in use: the limit is " + limitBytes + "; send smaller batches, or raise -D" + property);
    }

    /** Memory refused by a device or its driver. */
    public static NotEnoughMemoryException refused(MemoryKind kind, long requestedBytes, long usedBytes) {
        return new NotEnoughMemoryException(
                requestedBytes + " bytes of " + name(kind) + " memory requested while " + usedBytes
                        + " are in use: the driver refused; send smaller batches, or free what other processes hold");
    }

    private static String name(MemoryKind kind) {
        return kind.name().toLowerCase(java.util.Locale.ROOT);
    }
}
