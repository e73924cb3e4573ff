package io.github.afterimage.serving;

/**
 * Receives reports of what a batcher does; see {@link Monitored#observe}. Override only what you need.
 *
 * <pre>{@code
 * try (Batcher batcher = new Batcher(CacheIndex.open(Path.of("cache.safetensors")))) {
 *     batcher.observe(new BatchListener() {
 *         @Override
 *         public void passed(int rows, long nanos) {
 *             System.out.println("a batch of " + rows + " rows took " + nanos / 1000 + " µs");
 *         }
 *     });
 * }
 * }</pre>
 */
public interface BatchListener {
    /**
     * Reports a batch that was answered in one pass, on the batcher's thread.
     *
     * @param rows number of rows of the batch
     * @param nanos duration of the pass
     */
    default void passed(int rows, long nanos) {}

    /**
     * Reports an answered request, on the batcher's thread.
     *
     * @param nanos time from the submission to the answer
     */
    default void answered(long nanos) {}

    /** Reports that another index, or model, answers requests from now on, on the thread of {@link Batcher#replace}. */
    default void replaced() {}
}
