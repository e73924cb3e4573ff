package io.github.afterimage;

import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The least {@linkplain Answer.Row#logMass log mass} of a query that is like something remembered, as {@code tune --save}
 * calibrates it with held-out examples.
 *
 * <pre>{@code
 * try (CacheIndex index = CacheIndex.open(Path.of("cache.safetensors"))) {
 *     double theta = Hyperparameters.of(index.attributes()).theta();
 *     Answer.Row row = index.query(new float[index.dim()], theta).row(0);
 *     if (LogMassThreshold.of(index.attributes(), theta).isReached(row.logMass())) {
 *         System.out.println(row.best());
 *     }
 * }
 * }</pre>
 *
 * <p>It belongs to the keys of that moment: each key that is added later can only make log masses greater.
 *
 * @param least the threshold
 * @param share the share of the held-out examples that may be below it
 */
public record LogMassThreshold(double least, double share) {
    /** The usual share: one example in a hundred. */
    public static final double SHARE = 0.01;

    /** The attribute of an index that holds the threshold at the tuned θ. */
    static final String LEAST = "log_mass_low";
    /** The attribute that holds the share; {@link #SHARE} where it is absent. */
    static final String SHARE_BELOW = "log_mass_share";
    /** The names of all attributes of a threshold. */
    static final Set<String> ATTRIBUTES = Set.of(LEAST, SHARE_BELOW);

    /**
     * Returns the threshold that is stored in an index.
     *
     * @param attributes those of the {@linkplain CacheIndex#attributes index}
     * @param theta the θ of the query
     * @throws IllegalArgumentException if the index was not tuned, or with another θ; the message names the remedy
     */
    public static LogMassThreshold of(Map<String, String> attributes, double theta) {
        return stored(attributes, theta)
                .orElseThrow(() -> new IllegalArgumentException("the index has no threshold of the log mass for theta "
                        + theta + ": "
                        + (attributes.containsKey(LEAST)
                                ? "query with theta " + attributes.get(Hyperparameters.THETA)
                                        + ", which its threshold is for"
                                : "run tune --save, and query with the theta that it stores")));
    }

    /**
     * Returns the threshold that is stored in an index; empty if it was not tuned, or with another θ, because log masses depend on
     * θ.
     *
     * @param attributes those of the {@linkplain CacheIndex#attributes index}
     * @param theta the θ of the query
     */
    public static Optional<LogMassThreshold> stored(Map<String, String> attributes, double theta) {
        String least = attributes.get(LEAST);
        String tuned = attributes.get(Hyperparameters.THETA);
        return least == null || tuned == null || Double.parseDouble(tuned) != theta
                ? Optional.empty()
                : Optional.of(new LogMassThreshold(Double.parseDouble(least), share(attributes)));
    }

    /** @throws IllegalArgumentException if the share among the attributes is out of range */
    static double share(Map<String, String> attributes) {
        String text = attributes.get(SHARE_BELOW);
        return text == null ? SHARE : checkShare(Double.parseDouble(text));
    }

    /** Returns the threshold as attributes of an index. */
    Map<String, String> attributes() {
        return Map.of(LEAST, Double.toString(least), SHARE_BELOW, Double.toString(share));
    }

    /** @throws IllegalArgumentException if it is not at least 0 and less than 1 */
    static double checkShare(double share) {
        if (!(share >= 0 && share < 1)) {
            throw new IllegalArgumentException("share " + share + " of examples below the threshold of the log mass:"
                    + " expected 0 or more and less than 1");
        }
        return share;
    }

    /** Returns whether a query with this log mass is like something remembered. */
    public boolean isReached(double logMass) {
        return logMass >= least;
    }
}
