package io.github.afterimage.engine;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Chooses a share of things, evenly spaced.
 *
 * <p>Threads: thread-safe.
 */
final class AuditedShare {
    private final double share;
    private final AtomicLong all = new AtomicLong();

    /** @param share 0 to 1 */
    AuditedShare(double share) {
        this.share = share;
    }

    /** Counts another thing; returns true if it is chosen. */
    boolean next() {
        long number = all.incrementAndGet();
        return chosen(number) > chosen(number - 1);
    }

    /** Number of things. */
    long all() {
        return all.get();
    }

    /** Number of chosen things. */
    long chosen() {
        return chosen(all.get());
    }

    private long chosen(long number) {
        return (long) (number * share);
    }
}
