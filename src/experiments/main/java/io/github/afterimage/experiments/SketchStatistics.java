package io.github.afterimage.experiments;

/**
 * The result of a {@link SketchComparison}.
 *
 * @param covered the number of queries whose probabilities are all within the half width of the query
 * @param beyond the number of queries with a probability that is off by more than the tolerance
 * @param errorPercentile99 the 99th percentile of the greatest error of a probability of a query
 * @param differing the number of queries whose exact answer has another class
 * @param plain the number of queries that the plain pass answered
 * @param readMean the mean number of keys that were read
 * @param sketchSeconds the duration of the estimated queries
 * @param plainSeconds the duration of the plain pass over the same queries
 */
public record SketchStatistics(
        int queries,
        int covered,
        int beyond,
        double errorPercentile99,
        int differing,
        int plain,
        double readMean,
        long readMedian,
        long readPercentile99,
        double sketchSeconds,
        double plainSeconds) {}
