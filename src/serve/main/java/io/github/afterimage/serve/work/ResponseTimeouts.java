package io.github.afterimage.serve.work;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * Ends answers that clients read too slowly: each gains time with its bytes. While other work waits for memory, answers have much less
 * time, because a client that asks much and reads nothing would hold that memory for a few bytes.
 *
 * <p>Threads: thread-safe. Lifetime: until {@link #close}.
 */
public final class ResponseTimeouts implements AutoCloseable {
    private static final Duration INTERVAL = Duration.ofMillis(500);
    private static final long SECOND = 1_000_000_000;
    /** Others wait 5 s for memory. */
    private static final long SHORT_NANOS = 2 * SECOND;

    private static final long SHORT_RATE = 10_000_000;

    private final long idleNanos;
    private final int minRate;
    private final BooleanSupplier isShort;
    private final Set<PendingBytes> unread = ConcurrentHashMap.newKeySet();
    private final PeriodicTask watch;

    /**
     * Begins to look after answers.
     *
     * @param idle time that each has beside that for its bytes
     * @param minRate bytes per second
     * @param isShort whether work waits for memory
     */
    public ResponseTimeouts(Duration idle, int minRate, BooleanSupplier isShort) {
        idleNanos = idle.toNanos();
        this.minRate = minRate;
        this.isShort = isShort;
        watch = new PeriodicTask("afterimage-response-timeouts", INTERVAL, this::look);
    }

    /** Bytes that a client has not read yet. */
    public final class PendingBytes {
        private final long began;
        private final long sent;
        private final long bytes;
        private final long since = System.nanoTime();
        private final Consumer<TimeoutException> cut;

        private PendingBytes(long began, long sent, long bytes, Consumer<TimeoutException> cut) {
            this.began = began;
            this.sent = sent;
            this.bytes = bytes;
            this.cut = cut;
        }

        private boolean isLate(long now, boolean hurried) {
            return now - began > idleNanos + (sent + bytes) * SECOND / minRate
                    || hurried && now - since > SHORT_NANOS + bytes * SECOND / SHORT_RATE;
        }

        /** Ends the watch, because the client has read the bytes or is gone. */
        public void end() {
            unread.remove(this);
        }
    }

    /**
     * Watches bytes of an answer until they are read.
     *
     * @param began {@link System#nanoTime} when the answer began to be sent
     * @param sent bytes that the client has read since then
     * @param bytes that wait for it
     * @param cut ends the answer; called once at most
     */
    public PendingBytes watch(long began, long sent, long bytes, Consumer<TimeoutException> cut) {
        PendingBytes pending = new PendingBytes(began, sent, bytes, cut);
        unread.add(pending);
        return pending;
    }

    private void look() {
        long now = System.nanoTime();
        boolean hurried = isShort.getAsBoolean();
        List<PendingBytes> late =
                unread.stream().filter(pending -> pending.isLate(now, hurried)).toList();
        for (PendingBytes pending : late) {
            if (unread.remove(pending)) {
                cut(pending);
            }
        }
    }

    private void cut(PendingBytes pending) {
        try {
            pending.cut.accept(new TimeoutException("the answer was read too slowly: expected at least " + minRate
                    + " bytes a second, and more while others wait for memory"));
        } catch (RuntimeException | Error e) { // must not keep the others
            System.getLogger(ResponseTimeouts.class.getName())
                    .log(System.Logger.Level.DEBUG, "an answer that was read too slowly could not be cut", e);
        }
    }

    @Override
    public void close() {
        watch.close();
    }
}
