package io.github.afterimage.experiments.shift;

import io.github.afterimage.Hyperparameters;

/**
 * The clean memory, as it is before images change.
 *
 * @param mixture the θ, λ and β of the mixture
 * @param alone those of the memory alone
 * @param keys the number of its keys
 * @param tunedOn the number of clean images that tuned it
 */
public record CleanTuning(Hyperparameters mixture, Hyperparameters alone, long keys, int tunedOn) {
    /** Returns the β of the mixture, then that of the memory alone. */
    double[] betas() {
        return new double[] {mixture.beta(), alone.beta()};
    }
}
