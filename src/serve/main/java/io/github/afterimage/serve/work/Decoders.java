package io.github.afterimage.serve.work;

import io.github.afterimage.platform.Threads;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The threads that read long requests, decode images, list keys and wait for the disk. Work that finds too much before it is refused.
 * Large work, such as images of some megapixels, has as many threads of its own, and other work does not wait behind it.
 *
 * <p>Threads: thread-safe. Lifetime: until {@link #shutdownNow}.
 */
public final class Decoders extends ThreadPoolExecutor {
    private static final long LARGE = 16 << 20; // an image of 2.8 megapixels, which decodes within 0.6 s

    private final Duration patience;
    private final ThreadPoolExecutor large;
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
        large = new ThreadPoolExecutor(
                threads,
                threads,
                0,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(maxWaiting),
                Threads.daemons("afterimage-large"));
    }

    /**
     * Returns what answers a request.
     *
     * @param quick whether the present thread may, if the request is not large
     */
    public Executor of(Cost cost, boolean quick) {
        return cost.heapBytes() > LARGE ? large : quick ? Runnable::run : this;
    }

    /** Interrupts the images that are decoded, too. */
    @Override
    public List<Runnable> shutdownNow() {
        large.shutdownNow();
        return super.shutdownNow();
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
