package io.github.afterimage.serving;

import io.github.afterimage.serving.Batch.Block;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Decides which rows the next pass answers, and when it begins. Reads no clock: callers pass the time.
 *
 * <p>Requests stand in a ring. A request that fits into a batch is short, and is answered by one pass. A longer one gives a block
 * to a pass and goes to the tail. While short requests come, the block is chosen by the times of earlier passes, so that a short
 * request is answered within about {@value #STRETCH} times the time of a pass without the block; otherwise the block is a whole
 * batch.
 *
 * <p>Guarded by the lock of the dispatcher.
 */
final class Schedule<A, W extends Work<A>> {
    /**
     * Maximum time of a short request that comes between two passes, as a multiple of the time of its pass without a block: less
     * than three, so that noise leaves the 99th percentile below three times the time alone.
     */
    static final double STRETCH = 2.8;
    /** Maximum time of a pass of long requests, which a short request may have to wait for, as such a multiple. */
    private static final double BLOCK = 2;
    /** Maximum time of a pass with a block whose short requests have waited, as such a multiple: a tile of rows costs little. */
    private static final double JOINED = 1.1;
    /** A block that is due gets at least this fraction, 1 / 4, of the rows of the short requests beside it. */
    private static final int LEAST_SHARE = 4;
    /** One of so many passes of short requests runs without a block: its time is what blocks are compared with. */
    private static final int PROBE = 32;
    /** Short requests are expected for so long after the last one. */
    private static final long EXPECTED_NANOS = TimeUnit.SECONDS.toNanos(10);
    /** After a pass, callers get this fraction, 1 / 16, of its time to send their next request. */
    private static final int RETURN_FRACTION = 16;
    /** Maximum number of groups whose times are kept. */
    private static final int MAX_GROUPS = 64;

    private final int maxBatch;
    private final long maxDelay;
    private final int maxQueued;
    private final Set<Entry<A, W>> ring = new LinkedHashSet<>();
    private final Map<Object, PassTimes> times = new LinkedHashMap<>(16, 0.75f, true);
    private int queued;
    private int shorts;
    private int shortRows;
    /** Short requests that are expected before the next pass: those that the last one has answered, and those that waited. */
    private int returning;
    /** The next pass waits for more requests until this time. */
    private long gatherUntil;

    private boolean shortSeen;
    private long lastShort;
    /** Time of the last pass of short requests without its block. */
    private double shortNanos;

    private int probes;

    Schedule(BatchOptions options) {
        maxBatch = options.maxBatch();
        maxDelay = options.maxDelay().toNanos();
        maxQueued = options.maxQueued();
    }

    private boolean isShort(Entry<A, W> entry) {
        return entry.rows <= maxBatch;
    }

    /** Returns the rows that a request takes of the queue: a long one counts as one batch, because others pass it after that. */
    private int weight(Entry<A, W> entry) {
        return Math.min(entry.rows, maxBatch);
    }

    /** Returns true if the queue takes a request: always if nothing waits. */
    boolean hasRoom(Entry<A, W> entry) {
        return queued == 0 || queued + weight(entry) <= maxQueued;
    }

    /** Returns the rows in the queue, of a long request at most a batch. */
    int queued() {
        return queued;
    }

    /** Puts a new request at the tail. */
    void add(Entry<A, W> entry, long now) {
        if (ring.isEmpty()) {
            gatherUntil = now + maxDelay;
        }
        queued += weight(entry);
        enter(entry);
    }

    private void enter(Entry<A, W> entry) {
        ring.add(entry);
        count(entry, 1);
    }

    private void count(Entry<A, W> entry, int sign) {
        if (isShort(entry)) {
            shorts += sign;
            shortRows += sign * entry.rows;
        }
    }

    /** Removes a request that has ended, if it waits. */
    void remove(Entry<A, W> entry) {
        if (ring.remove(entry)) {
            count(entry, -1);
            queued -= weight(entry);
        }
    }

    /** Returns the waiting requests, first to last. */
    Collection<Entry<A, W>> waiting() {
        return List.copyOf(ring);
    }

    /** Returns the nanoseconds until the next pass begins: 0 for now, Long.MAX_VALUE if no request waits. */
    long delay(long now) {
        if (ring.isEmpty()) {
            return Long.MAX_VALUE;
        }
        boolean full = shortRows >= maxBatch || ring.size() > shorts && !shortsExpected(now);
        return full || shorts >= returning ? 0 : Math.max(0, gatherUntil - now);
    }

    private boolean shortsExpected(long now) {
        return shortSeen && now - lastShort < EXPECTED_NANOS;
    }

    /** Takes the rows of the next pass; at least one request waits. */
    Batch<A, W> next(long now) {
        Entry<A, W> head = ring.iterator().next();
        Source<W> outdated = head.outdatedSource();
        List<Block<A, W>> blocks = new ArrayList<>();
        int room = isShort(head) ? maxBatch : maxBatch - Math.max(1, maxBatch / LEAST_SHARE);
        int rows = 0;
        long oldest = now;
        List<Entry<A, W>> longs = new ArrayList<>();
        for (Entry<A, W> entry : ring) {
            if (entry.work.owner() != head.work.owner()
                    || !entry.work.group().equals(head.work.group())
                    || entry.outdatedSource() != outdated) {
                continue;
            }
            if (!isShort(entry)) {
                longs.add(entry);
            } else if (entry.rows <= room - rows) {
                blocks.add(new Block<>(entry, 0, entry.rows));
                rows += entry.rows;
                oldest = Math.min(oldest, entry.submitted);
            }
        }
        int block = longs.isEmpty() ? 0 : block(times(head.work.group()), rows, now - oldest, now);
        if (!isShort(head)) {
            block = Math.max(block, Math.max(1, rows / LEAST_SHARE));
        }
        block = Math.min(block, maxBatch - rows);
        for (Entry<A, W> entry : longs) {
            int count = Math.min(block, entry.rows - entry.taken);
            if (count > 0) {
                blocks.add(new Block<>(entry, entry.taken, count));
                block -= count;
            }
        }
        Source<W> source = blocks.stream()
                .map(taken -> taken.entry().source)
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
        Batch<A, W> batch = new Batch<>(blocks, source);
        blocks.forEach(this::take);
        return batch;
    }

    /** Chooses the rows of long requests beside {@code rows} of short ones, the first of which has waited so long. */
    private int block(PassTimes group, int rows, long waited, long now) {
        if (rows == 0) {
            boolean whole = shortNanos == 0 || !shortsExpected(now);
            return whole ? maxBatch : group.rows(BLOCK * shortNanos, maxBatch);
        }
        shortSeen = true;
        lastShort = now;
        shortNanos = group.nanos(rows);
        if (probes++ % PROBE == 0) {
            return 0;
        }
        double limit = Math.max(JOINED * shortNanos, STRETCH * shortNanos - waited);
        return group.rows(limit, maxBatch) - rows;
    }

    private void take(Block<A, W> block) {
        Entry<A, W> entry = block.entry();
        ring.remove(entry);
        count(entry, -1);
        entry.taken += block.count();
        if (block.isLast()) {
            queued -= weight(entry);
        }
    }

    private PassTimes times(Object group) {
        if (times.size() > MAX_GROUPS) {
            times.remove(times.keySet().iterator().next());
        }
        return times.computeIfAbsent(group, unknown -> new PassTimes());
    }

    /**
     * Notes that a pass has ended; its callers may send their next requests from now on.
     *
     * @param nanos its time; negative if it failed
     */
    void passed(Batch<A, W> batch, long nanos) {
        if (nanos >= 0) {
            times(batch.group()).add(batch.rows(), nanos);
        }
        returning = shorts
                + (int) batch.blocks().stream()
                        .filter(block -> isShort(block.entry()))
                        .count();
    }

    /**
     * Puts the long requests of a pass that have rows left at the tail.
     *
     * @param source the source of the pass; null if there was none
     * @param nanos as in {@link #passed}
     */
    void resume(Batch<A, W> batch, @Nullable Source<W> source, long nanos, long now) {
        for (Block<A, W> block : batch.blocks()) {
            Entry<A, W> entry = block.entry();
            if (block.isLast()) {
                continue;
            }
            if (entry.ended || source == null) {
                queued -= weight(entry);
            } else {
                if (entry.source == null) {
                    entry.source = source;
                    source.retain();
                }
                enter(entry);
            }
        }
        if (!ring.isEmpty()) {
            gatherUntil = now + Math.min(maxDelay, Math.max(0, nanos) / RETURN_FRACTION);
        }
    }
}
