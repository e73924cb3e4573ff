package io.github.afterimage;

import java.time.Duration;
import java.util.Optional;

/**
 * Figures of an index at one moment, for its operation; they include those of its views.
 *
 * <pre>{@code
 * try (CacheIndex index = CacheIndex.open(Path.of("cache.safetensors"))) {
 *     IndexStatistics now = index.statistics();
 *     System.out.println(now.size() + " keys, " + now.queries() + " queries, " + now.logBytes() + " bytes in the log");
 * }
 * }</pre>
 *
 * @param size number of keys; 0 if the index is closed
 * @param longestName bytes of the longest name of a key in UTF-8, or of a key that was removed lately, which bounds what names add
 *     to an answer; 0 if the index is closed
 * @param queries number of queries answered
 * @param repeatedQueries number of queries that were repeated with their best score as reference, because all sums underflowed: up to
 *     theta = 100 these are queries with a best score below 0
 * @param logBytes bytes of the changes in the log that no save has included; 0 if the index keeps no log, see {@link OpenOptions#log}
 * @param openTime time that opening the index took, with the changes in its log; zero if it was not opened from a file
 * @param lastFailure the message of the last write to the disk that failed, of a save or of the log; empty if none has failed
 * @param listenerFailures number of times that a listener has thrown
 */
public record IndexStatistics(
        long size,
        int longestName,
        long queries,
        long repeatedQueries,
        long logBytes,
        Duration openTime,
        Optional<String> lastFailure,
        long listenerFailures) {}
