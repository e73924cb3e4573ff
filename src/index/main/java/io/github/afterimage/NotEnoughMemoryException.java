package io.github.afterimage;

/** Native memory was refused, by the limit or by the system. What was asked for was not done, and nothing else changed. */
public final class NotEnoughMemoryException extends RuntimeException {
    private static final long serialVersionUID = 1;
    /** For memory that keys take. */
    static final String FEWER_KEYS = "add fewer keys, store them in a smaller element type, or ";
    /** For memory that a call takes. */
    static final String FEWER_QUERIES = "ask for fewer queries, neighbours or thetas in one call, or ";
    /** For memory that is set aside when an index is made or opened. */
    static final String FEWER_THREADS = "close other indexes, use fewer threads or classes, or ";

    private final MemoryKind kind;

    /**
     * Refused by the limit.
     *
     * @param setAsideBytes what queries may have besides
     * @param remedy one of the three above
     */
    public NotEnoughMemoryException(
            MemoryKind kind, long requestedBytes, long usedBytes, long setAsideBytes, long limitBytes, String remedy) {
        super(requestedBytes + " bytes of " + name(kind) + " memory requested while " + usedBytes + " are in use"
                + (setAsideBytes > 0 ? " and " + setAsideBytes + " are set aside for queries" : "")
                + ": the limit is " + limitBytes + "; " + remedy + "raise -D" + MemoryUse.LIMIT);
        this.kind = kind;
    }

    /** Refused by the system. */
    public NotEnoughMemoryException(MemoryKind kind, long requestedBytes, long usedBytes) {
        super(requestedBytes + " bytes of " + name(kind) + " memory requested while " + usedBytes
                + " are in use: the system refused, below the limit of " + MemoryUse.limit() + "; " + FEWER_KEYS
                + "give the process more");
        this.kind = kind;
    }

    private NotEnoughMemoryException(MemoryKind kind, String message) {
        super(message);
        this.kind = kind;
    }

    /** Which memory was refused. */
    public MemoryKind kind() {
        return kind;
    }

    /** Memory of a device, refused by a limit that the system property {@code property} sets. */
    public static NotEnoughMemoryException limited(
            MemoryKind kind, long requestedBytes, long usedBytes, long limitBytes, String property) {
        return new NotEnoughMemoryException(
                kind,
                requestedBytes + " bytes of " + name(kind) + " memory requested while " + usedBytes
                        + " are in use: the limit is " + limitBytes + "; send smaller batches, or raise -D" + property);
    }

    /** Memory refused by a device or its driver. */
    public static NotEnoughMemoryException refused(MemoryKind kind, long requestedBytes, long usedBytes) {
        return new NotEnoughMemoryException(
                kind,
                requestedBytes + " bytes of " + name(kind) + " memory requested while " + usedBytes
                        + " are in use: the driver refused; send smaller batches, or free what other processes hold");
    }

    private static String name(MemoryKind kind) {
        return kind.name().toLowerCase(java.util.Locale.ROOT);
    }
}
