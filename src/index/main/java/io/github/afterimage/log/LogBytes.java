package io.github.afterimage.log;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Counts the bytes of a log.
 *
 * <p>Threads: thread-safe.
 */
final class LogBytes {
    /** Room that a file of the log takes at least. */
    static final long LEAST_ROOM = 1L << 20;

    private final AtomicLong records;
    /** Bytes that ended files lack to {@link #LEAST_ROOM}. */
    private final AtomicLong shortfall;

    /** A number of bytes: those of records, and those that files lack. */
    record Count(long records, long shortfall) {}

    LogBytes(LogState present) {
        records = new AtomicLong(present.bytes());
        shortfall = new AtomicLong(Math.max(0, present.files() * LEAST_ROOM - present.bytes()));
    }

    Count now() {
        return new Count(records.get(), shortfall.get());
    }

    /** Returns the bytes of the records and headers. */
    long records() {
        return records.get();
    }

    /** Returns the bytes that the bound of a log counts. Small files count as {@link #LEAST_ROOM}, because many slow down opening. */
    long bounded() {
        return records.get() + shortfall.get();
    }

    void add(long bytes) {
        records.addAndGet(bytes);
    }

    /** Notes that a file has ended. */
    void ended(long fileBytes) {
        shortfall.addAndGet(Math.max(0, LEAST_ROOM - fileBytes));
    }

    /** Forgets files that are deleted. */
    void subtract(Count deleted) {
        records.addAndGet(-deleted.records);
        shortfall.addAndGet(-deleted.shortfall);
    }
}
