package io.github.afterimage.experiments.shift;

import io.github.afterimage.Hyperparameters;

/**
 * The clean memory, as it is before images change.
 *
 * @param cacheTheta the θ of the memory alone
 * @param keys the number of its keys
 * @param tunedOn the number of clean images that θ and λ were tuned on
 */
public record CleanTuning(double theta, double lambda, double cacheTheta, long keys, int tunedOn) {
    /** Returns θ and λ of the mixture. */
    public Hyperparameters hyperparameters() {
        return new Hyperparameters(theta, lambda);
    }
}
