package io.github.afterimage.experiments.shift;

import io.github.afterimage.Hyperparameters;

/**
 * The clean memory, as it is before images change.
 *
 * @param cacheTheta the θ of the memory alone
 * @param cacheBeta its β
 * @param keys the number of its keys
 * @param tunedOn the number of clean images that θ and λ were tuned on
 */
public record CleanTuning(
        double theta, double lambda, double beta, double cacheTheta, double cacheBeta, long keys, int tunedOn) {
    /** Returns θ, λ and β of the mixture. */
    public Hyperparameters hyperparameters() {
        return new Hyperparameters(theta, lambda, beta);
    }

    /** Returns θ and β of the memory alone. */
    Hyperparameters alone() {
        return alone(cacheTheta);
    }

    /** Returns the memory alone with another θ. */
    Hyperparameters alone(double otherTheta) {
        return new Hyperparameters(otherTheta, 1, cacheBeta);
    }

    /** Returns the β of the mixture, then that of the memory alone. */
    double[] betas() {
        return new double[] {beta, cacheBeta};
    }
}
