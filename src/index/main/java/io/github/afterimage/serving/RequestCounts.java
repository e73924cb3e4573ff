package io.github.afterimage.serving;

/**
 * Numbers of requests of a {@link Batcher}, by their ends.
 *
 * <pre>{@code
 * try (Batcher batcher = new Batcher(CacheIndex.open(Path.of("cache.safetensors")))) {
 *     RequestCounts counts = batcher.health().requests();
 *     System.out.println(counts.answered() + " answered, " + counts.refused() + " refused");
 * }
 * }</pre>
 *
 * @param answered with an answer
 * @param refused because the queue was full
 * @param late because their deadline passed
 * @param cancelled by their callers
 * @param failed for any other reason
 */
public record RequestCounts(long answered, long refused, long late, long cancelled, long failed) {}
