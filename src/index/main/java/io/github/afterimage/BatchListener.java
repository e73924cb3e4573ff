package io.github.afterimage;

/**
 * Receives reports of what a {@link Batcher} does; see {@link Batcher#observe}. Override only what you need.
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

    /**
     * Reports that requests are answered by another index from now on, on the thread of {@link Batcher#replace}.
     *
     * @param next the index
     */
    default void replaced(CacheIndex next) {}
}
