package io.github.afterimage.experiments.layers;

import org.jspecify.annotations.Nullable;

/**
 * The error rates with one layer alone as key.
 *
 * @param depth the position of the layer: 0 for the image, 1 for the last tensor of the network
 * @param problem the reason why it cannot be a key, or null; with a reason, the following components are 0
 * @param keyDim the number of values of a stored key
 */
public record LayerErrors(
        String layer,
        double depth,
        @Nullable String problem,
        int keyDim,
        long keys,
        double theta,
        double lambda,
        long examples,
        double networkError,
        double mixedError,
        double cacheError) {}
