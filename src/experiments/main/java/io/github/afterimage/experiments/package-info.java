/**
 * What is done with a cache model as a whole: building an index from a data set, tuning, evaluating.
 *
 * <p>{@link io.github.afterimage.model.evaluation.Examples} hides whether features come from a network or from a file.
 */
package io.github.afterimage.experiments;
