/**
 * Larger than a machine: building and asking an index with Apache Spark, which this library does not bring.
 *
 * <p>Keys stay in their files, which every machine must reach by the same path, and in the native memory of the executors that
 * opened them; the driver sends queries to them and merges {@link io.github.afterimage.PartialDistributions}: 8 bytes for
 * each theta, query and class from each task, whatever the number of keys. Spark does all that a cluster needs: scheduling,
 * and doing again what was lost with a machine. The numbers are those of {@link io.github.afterimage.CacheIndex}.
 */
package io.github.afterimage.spark;
