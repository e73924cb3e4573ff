package io.github.afterimage;

/**
 * The two numbers of a cache model.
 *
 * @param theta sharpness of the cache, finite and not negative
 * @param lambda weight of the cache in 0..1, equation (3) of the paper; 1 is the cache alone
 */
public record Hyperparameters(double theta, double lambda) {

    /** @throws IllegalArgumentException if one of them is out of range */
    public Hyperparameters {
        checkTheta(theta);
        if (!(lambda >= 0 && lambda <= 1)) {
            throw new IllegalArgumentException("lambda " + lambda + " is outside 0..1");
        }
    }

    /** Equation (3) of the paper: (1 - λ) p_net + λ p_mem. */
    public double mix(double network, double cache) {
        return (1 - lambda) * network + lambda * cache;
    }

    static double checkTheta(double theta) {
        if (!(theta >= 0 && theta <= Float.MAX_VALUE)) {
            throw new IllegalArgumentException("theta " + theta + ": expected a finite number that is not negative");
        }
        return theta;
    }
}
