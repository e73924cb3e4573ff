/**
 * Builds and queries an index on a cluster with Apache Spark, which the user provides.
 *
 * <p>Keys stay in their files, which every machine must reach by the same path, and in the native memory of the executors that
 * opened them. The driver sends queries to the executors and merges {@link io.github.afterimage.answer.PartialAnswer}: each
 * task returns 8 bytes for each theta, query and class, and with a class factor also 16 bytes for each number of a key and class, for
 * any number of keys. Spark schedules the tasks and repeats those of a lost machine. Errors are those of {@link
 * io.github.afterimage.CacheIndex}; probabilities differ by at most 1e-6.
 */
@NullMarked
package io.github.afterimage.spark;

import org.jspecify.annotations.NullMarked;
