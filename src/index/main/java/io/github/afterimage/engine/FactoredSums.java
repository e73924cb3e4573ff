package io.github.afterimage.engine;

/**
 * The sums of a batch for one θ and one β, each multiplied by the factor of its class, divided by their total.
 *
 * @param plain the sums for this θ without factors
 * @param values p_mem {@code (batch, classes)}; those of {@code plain} if β is 0
 * @param products zᵀm_c {@code (batch, classes)}, -∞ for a class without keys; shared with other θ and β
 * @param logRatios log of the total with factors over the total without, for each query
 */
public record FactoredSums(NormalizedSums plain, float[] values, float[] products, float beta, double[] logRatios) {}
