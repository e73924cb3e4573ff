package io.github.afterimage;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The greatest {@linkplain Answer.Row#novelty novelty} of a query that is like something remembered, and the score of a key that is near
 * enough to say so where the novelty does not, as {@code tune --save} calibrates them with held-out examples.
 *
 * <pre>{@code
 * try (CacheIndex index = CacheIndex.open(Path.of("cache.safetensors"))) {
 *     double theta = Hyperparameters.of(index.attributes()).theta();
 *     Answer.Row row = index.answer(Query.of(new float[index.dim()]).thetas(theta).novelty(null)).row(0);
 *     if (row.isFamiliar()) {
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
 * @param near the score from which on the nearest key makes a query familiar, whatever its novelty
 */
public record NoveltyThreshold(Score score, double most, double share, double near) {
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

    /** The share of the held-out examples whose nearest key may have a score of {@link #near} or more. */
    static final double SHARE_NEAR = 0.05;

    /** The least score of a key that counts as equal to the query; {@link #near} is at most that, and this where files have none. */
    static final double EQUAL = 0.998;

    /** The attribute that holds {@link #near}. */
    static final String NEAR = "novelty_near";
    /** The attribute that holds the share. */
    static final String SHARE_ABOVE = "novelty_share";
    /** The attribute of files of before that holds the share; {@link #SHARE} where it is absent. */
    static final String LOG_MASS_SHARE = "log_mass_share";
    /** The attributes that hold numbers of any size. */
    static final List<String> NUMBERS =
            List.of(Score.MIXTURE.attribute, Score.MEMORY.attribute, Score.LOG_MASS.attribute, NEAR);

    /** The names of all attributes of a threshold. */
    static final Set<String> ATTRIBUTES = Stream.concat(NUMBERS.stream(), Stream.of(SHARE_ABOVE, LOG_MASS_SHARE))
            .collect(Collectors.toSet());

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
                        share(attributes),
                        Double.parseDouble(attributes.getOrDefault(NEAR, "" + EQUAL))))
                .findFirst();
    }

    boolean needsDistances() {
        return score != Score.LOG_MASS;
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
}
