/**
 * Statistics of classifiers: how sure an error rate is, whether two differ, and what probabilities are worth.
 *
 * <p>Imports nothing of the project.
 */
package io.github.afterimage.experiments.statistics;
