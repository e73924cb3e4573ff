package io.github.afterimage;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The greatest {@linkplain Answer.Row#novelty novelty} of a query that is like something remembered, as {@code tune --save} calibrates
 * it with held-out examples.
 *
 * <pre>{@code
 * try (CacheIndex index = CacheIndex.open(Path.of("cache.safetensors"))) {
 *     double theta = Hyperparameters.of(index.attributes()).theta();
 *     Query query = Query.of(new float[index.dim()]).thetas(theta).distances(NoveltyThreshold.needsDistances(index.attributes()));
 *     Answer.Row row = index.answer(query).row(0);
 *     NoveltyThreshold threshold = NoveltyThreshold.of(index.attributes(), theta, false);
 *     if (threshold.isReached(row.novelty(threshold, null))) {
 *         System.out.println(row.best());
 *     }
 * }
 * }</pre>
 *
 * <p>Thresholds of the memory alone and of the mixture hold for every θ. Files of before have one of the log mass, for the θ that they
 * were tuned to; it belongs to the keys of that moment, because each key that is added can only make log masses greater.
 *
 * @param score what is compared
 * @param most the threshold
 * @param share the share of the held-out examples that may be above it
 */
public record NoveltyThreshold(Score score, double most, double share) {
    /** A measure of novelty; of those that an index has a threshold of, the first one counts. */
    public enum Score {
        /** The {@linkplain Answer.Row#novelty novelty} with the probabilities of a network. */
        MIXTURE("novelty_most"),
        /** The novelty without a network. */
        MEMORY("novelty_most_alone"),
        /** The {@linkplain Answer.Row#logMass log mass}, times −1. */
        LOG_MASS("log_mass_low");

        /** The attribute of an index that holds the threshold; that of the log mass itself, which is the least one. */
        final String attribute;

        Score(String attribute) {
            this.attribute = attribute;
        }
    }

    /** The usual share: one example in a hundred. */
    public static final double SHARE = 0.01;

    /** The attribute that holds the share. */
    static final String SHARE_ABOVE = "novelty_share";
    /** The attribute of files of before that holds the share; {@link #SHARE} where it is absent. */
    static final String LOG_MASS_SHARE = "log_mass_share";
    /** The names of all attributes of a threshold. */
    static final Set<String> ATTRIBUTES = Set.of(
            Score.MIXTURE.attribute, Score.MEMORY.attribute, Score.LOG_MASS.attribute, SHARE_ABOVE, LOG_MASS_SHARE);

    /**
     * Returns the threshold that is stored in an index.
     *
     * @param attributes those of the {@linkplain CacheIndex#attributes index}
     * @param theta the θ of the query
     * @param network whether the query has the probabilities of a network
     * @throws IllegalArgumentException if the index was not tuned, or before with another θ; the message names the remedy
     */
    public static NoveltyThreshold of(Map<String, String> attributes, double theta, boolean network) {
        return stored(attributes, theta, network)
                .orElseThrow(() -> new IllegalArgumentException("the index has no threshold of novelty"
                        + (attributes.containsKey(Score.LOG_MASS.attribute)
                                ? " for theta " + theta + ": query with theta " + attributes.get(Hyperparameters.THETA)
                                        + ", which its threshold is for, or run tune --save"
                                : ": run tune --save")));
    }

    /**
     * Returns the threshold that is stored in an index: that of the mixture if there is one and the query has a network, or else that of
     * the memory alone, or one of the log mass. Empty if the index was not tuned, or before with another θ.
     *
     * @param attributes those of the {@linkplain CacheIndex#attributes index}
     * @param theta the θ of the query
     * @param network whether the query has the probabilities of a network
     */
    public static Optional<NoveltyThreshold> stored(Map<String, String> attributes, double theta, boolean network) {
        return Arrays.stream(Score.values())
                .filter(score -> attributes.containsKey(score.attribute))
                .filter(score -> network || score != Score.MIXTURE)
                .filter(score -> score != Score.LOG_MASS || number(attributes, Hyperparameters.THETA) == theta)
                .map(score -> new NoveltyThreshold(
                        score,
                        (score == Score.LOG_MASS ? -1 : 1) * number(attributes, score.attribute),
                        share(attributes)))
                .findFirst();
    }

    /** Returns whether queries of an index must ask for {@link Query#distances} to be compared with its threshold. */
    public static boolean needsDistances(Map<String, String> attributes) {
        return attributes.containsKey(Score.MEMORY.attribute);
    }

    private static double number(Map<String, String> attributes, String name) {
        return Double.parseDouble(attributes.getOrDefault(name, "NaN"));
    }

    /** @throws IllegalArgumentException if the share among the attributes is out of range */
    static double share(Map<String, String> attributes) {
        String name = shareAttribute(attributes);
        return attributes.containsKey(name) ? checkShare(number(attributes, name)) : SHARE;
    }

    static String shareAttribute(Map<String, String> attributes) {
        return attributes.containsKey(SHARE_ABOVE) ? SHARE_ABOVE : LOG_MASS_SHARE;
    }

    /** @throws IllegalArgumentException if it is not at least 0 and less than 1 */
    static double checkShare(double share) {
        if (!(share >= 0 && share < 1)) {
            throw new IllegalArgumentException("share " + share + " of examples above the threshold of novelty:"
                    + " expected 0 or more and less than 1");
        }
        return share;
    }

    /** Returns whether a query with this score is like something remembered. */
    public boolean isReached(double novelty) {
        return novelty <= most;
    }
}
