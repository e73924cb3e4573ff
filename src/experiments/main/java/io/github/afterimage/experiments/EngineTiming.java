package io.github.afterimage.experiments;

import org.jspecify.annotations.Nullable;

/**
 * The answers and the speed of one engine in an {@link EngineComparison}.
 *
 * @param problem the reason why it cannot be used here, in one line, or null; with a reason, the following components are 0
 * @param largestDifference the largest difference of a probability from that of the engine {@code reference}
 * @param agreeing the number of queries with the same most probable class as with {@code reference}
 * @param seconds the median duration of a call with all queries
 */
public record EngineTiming(
        String engine,
        String description,
        @Nullable String problem,
        double largestDifference,
        int agreeing,
        double seconds) {}
