/**
 * Builds and queries an index on a cluster with Apache Spark, which the user provides.
 *
 * <p>Keys stay in their files, which every machine must reach by the same path, and in the native memory of the executors that
 * opened them. The driver sends queries to the executors and merges {@link io.github.afterimage.PartialAnswer}: each
 * task returns 8 bytes for each theta, query and class, for any number of keys. Spark schedules the tasks and repeats those of
 * a lost machine. The results equal those of {@link io.github.afterimage.CacheIndex}.
 */
@NullMarked
package io.github.afterimage.spark;

import org.jspecify.annotations.NullMarked;
