package io.github.afterimage.serving;

import java.time.Duration;

/**
 * Options of a {@link Batcher}; override only what you need. Immutable.
 *
 * <pre>{@code
 * BatchOptions options = new BatchOptions().maxBatch(32).maxQueued(1000);
 * }</pre>
 *
 * @param maxBatch maximum number of rows that are answered together
 * @param maxDelay maximum time that an idle batcher waits for more requests
 * @param maxQueued maximum number of rows that wait
 */
public record BatchOptions(int maxBatch, Duration maxDelay, int maxQueued) {
    private static final int DEFAULT_BATCH = 64;
    private static final int DEFAULT_QUEUED_BATCHES = 8;

    /** @throws IllegalArgumentException if a value is out of range */
    public BatchOptions {
        positive("maxBatch", maxBatch);
        positive("maxQueued", maxQueued);
        if (maxDelay.isNegative() || maxDelay.compareTo(Duration.ofMinutes(1)) > 0) {
            throw new IllegalArgumentException("maxDelay " + maxDelay.toMillis() + " ms: expected 0 to one minute");
        }
    }

    /**
     * Makes the default options: batches of at most 64 rows, because 32 rows or more share a pass over the keys at nearly the
     * rate of many; a delay of at most 2 ms, a small part of the time of a pass over 100,000 keys; at most 512 waiting rows, so
     * that a request waits for about eight passes and is refused rather than answered late.
     */
    public BatchOptions() {
        this(DEFAULT_BATCH, Duration.ofMillis(2), DEFAULT_QUEUED_BATCHES * DEFAULT_BATCH);
    }

    /**
     * Returns options with another greatest batch. A request of more rows is cut into blocks, which other requests may pass.
     *
     * @throws IllegalArgumentException if it is not positive
     */
    public BatchOptions maxBatch(int rows) {
        return new BatchOptions(rows, maxDelay, maxQueued);
    }

    /**
     * Returns options with another greatest delay. A batch begins earlier if it is full, or if as many requests have come as
     * the last batch had.
     *
     * @throws IllegalArgumentException if it is negative, or more than a minute
     */
    public BatchOptions maxDelay(Duration delay) {
        return new BatchOptions(maxBatch, delay, maxQueued);
    }

    /**
     * Returns options with another greatest number of waiting rows. A request of more than {@link #maxBatch} rows counts as one
     * batch, because other requests pass it after one block. An empty queue takes any request.
     *
     * @throws IllegalArgumentException if it is not positive
     */
    public BatchOptions maxQueued(int rows) {
        return new BatchOptions(maxBatch, maxDelay, rows);
    }

    private static void positive(String name, int value) {
        if (value <= 0) {
            throw new IllegalArgumentException(name + " " + value + ": expected a positive number");
        }
    }
}
