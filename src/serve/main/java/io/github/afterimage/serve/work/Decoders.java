package io.github.afterimage.serve.work;

import io.github.afterimage.platform.Threads;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The threads that read long requests, decode images, list keys and wait for the disk. Work that finds too much before it is refused.
 *
 * <p>Threads: thread-safe. Lifetime: until {@link #shutdownNow}.
 */
public final class Decoders extends ThreadPoolExecutor {
    private final Duration patience;
    private volatile long finished = System.nanoTime();

    /**
     * Starts threads as they are needed.
     *
     * @param threads maximum number
     * @param maxWaiting maximum tasks that wait; they hold the bodies of their requests
     * @param patience time without a finished task after which they are {@link #stalled}
     */
    public Decoders(int threads, int maxWaiting, Duration patience) {
        super(
                threads,
                threads,
                0,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(maxWaiting),
                Threads.daemons("afterimage-decoder"));
        this.patience = patience;
    }

    /** A task that knows since when it waits. */
    private record Task(Runnable work, long submitted) implements Runnable {
        @Override
        public void run() {
            work.run();
        }
    }

    @Override
    public void execute(Runnable work) {
        super.execute(new Task(work, System.nanoTime()));
    }

    @Override
    protected void afterExecute(Runnable task, Throwable failure) {
        finished = System.nanoTime();
    }

    /** Returns the reason why requests are not read: work waits, and none has ended for a while. Empty if they are read. */
    public Optional<String> stalled() {
        long now = System.nanoTime();
        boolean late = getQueue().peek() instanceof Task first
                && now - first.submitted > patience.toNanos()
                && now - finished > patience.toNanos();
        return late
                ? Optional.of("no request has been read for " + patience.toSeconds() + " s, and "
                        + getQueue().size() + " wait")
                : Optional.empty();
    }
}
