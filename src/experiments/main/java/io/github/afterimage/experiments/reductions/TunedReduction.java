package io.github.afterimage.experiments.reductions;

import io.github.afterimage.Tuner;

/**
 * The errors and the speed of one index in a {@link ReductionComparison}.
 *
 * @param tuner the errors over the grid
 * @param queriesPerSecond the rate for one θ, in batches of {@link
 *     io.github.afterimage.model.evaluation.Evaluation#BATCH}, with the reduction of queries
 */
public record TunedReduction(Tuner tuner, double queriesPerSecond) {}
