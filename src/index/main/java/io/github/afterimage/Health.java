package io.github.afterimage;

import java.util.Map;
import java.util.Optional;

/**
 * The state of a {@link Batcher} and its index at one moment.
 *
 * <pre>{@code
 * try (Batcher batcher = new Batcher(CacheIndex.open(Path.of("cache.safetensors")))) {
 *     Health health = batcher.health();
 *     System.out.println(health.open() + ", " + health.keys() + " keys, " + health.queuedRows() + " rows wait");
 * }
 * }</pre>
 *
 * @param open true if requests are taken
 * @param keys number of keys of the index; 0 if it is closed
 * @param bytes native memory of the process by kind, as {@link MemoryUse} counts it
 * @param queuedRows rows that wait; a request of more than a batch counts as one batch
 * @param requests numbers of requests, by their ends
 * @param lastFailure message of the last request that failed or last save that failed, or empty
 */
public record Health(
        boolean open,
        long keys,
        Map<MemoryKind, Long> bytes,
        int queuedRows,
        RequestCounts requests,
        Optional<String> lastFailure) {}
