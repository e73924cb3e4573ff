package io.github.afterimage.serving;

import io.github.afterimage.CacheReader;
import io.github.afterimage.MemoryUse;
import io.github.afterimage.settings.MemoryKind;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
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
 * @param lastFailures messages of the last request that failed, and of the last save or record in the log that the disk has
 *     failed
 */
public record Health(
        boolean open,
        long keys,
        Map<MemoryKind, Long> bytes,
        int queuedRows,
        RequestCounts requests,
        List<String> lastFailures) {
    /**
     * Returns the state of a batcher.
     *
     * @param index its index, which may be closed
     * @param lastFailure message of its last request that failed, or empty
     */
    public static Health of(CacheReader index, int queuedRows, RequestCounts requests, Optional<String> lastFailure) {
        Map<MemoryKind, Long> bytes = new EnumMap<>(MemoryKind.class);
        for (MemoryKind kind : MemoryKind.values()) {
            bytes.put(kind, MemoryUse.bytes(kind));
        }
        List<String> failures = new ArrayList<>();
        lastFailure.ifPresent(failures::add);
        index.statistics().lastFailure().ifPresent(failures::add);
        long keys = 0;
        boolean open = true;
        try {
            keys = index.size();
        } catch (IllegalStateException closed) {
            open = false;
        }
        return new Health(open, keys, Map.copyOf(bytes), queuedRows, requests, List.copyOf(failures));
    }
}
