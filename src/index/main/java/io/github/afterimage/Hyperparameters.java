package io.github.afterimage;

import java.util.List;
import java.util.Map;

/**
 * The hyperparameters of a cache model.
 *
 * <pre>{@code
 * Hyperparameters tuned = new Hyperparameters(60, 0.3);
 * double p = Mixture.of(tuned.lambda(), 0.6, 0.9);
 * }</pre>
 *
 * @param theta sharpness of the cache, finite and not negative; θ above 1e9 is treated as 1e9, because scores are not precise
 *     enough for more
 * @param lambda weight of the cache in 0..1, equation (3) of the paper; 1 is the cache alone
 * @param beta sharpness of the {@linkplain Query#classFactor class factor}, finite and not negative, treated likewise; 0, which the
 *     paper has, for none
 */
public record Hyperparameters(double theta, double lambda, double beta) {
    /** The attribute of an index that holds θ. */
    public static final String THETA = "theta";

    /** The attribute of an index that holds λ. */
    public static final String LAMBDA = "lambda";

    /** The attribute of an index that holds β; an index without it has 0. */
    public static final String BETA = "beta";

    private static final double MAX_THETA = 1e9;

    /** @throws IllegalArgumentException if a value is out of range */
    public Hyperparameters {
        checkTheta(theta);
        checkLambda(lambda);
        checkBeta(beta);
    }

    /**
     * Makes hyperparameters without a class factor.
     *
     * @throws IllegalArgumentException if a value is out of range
     */
    public Hyperparameters(double theta, double lambda) {
        this(theta, lambda, 0);
    }

    /**
     * Returns the θ, λ and β that are stored in an index.
     *
     * @param attributes those of the {@linkplain CacheIndex#attributes index}
     * @throws IllegalArgumentException if the index was not tuned; the message names the remedy
     */
    public static Hyperparameters of(Map<String, String> attributes) {
        String theta = attributes.get(THETA);
        String lambda = attributes.get(LAMBDA);
        if (theta == null || lambda == null) {
            throw new IllegalArgumentException(
                    "the index has no theta and lambda: run tune --save, or give them yourself");
        }
        return new Hyperparameters(Double.parseDouble(theta), Double.parseDouble(lambda), beta(attributes));
    }

    /** Returns the β among the attributes of an index; 0 if there is none. */
    public static double beta(Map<String, String> attributes) {
        return Double.parseDouble(attributes.getOrDefault(BETA, "0"));
    }

    /** Returns θ, λ and β as attributes of an index, which {@link #of} reads. */
    public Map<String, String> attributes() {
        return Map.of(THETA, Double.toString(theta), LAMBDA, Double.toString(lambda), BETA, Double.toString(beta));
    }

    static void checkLambda(double lambda) {
        if (!(lambda >= 0 && lambda <= 1)) {
            throw new IllegalArgumentException("lambda " + lambda + ": expected 0 to 1");
        }
    }

    static void checkTheta(double theta) {
        checkSharpness("theta", theta);
    }

    static void checkBeta(double beta) {
        checkSharpness("beta", beta);
    }

    private static void checkSharpness(String name, double value) {
        if (!(value >= 0 && value <= Double.MAX_VALUE)) {
            throw new IllegalArgumentException(name + " " + value + ": expected a finite number that is not negative");
        }
    }

    /** Returns values of θ or β as engines compute with them. */
    static float[] narrowed(List<Double> values) {
        float[] narrowed = new float[values.size()];
        for (int i = 0; i < narrowed.length; i++) {
            narrowed[i] = (float) Math.min(values.get(i), MAX_THETA);
        }
        return narrowed;
    }
}
