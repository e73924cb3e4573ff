package io.github.afterimage.serving;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
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
final class Schedule<W extends Work<?>> {
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
    private final Set<W> ring = new LinkedHashSet<>();
    private final Map<Object, PassTimes> times = new LinkedHashMap<>(16, 0.75f, true);
    /** The sources of the requests that passes have taken some rows of. */
    private final Map<W, Source<W>> begun = new HashMap<>();

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

    private boolean isShort(W work) {
        return work.rows() <= maxBatch;
    }

    /** Returns the rows that a request takes of the queue: a long one counts as one batch, because others pass it after that. */
    private int weight(W work) {
        return Math.min(work.rows(), maxBatch);
    }

    /** Returns true if the queue takes a request: always if nothing waits. */
    boolean hasRoom(W work) {
        return queued == 0 || queued + weight(work) <= maxQueued;
    }

    /** Returns the rows in the queue, of a long request at most a batch. */
    int queued() {
        return queued;
    }

    /** Puts a new request at the tail. */
    void add(W work, long now) {
        if (ring.isEmpty()) {
            gatherUntil = now + maxDelay;
        }
        queued += weight(work);
        enter(work);
    }

    private void enter(W work) {
        ring.add(work);
        count(work, 1);
    }

    private void count(W work, int sign) {
        if (isShort(work)) {
            shorts += sign;
            shortRows += sign * work.rows();
        }
    }

    /** Removes a request that has ended, if it waits; returns the source that it has held, or null. */
    @Nullable
    Source<W> remove(W work) {
        if (ring.remove(work)) {
            count(work, -1);
            queued -= weight(work);
        }
        return begun.remove(work);
    }

    /** Returns the source that only this request and others of that time may use; null if the present one serves. */
    private @Nullable Source<W> outdatedSource(W work) {
        Source<W> source = begun.get(work);
        return source == null || source.isPresent() ? null : source;
    }

    /** Returns the waiting requests, first to last. */
    Collection<W> waiting() {
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
    Batch<W> next(long now) {
        W head = ring.iterator().next();
        Source<W> outdated = outdatedSource(head);
        List<Slice<W>> slices = new ArrayList<>();
        int room = isShort(head) ? maxBatch : maxBatch - Math.max(1, maxBatch / LEAST_SHARE);
        int rows = 0;
        long oldest = now;
        List<W> longs = new ArrayList<>();
        for (W work : ring) {
            if (work.owner() != head.owner()
                    || !work.group().equals(head.group())
                    || outdatedSource(work) != outdated) {
                continue;
            }
            if (!isShort(work)) {
                longs.add(work);
            } else if (work.rows() <= room - rows) {
                slices.add(new Slice<>(work, 0, work.rows()));
                rows += work.rows();
                oldest = Math.min(oldest, work.submitted);
            }
        }
        int block = longs.isEmpty() ? 0 : block(times(head.group()), rows, now - oldest, now);
        if (!isShort(head)) {
            block = Math.max(block, Math.max(1, rows / LEAST_SHARE));
        }
        block = Math.min(block, maxBatch - rows);
        for (W work : longs) {
            int count = Math.min(block, work.rows() - work.taken);
            if (count > 0) {
                slices.add(new Slice<>(work, work.taken, count));
                block -= count;
            }
        }
        Source<W> source = slices.stream()
                .map(slice -> begun.get(slice.work()))
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
        Batch<W> batch = new Batch<>(slices, source);
        slices.forEach(this::take);
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

    private void take(Slice<W> slice) {
        W work = slice.work();
        ring.remove(work);
        count(work, -1);
        work.taken += slice.count();
        if (slice.isLast()) {
            queued -= weight(work);
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
    void passed(Batch<W> batch, long nanos) {
        if (nanos >= 0) {
            times(batch.group()).add(batch.rows(), nanos);
        }
        returning = shorts
                + (int) batch.slices().stream()
                        .filter(slice -> isShort(slice.work()))
                        .count();
    }

    /**
     * Puts the long requests of a pass that have rows left at the tail.
     *
     * @param source the source of the pass; null if there was none
     * @param nanos as in {@link #passed}
     */
    void resume(Batch<W> batch, @Nullable Source<W> source, long nanos, long now) {
        for (Slice<W> slice : batch.slices()) {
            W work = slice.work();
            if (slice.isLast()) {
                continue;
            }
            if (work.ended || source == null) {
                queued -= weight(work);
            } else {
                if (begun.putIfAbsent(work, source) == null) {
                    source.retain();
                }
                enter(work);
            }
        }
        if (!ring.isEmpty()) {
            gatherUntil = now + Math.min(maxDelay, Math.max(0, nanos) / RETURN_FRACTION);
        }
    }
}
