package io.github.afterimage;

import java.util.Map;

/**
 * The least {@linkplain Answer.Row#logMass log mass} of a query that is like something remembered, as {@code tune --save}
 * calibrates it with held-out examples.
 *
 * <pre>{@code
 * try (CacheIndex index = CacheIndex.open(Path.of("cache.safetensors"))) {
 *     double theta = Hyperparameters.of(index).theta();
 *     Answer.Row row = index.query(new float[index.dim()], theta).row(0);
 *     if (LogMassThreshold.of(index, theta).isReached(row.logMass())) {
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

    /**
     * Returns the threshold that is stored in an index.
     *
     * @param theta the θ of the query
     * @throws IllegalArgumentException if the index was not tuned, or with another θ; the message names the remedy
     */
    public static LogMassThreshold of(CacheIndex index, double theta) {
        return index.logMassThreshold(theta)
                .orElseThrow(() -> new IllegalArgumentException("the index has no threshold of the log mass for theta "
                        + theta + ": " + remedy(index.attributes())));
    }

    private static String remedy(Map<String, String> attributes) {
        return attributes.containsKey(StoredAttributes.LOW_LOG_MASS)
                ? "query with theta " + attributes.get(Hyperparameters.THETA) + ", which its threshold is for"
                : "run tune --save, and query with the theta that it stores";
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
