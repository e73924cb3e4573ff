package io.github.afterimage.serve.work;

import io.github.afterimage.serve.protocol.RequestException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

/**
 * The bytes of the Java heap that requests, decoded images and answers may take together. Work that does not fit waits until other
 * work ends, and is refused with status 503 after a while; work that never fits is refused with status 413 at once. Small requests,
 * each a 64th of the budget at most, do not wait behind great ones: an eighth more is theirs. The requests of one connection hold a
 * quarter together, or one of them more.
 *
 * <p>Threads: thread-safe. No thread waits; a hold completes on the thread that releases bytes.
 */
public final class HeapBudget {
    /** Bytes for the server itself, with room for the collector. */
    private static final long LEAST_RESERVE = 64L << 20;

    private static final int SMALL = 64;
    private static final int MORE_FOR_SMALL = 8;
    private static final int CONNECTIONS = 4;

    private final long maxBytes;
    private final long maxAnswer;
    private final Duration patience;
    private long held; // guarded by this
    private final Map<Object, Long> byConnection = new HashMap<>(); // guarded by this
    private final Deque<Waiting> waiting = new ArrayDeque<>(); // guarded by this
    private volatile long answered = System.nanoTime();
    private volatile boolean refusing;
    private volatile long refused;

    private record Waiting(Share share, long bytes, CompletableFuture<Void> granted) {}

    /**
     * Makes a budget of which nothing is held.
     *
     * @param maxBytes of all work
     * @param maxAnswer maximum bytes of one answer
     * @param patience time that work waits
     */
    public HeapBudget(long maxBytes, long maxAnswer, Duration patience) {
        this.maxBytes = maxBytes;
        this.maxAnswer = maxAnswer;
        this.patience = patience;
    }

    /** Returns the budget of a process that only serves: its maximum heap less a quarter, at least 64 MiB less. */
    public static long ofHeap() {
        long heap = Runtime.getRuntime().maxMemory();
        return Math.max(heap / 4, heap - Math.max(heap / 4, LEAST_RESERVE));
    }

    /** Returns the maximum bytes of one answer. */
    public long maxAnswer() {
        return maxAnswer;
    }

    /** Returns the maximum bytes of all work but small requests. */
    public long maxBytes() {
        return maxBytes;
    }

    /** Returns the bytes that are held. */
    public synchronized long held() {
        return held;
    }

    /** Returns true if work waits for memory. */
    public synchronized boolean isShort() {
        return waiting.stream().anyMatch(each -> !each.granted.isDone() && isFair(each.share, each.bytes));
    }

    /** Returns the reason why nothing is answered: work was refused for want of memory, and no answer was made for a while. Empty if there is none. */
    public Optional<String> starved() {
        long now = System.nanoTime();
        boolean late = refusing && now - refused < patience.toNanos() && now - answered > patience.toNanos();
        return late
                ? Optional.of("no request has been answered for " + patience.toSeconds() + " s, because the memory for"
                        + " requests and answers, " + maxBytes + " bytes, is in use")
                : Optional.empty();
    }

    /**
     * Begins the work of a request, which holds nothing yet.
     *
     * @param connection by which the request came
     */
    public Share open(Object connection) {
        return new Share(connection);
    }

    /** Makes the refusal of work that has waited, or may not. */
    public RequestException refusal() {
        refused = System.nanoTime();
        refusing = true;
        return new RequestException(
                RequestException.UNAVAILABLE,
                "the memory for requests and answers, " + maxBytes + " bytes, is in use: send the request again later");
    }

    /** The bytes that one request holds. Holds of one share follow each other. */
    public final class Share implements AutoCloseable {
        private final Object connection;
        private long own; // guarded by the budget
        private boolean closed; // guarded by the budget

        private Share(Object connection) {
            this.connection = connection;
        }

        /**
         * Changes the bytes that this share holds. Less is there at once, more may have to wait; a share that holds bytes already
         * goes before those that hold none, so that work which has begun ends.
         *
         * @return fails with a {@link RequestException} of status 413 or 503 if the bytes are refused
         */
        public CompletableFuture<Void> hold(long bytes) {
            if (bytes > maxBytes) {
                return CompletableFuture.failedFuture(tooLarge(bytes));
            }
            CompletableFuture<Void> granted;
            List<Waiting> others = List.of();
            synchronized (HeapBudget.this) {
                if (closed || bytes <= own) {
                    others = set(closed ? 0 : bytes);
                    granted = CompletableFuture.completedFuture(null);
                } else if (fits(this, bytes) && (own > 0 || isSmall(bytes) || !isShort())) {
                    take(bytes);
                    return CompletableFuture.completedFuture(null);
                } else {
                    granted = new CompletableFuture<>();
                    Waiting entry = new Waiting(this, bytes, granted);
                    if (own > 0 || isSmall(bytes)) {
                        waiting.addFirst(entry);
                    } else {
                        waiting.addLast(entry);
                    }
                }
            }
            grant(others);
            return granted.isDone() ? granted : limited(granted);
        }

        /**
         * Holds what a request costs.
         *
         * @return fails as {@link #hold(long)}, and with status 413 if the answer is too long
         */
        public CompletableFuture<Void> hold(Cost cost) {
            if (cost.answerBytes() > maxAnswer) {
                return CompletableFuture.failedFuture(new RequestException(
                        RequestException.TOO_LARGE,
                        "the answer may take " + cost.answerBytes() + " bytes: expected at most " + maxAnswer + "; "
                                + cost.remedy()));
            }
            return hold(cost.heapBytes());
        }

        private CompletableFuture<Void> limited(CompletableFuture<Void> granted) {
            return granted.orTimeout(patience.toNanos(), TimeUnit.NANOSECONDS).exceptionally(late -> {
                forget(granted);
                throw new CompletionException(refusal());
            });
        }

        /** Holds the bytes of the answer alone from now on, because it is made. */
        public void answered(long bytes) {
            answered = System.nanoTime();
            List<Waiting> others;
            synchronized (HeapBudget.this) {
                others = set(Math.min(own, bytes));
            }
            grant(others);
        }

        private void take(long bytes) {
            long more = bytes - own;
            held += more;
            own = bytes;
            byConnection.compute(connection, (same, before) -> {
                long now = (before == null ? 0 : before) + more;
                return now == 0 ? null : now;
            });
        }

        /** Sets the bytes to less, and returns the others that go on now. */
        private List<Waiting> set(long bytes) {
            take(bytes);
            return next();
        }

        /** Releases all bytes; closing twice is harmless. */
        @Override
        public void close() {
            List<Waiting> others;
            synchronized (HeapBudget.this) {
                closed = true;
                others = set(0);
            }
            grant(others);
        }
    }

    /**
     * Checks work whose bytes are held later, so that it does not wait in vain.
     *
     * @throws RequestException of status 413 if it never fits
     */
    public void requirePossible(long bytes) {
        if (bytes > maxBytes) {
            throw tooLarge(bytes);
        }
    }

    private RequestException tooLarge(long bytes) {
        return new RequestException(
                RequestException.TOO_LARGE,
                "the request and its answer need " + bytes + " bytes of memory: expected at most " + maxBytes
                        + "; send fewer rows or smaller images at once");
    }

    private boolean isSmall(long bytes) {
        return bytes <= maxBytes / SMALL;
    }

    private boolean fits(Share share, long bytes) {
        long most = isSmall(bytes) ? maxBytes + maxBytes / MORE_FOR_SMALL : maxBytes;
        return bytes - share.own <= most - held && isFair(share, bytes);
    }

    /** Returns whether the other requests of the connection leave room for this one. */
    private boolean isFair(Share share, long bytes) {
        return isAlone(share) || others(share) + bytes <= maxBytes / CONNECTIONS;
    }

    private boolean isAlone(Share share) {
        return others(share) == 0;
    }

    private long others(Share share) {
        return byConnection.getOrDefault(share.connection, 0L) - share.own;
    }

    /**
     * Takes those that wait and fit, in order, first those whose connection holds nothing else. Those that wait for others of their
     * connection let all pass.
     */
    private List<Waiting> next() {
        List<Waiting> fitting = new ArrayList<>();
        if (takeThoseThatFit(true, fitting)) {
            boolean unused = takeThoseThatFit(false, fitting);
        }
        return fitting;
    }

    /** Returns false if one waits for room. */
    private boolean takeThoseThatFit(boolean alone, List<Waiting> fitting) {
        for (Iterator<Waiting> each = waiting.iterator(); each.hasNext(); ) {
            Waiting first = each.next();
            Share share = first.share;
            if (!first.granted.isDone() && !share.closed) {
                if (alone && !isAlone(share) || !isFair(share, first.bytes)) {
                    continue;
                }
                if (!fits(share, first.bytes)) {
                    return false;
                }
                share.take(first.bytes);
            }
            fitting.add(first);
            each.remove();
        }
        return true;
    }

    private static void grant(List<Waiting> fitting) {
        fitting.forEach(each -> each.granted.complete(null));
    }

    /** Drops one that has waited too long, behind which others may fit. */
    private void forget(CompletableFuture<Void> late) {
        List<Waiting> others;
        synchronized (this) {
            waiting.removeIf(each -> each.granted == late);
            others = next();
        }
        grant(others);
    }
}
