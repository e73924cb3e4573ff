package io.github.afterimage.platform;

import io.github.afterimage.failure.NotEnoughMemoryException;
import io.github.afterimage.settings.MemoryKind;
import java.lang.management.ManagementFactory;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;

/**
 * Counts the native memory in use and refuses requests that exceed the limit.
 *
 * <p>Host and pinned memory has three accounts: bytes claimed by keys and other lasting data, scratch bytes in use by queries,
 * and bytes set aside for queries. Scratch memory can use the bytes set aside, but claims cannot.
 *
 * <p>Threads: thread-safe.
 */
public final class MemoryLedger {
    /** The system property that sets the limit. */
    public static final String LIMIT = "afterimage.memoryLimit";

    private static final String FEWER_KEYS = "add fewer keys, store them in a smaller element type, or ";
    private static final String FEWER_QUERIES = "ask for fewer queries, neighbours or thetas in one call, or ";
    private static final String FEWER_THREADS = "close other indexes, use fewer threads or classes, or ";

    private static final AtomicLongArray IN_USE = new AtomicLongArray(MemoryKind.values().length);
    private static final AtomicLong PEAK = new AtomicLong();

    // Bytes of host and pinned memory, guarded by the class:
    private static long claimed;
    private static long scratch;
    private static long setAside;

    private static volatile @Nullable Long limit;

    private MemoryLedger() {}

    /**
     * Parses a size: bytes, or a number with the suffix {@code k}, {@code m} or {@code g}.
     *
     * @param name of the option that has the value, for the message
     * @throws IllegalArgumentException if it is not a size
     */
    public static long parse(String name, String setting) {
        int digits = setting.length();
        int shift = 0;
        if (!setting.isEmpty()) {
            shift = switch (Character.toLowerCase(setting.charAt(digits - 1))) {
                case 'k' -> 10;
                case 'm' -> 20;
                case 'g' -> 30;
                default -> 0;
            };
        }
        try {
            long value = Long.parseLong(setting.substring(0, shift == 0 ? digits : digits - 1));
            if (value >= 0 && value <= Long.MAX_VALUE >> shift) {
                return value << shift;
            }
        } catch (NumberFormatException e) {
            // Refused below, as what is out of range.
        }
        throw new IllegalArgumentException(name + "=" + setting + ": expected bytes, such as 8589934592, 8192m or 8g");
    }

    /** Returns the bytes of one kind in use. */
    public static long bytes(MemoryKind kind) {
        return IN_USE.get(kind.ordinal());
    }

    /** Returns the bytes of all kinds in use. */
    public static long bytes() {
        long total = 0;
        for (int kind = 0; kind < IN_USE.length(); kind++) {
            total += IN_USE.get(kind);
        }
        return total;
    }

    /** Returns the largest value that {@link #bytes()} has had. */
    public static long peakBytes() {
        return PEAK.get();
    }

    /** Returns the limit of host and pinned memory. */
    public static long limit() {
        Long known = limit;
        if (known == null) {
            String setting = System.getProperty(LIMIT);
            known = setting == null ? machineBytes() : parse("-D" + LIMIT, setting);
            limit = known;
        }
        return known;
    }

    /** Sets the limit for later allocations; bytes in use already may exceed it. */
    public static void limit(long bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("limit " + bytes + ": expected bytes, 0 or more");
        }
        limit = bytes;
    }

    /** Returns the bytes below the limit that are neither claimed, nor in use by queries, nor set aside for them. */
    public static synchronized long free() {
        return Math.max(0, limit() - claimed - Math.max(scratch, setAside));
    }

    /** Returns the bytes set aside for the queries of all open indexes. */
    public static synchronized long setAsideBytes() {
        return setAside;
    }

    /** Returns the bytes claimed by keys and other lasting data. */
    public static synchronized long claimedBytes() {
        return claimed;
    }

    /**
     * Sets bytes aside for queries, until {@link #giveBack}.
     *
     * @throws NotEnoughMemoryException if that would exceed the limit; nothing is set aside then
     */
    public static synchronized void setAside(long bytes) {
        check(MemoryKind.HOST, bytes, claimed + Math.max(scratch - bytes, setAside), FEWER_THREADS);
        setAside += bytes;
    }

    /** Undoes {@link #setAside}. */
    public static synchronized void giveBack(long bytes) {
        setAside -= bytes;
    }

    /**
     * Claims and counts memory before its allocation, until {@link #release}.
     *
     * @throws NotEnoughMemoryException if that would exceed the limit less the bytes set aside; nothing is counted then
     */
    public static void reserve(MemoryKind kind, long bytes) {
        if (limited(kind)) {
            claim(kind, bytes);
        }
        count(kind, bytes);
    }

    /** Undoes {@link #reserve}. */
    public static void release(MemoryKind kind, long bytes) {
        if (limited(kind)) {
            unclaim(bytes);
        }
        count(kind, -bytes);
    }

    /**
     * Counts memory in use as pinned instead of {@code kind}, until {@link #unpin}. Mapped memory is claimed too, because it
     * cannot be dropped any more.
     *
     * @throws NotEnoughMemoryException if that would exceed the limit less the bytes set aside; nothing changes then
     */
    public static void pin(MemoryKind kind, long bytes) {
        if (!limited(kind)) {
            claim(MemoryKind.PINNED, bytes);
        }
        count(kind, -bytes);
        count(MemoryKind.PINNED, bytes);
    }

    /** Undoes {@link #pin}. */
    public static void unpin(MemoryKind kind, long bytes) {
        count(MemoryKind.PINNED, -bytes);
        count(kind, bytes);
        if (!limited(kind)) {
            unclaim(bytes);
        }
    }

    /**
     * Claims host memory that is allocated later, until {@link #unclaim}.
     *
     * @throws NotEnoughMemoryException if that would exceed the limit less the bytes set aside; nothing is claimed then
     */
    public static void claim(long bytes) {
        claim(MemoryKind.HOST, bytes);
    }

    private static synchronized void claim(MemoryKind kind, long bytes) {
        check(kind, bytes, claimed + Math.max(scratch, setAside), FEWER_KEYS);
        claimed += bytes;
    }

    /** Undoes {@link #claim}. */
    public static synchronized void unclaim(long bytes) {
        claimed -= bytes;
    }

    /**
     * Counts host memory that a query is about to allocate, until {@link #releaseScratch}.
     *
     * @throws NotEnoughMemoryException if that would exceed the limit; nothing is counted then
     */
    public static void reserveScratch(long bytes) {
        synchronized (MemoryLedger.class) {
            check(MemoryKind.HOST, bytes, claimed + scratch, FEWER_QUERIES);
            scratch += bytes;
        }
        count(MemoryKind.HOST, bytes);
    }

    /** Undoes {@link #reserveScratch}. */
    public static void releaseScratch(long bytes) {
        synchronized (MemoryLedger.class) {
            scratch -= bytes;
        }
        count(MemoryKind.HOST, -bytes);
    }

    /** @param taken bytes that are not available for this request */
    private static void check(MemoryKind kind, long bytes, long taken, String remedy) {
        long maximum = limit();
        if (bytes > maximum - taken) {
            long inUse = claimed + scratch;
            throw new NotEnoughMemoryException(
                    kind,
                    bytes,
                    inUse + " are in use"
                            + (taken > inUse ? " and " + (taken - inUse) + " are set aside for queries" : "")
                            + ": the limit is " + maximum + "; " + remedy + "raise -D" + LIMIT);
        }
    }

    /** Creates the exception for host memory that is counted already but that the system refused. */
    public static NotEnoughMemoryException refusedBySystem(long bytes) {
        return new NotEnoughMemoryException(
                MemoryKind.HOST,
                bytes,
                bytes(MemoryKind.HOST) - bytes + " are in use: the system refused, below the limit of " + limit() + "; "
                        + FEWER_KEYS + "give the process more");
    }

    /** Counts memory that has no limit or is claimed already; a negative number undoes that. */
    public static void count(MemoryKind kind, long bytes) {
        IN_USE.addAndGet(kind.ordinal(), bytes);
        PEAK.accumulateAndGet(bytes(), Math::max);
    }

    private static boolean limited(MemoryKind kind) {
        return kind == MemoryKind.HOST || kind == MemoryKind.PINNED;
    }

    private static long machineBytes() {
        if (ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean system) {
            long bytes = system.getTotalMemorySize();
            return bytes > 0 ? withoutHeap(bytes, Runtime.getRuntime().maxMemory()) : Long.MAX_VALUE;
        }
        return Long.MAX_VALUE;
    }

    /** Returns the default limit on a machine with {@code bytes} of memory. */
    public static long withoutHeap(long bytes, long heapBytes) {
        return Math.max(bytes / 4, bytes - bytes / 16 - heapBytes);
    }
}
