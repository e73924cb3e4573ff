package io.github.afterimage;

import io.github.afterimage.store.Memory;
import java.lang.management.ManagementFactory;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * The native memory of this process, by kind, and the limit of {@code HOST} and {@code PINNED} memory together.
 *
 * <pre>{@code
 * MemoryUse.limit(8L << 30);
 * System.out.println(MemoryUse.bytes(MemoryKind.HOST) + " of " + MemoryUse.limit() + " bytes");
 * }</pre>
 *
 * <p>A part of the limit is set aside for queries, for each index that is open: keys and whatever else stays cannot have it,
 * so that an index whose keys have taken all the rest still answers. See {@code CacheIndex} for the calls that this holds
 * for. What removing keys takes later, 8 bytes a key, counts against the limit from the beginning.
 *
 * <p>The limit is what the system property {@value #LIMIT} says, in bytes or with a suffix {@code k}, {@code m} or {@code g}
 * (1024, 1024² and 1024³ bytes). Where it says nothing, it is the memory of the machine or of the container without the
 * greatest Java heap and a sixteenth for the rest, but a quarter at least: more, and the system would end the process. The
 * Java heap is not counted.
 *
 * <p>Threads: thread-safe.
 */
public final class MemoryUse {
    /** The system property that sets the limit. */
    public static final String LIMIT = "afterimage.memoryLimit";

    private static final AtomicLongArray IN_USE = new AtomicLongArray(MemoryKind.values().length);
    private static final AtomicLong PEAK = new AtomicLong();

    // Of host and pinned memory, guarded by the class:
    /** Bytes of keys and other memory that stays, and bytes promised to it. */
    private static long claimed;
    /** Bytes that queries use now or keep for the next query. */
    private static long scratch;
    /** Bytes that only queries may use. */
    private static long setAside;

    private static volatile Long limit;

    private MemoryUse() {}

    /** Bytes of one kind that are in use. */
    public static long bytes(MemoryKind kind) {
        return IN_USE.get(kind.ordinal());
    }

    /** Bytes of all kinds that are in use. */
    public static long bytes() {
        long total = 0;
        for (MemoryKind kind : MemoryKind.values()) {
            total += bytes(kind);
        }
        return total;
    }

    /** The largest value that {@link #bytes()} has had. */
    public static long peakBytes() {
        return PEAK.get();
    }

    /**
     * The most that host and pinned memory may take together, in bytes.
     *
     * @throws IllegalArgumentException if the system property is not a size
     */
    public static long limit() {
        Long known = limit;
        if (known == null) {
            String setting = System.getProperty(LIMIT);
            known = setting == null ? machineBytes() : parse("-D" + LIMIT, setting);
            limit = known;
        }
        return known;
    }

    /** How much of the limit host and pinned memory have left beside what is set aside for queries, in bytes. */
    public static synchronized long free() {
        return Math.max(0, limit() - claimed - Math.max(scratch, setAside));
    }

    /** Sets the limit for allocations from now on; what is in use already may be more. */
    public static void limit(long bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("limit " + bytes + ": expected bytes, 0 or more");
        }
        limit = bytes;
    }

    /** Bytes of the limit that are set aside for the queries of all indexes that are open. */
    public static synchronized long setAsideBytes() {
        return setAside;
    }

    /**
     * Sets bytes aside for queries; {@link #giveBack} is to be called when there are none any more.
     *
     * @throws NotEnoughMemoryException if that would go beyond the limit; nothing is set aside then
     */
    public static synchronized void setAside(long bytes) {
        check(
                MemoryKind.HOST,
                bytes,
                claimed + Math.max(scratch - bytes, setAside),
                NotEnoughMemoryException.FEWER_THREADS);
        setAside += bytes;
    }

    /** Takes back {@link #setAside}. */
    public static synchronized void giveBack(long bytes) {
        setAside -= bytes;
    }

    /**
     * Counts memory that is about to be allocated, and that queries need not have; {@link #release} is to be called when it is
     * freed, or was refused.
     *
     * @throws NotEnoughMemoryException if that would go beyond the limit without what is set aside; nothing is counted then
     */
    public static void reserve(MemoryKind kind, long bytes) {
        if (limited(kind)) {
            claim(kind, bytes);
        }
        count(kind, bytes);
    }

    /** Takes back what {@link #reserve} counted. */
    public static void release(MemoryKind kind, long bytes) {
        if (limited(kind)) {
            unclaim(bytes);
        }
        count(kind, -bytes);
    }

    /**
     * Promises host memory, which {@link Memory#allocateClaimed} then gives.
     *
     * @throws NotEnoughMemoryException as {@link #reserve}
     */
    public static void claim(long bytes) {
        claim(MemoryKind.HOST, bytes);
    }

    private static synchronized void claim(MemoryKind kind, long bytes) {
        check(kind, bytes, claimed + Math.max(scratch, setAside), NotEnoughMemoryException.FEWER_KEYS);
        claimed += bytes;
    }

    /** Bytes of keys and other memory that stays, and bytes promised to it. */
    public static synchronized long claimedBytes() {
        return claimed;
    }

    /** Takes back {@link #claim}. */
    public static synchronized void unclaim(long bytes) {
        claimed -= bytes;
    }

    /**
     * Counts host memory that a query is about to allocate.
     *
     * @throws NotEnoughMemoryException if that would go beyond the limit; nothing is counted then
     */
    public static void reserveScratch(long bytes) {
        synchronized (MemoryUse.class) {
            check(MemoryKind.HOST, bytes, claimed + scratch, NotEnoughMemoryException.FEWER_QUERIES);
            scratch += bytes;
        }
        count(MemoryKind.HOST, bytes);
    }

    /** Takes back what {@link #reserveScratch} counted. */
    public static void releaseScratch(long bytes) {
        synchronized (MemoryUse.class) {
            scratch -= bytes;
        }
        count(MemoryKind.HOST, -bytes);
    }

    /** @param taken what cannot be had any more */
    private static void check(MemoryKind kind, long bytes, long taken, String remedy) {
        long most = limit();
        if (bytes > most - taken) {
            throw new NotEnoughMemoryException(kind, bytes, claimed + scratch, taken - claimed - scratch, most, remedy);
        }
    }

    /** Counts memory, or takes that back, which no limit holds for or which is claimed already. */
    public static void count(MemoryKind kind, long bytes) {
        IN_USE.addAndGet(kind.ordinal(), bytes);
        PEAK.accumulateAndGet(bytes(), Math::max);
    }

    private static boolean limited(MemoryKind kind) {
        return kind == MemoryKind.HOST || kind == MemoryKind.PINNED;
    }

    /**
     * Reads a size: bytes, or a number with {@code k}, {@code m} or {@code g}.
     *
     * @param name what sets it, for the message
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

    private static long machineBytes() {
        if (ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean system) {
            long bytes = system.getTotalMemorySize();
            return bytes > 0 ? withoutHeap(bytes, Runtime.getRuntime().maxMemory()) : Long.MAX_VALUE;
        }
        return Long.MAX_VALUE;
    }

    public static long withoutHeap(long bytes, long heapBytes) {
        return Math.max(bytes / 4, bytes - bytes / 16 - heapBytes);
    }
}
