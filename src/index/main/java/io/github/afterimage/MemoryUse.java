package io.github.afterimage;

import io.github.afterimage.platform.MemoryLedger;
import io.github.afterimage.settings.MemoryKind;

/**
 * The native memory of this process, by kind, and the limit of {@code HOST} and {@code PINNED} memory together.
 *
 * <pre>{@code
 * MemoryUse.limit(8L << 30);
 * System.out.println(MemoryUse.bytes(MemoryKind.HOST) + " of " + MemoryUse.limit() + " bytes");
 * }</pre>
 *
 * <p>Each open index sets a part of the limit aside for its queries. Keys and other lasting data cannot take that part, so an
 * index whose keys have taken all other memory still answers; {@link CacheIndex} lists the calls that this holds for. Removing
 * keys will take 8 bytes a key, which count against the limit from the start.
 *
 * <p>The system property {@value #LIMIT} sets the limit, in bytes or with a suffix {@code k}, {@code m} or {@code g}
 * (1024, 1024² and 1024³ bytes). By default it is the memory of the machine or of the container, less the maximum Java heap,
 * less a sixteenth for everything else, but at least a quarter; with more, the system would end the process. The Java heap is
 * not counted, nor are up to 32 MiB that ended queries leave for later ones while an index is open.
 *
 * <p>Threads: thread-safe.
 */
public final class MemoryUse {
    /** The system property that sets the limit. */
    public static final String LIMIT = MemoryLedger.LIMIT;

    private MemoryUse() {}

    /** Bytes of one kind in use. */
    public static long bytes(MemoryKind kind) {
        return MemoryLedger.bytes(kind);
    }

    /** Bytes of all kinds in use. */
    public static long bytes() {
        return MemoryLedger.bytes();
    }

    /** The greatest value that {@link #bytes()} has had. */
    public static long peakBytes() {
        return MemoryLedger.peakBytes();
    }

    /**
     * Maximum bytes of host and pinned memory together.
     *
     * @throws IllegalArgumentException if the system property is not a size
     */
    public static long limit() {
        return MemoryLedger.limit();
    }

    /**
     * Sets the limit for later allocations; bytes in use already may exceed it.
     *
     * @throws IllegalArgumentException if it is negative
     */
    public static void limit(long bytes) {
        MemoryLedger.limit(bytes);
    }

    /** Bytes of the limit that keys can still take: neither in use nor set aside for queries. */
    public static long free() {
        return MemoryLedger.free();
    }

    /** Bytes of the limit that are set aside for the queries of all open indexes. */
    public static long setAsideBytes() {
        return MemoryLedger.setAsideBytes();
    }

    /**
     * Parses a size: bytes, or a number with the suffix {@code k}, {@code m} or {@code g}.
     *
     * @param name of the option that has the value, for the message
     * @throws IllegalArgumentException if it is not a size
     */
    public static long parse(String name, String setting) {
        return MemoryLedger.parse(name, setting);
    }
}
