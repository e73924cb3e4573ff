package io.github.afterimage.experiments.layers;

import org.jspecify.annotations.Nullable;

/**
 * The error rates of one candidate key.
 *
 * @param problem the reason why it cannot be a key, or null; with a reason, the other components are 0
 * @param keyDim the number of values of a stored key
 */
record KeyErrors(
        @Nullable String problem,
        int keyDim,
        long keys,
        double theta,
        double lambda,
        long examples,
        double networkError,
        double mixedError,
        double cacheError) {}
