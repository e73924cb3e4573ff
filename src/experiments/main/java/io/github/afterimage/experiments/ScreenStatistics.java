package io.github.afterimage.experiments;

/**
 * The result of a {@link ScreenComparison}.
 *
 * @param certified the number of queries that the screen answered, with or without refined keys
 * @param unrefined the number of these that needed no key
 * @param refinedMedian the median number of refined keys of a query
 * @param refinedPercentile99 the 99th percentile of that number
 * @param differing the number of queries for which the plain pass names another class, which the screen corrects
 * @param screenSeconds the duration of the certified queries
 * @param plainSeconds the duration of the plain pass over the same queries
 */
public record ScreenStatistics(
        int queries,
        int certified,
        int unrefined,
        long refinedMedian,
        long refinedPercentile99,
        int differing,
        double screenSeconds,
        double plainSeconds) {}
