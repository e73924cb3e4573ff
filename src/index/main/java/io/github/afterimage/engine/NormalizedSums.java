package io.github.afterimage.engine;

/**
 * The sums of a batch for one theta, divided by their total.
 *
 * @param values p_mem of equations (1) and (2), {@code (batch, classes)} row-major
 * @param logMasses log Σ_k exp(θ (φᵀμ_k − 1)) of each query
 * @param maxima the greatest score φᵀμ_k of each query
 */
public record NormalizedSums(float theta, float[] values, double[] logMasses, float[] maxima) {
    NormalizedSums(float theta, int batch, int classes) {
        this(theta, new float[Math.multiplyExact(batch, classes)], new double[batch], new float[batch]);
    }
}
