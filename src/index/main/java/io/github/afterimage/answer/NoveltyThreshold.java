package io.github.afterimage.answer;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The greatest {@linkplain Answer.Row#novelty novelty} of a query that is like something remembered, and the score of a key that is near
 * enough to say so where the novelty does not, as {@code tune --save} calibrates them with held-out examples.
 *
 * <pre>{@code
 * try (CacheIndex index = CacheIndex.open(Path.of("cache.safetensors"))) {
 *     Answer.Row row = index.answer(Query.of(new float[index.dim()]).thetas(40).novelty(null)).row(0);
 *     if (row.isFamiliar()) {
 *         System.out.println(row.best());
 *     }
 * }
 * }</pre>
 *
 * @param network whether the novelty counts the doubts of a network
 * @param most the threshold
 * @param share the share of the held-out examples that may be above it
 * @param near the score from which on the nearest key makes a query familiar, whatever its novelty
 */
public record NoveltyThreshold(boolean network, double most, double share, double near) {
    /** The usual share: one example in a hundred. */
    public static final double SHARE = 0.01;

    /** The share of the held-out examples whose nearest key may have a score of {@link #near} or more. */
    static final double SHARE_NEAR = 0.05;

    /** The least score of a key that counts as equal to the query; {@link #near} is at most that, and this without an attribute. */
    public static final double EQUAL = 0.998;

    /** The attribute that holds the threshold of the novelty with the probabilities of a network. */
    static final String MOST = "novelty_most";
    /** The attribute that holds the threshold of the novelty without a network. */
    static final String MOST_ALONE = "novelty_most_alone";
    /** The attribute that holds {@link #near}. */
    static final String NEAR = "novelty_near";
    /** The attribute that holds the share. */
    static final String SHARE_ABOVE = "novelty_share";
    /** The attributes that hold numbers of any size. */
    static final List<String> NUMBERS = List.of(MOST, MOST_ALONE, NEAR);

    /** The names of all attributes of a threshold. */
    static final Set<String> ATTRIBUTES = Set.of(MOST, MOST_ALONE, NEAR, SHARE_ABOVE);

    /**
     * Returns the threshold that is stored in an index.
     *
     * @param attributes those of the {@linkplain io.github.afterimage.CacheIndex#attributes index}
     * @param network whether the query has the probabilities of a network
     * @throws IllegalArgumentException if the index was not tuned; the message names the remedy
     */
    public static NoveltyThreshold of(Map<String, String> attributes, boolean network) {
        return stored(attributes, network)
                .orElseThrow(() -> new IllegalArgumentException(
                        "the index has no threshold of novelty: tune it with labelled examples"));
    }

    /**
     * Returns the threshold that is stored in an index: that with a network if there is one and the query has a network, or else that of
     * the memory alone. Empty if the index was not tuned.
     *
     * @param attributes those of the {@linkplain io.github.afterimage.CacheIndex#attributes index}
     * @param network whether the query has the probabilities of a network
     */
    public static Optional<NoveltyThreshold> stored(Map<String, String> attributes, boolean network) {
        boolean mixed = network && attributes.containsKey(MOST);
        return Optional.ofNullable(attributes.get(mixed ? MOST : MOST_ALONE))
                .map(most -> new NoveltyThreshold(
                        mixed,
                        Double.parseDouble(most),
                        share(attributes),
                        Double.parseDouble(attributes.getOrDefault(NEAR, "" + EQUAL))));
    }

    /** @throws IllegalArgumentException if an attribute is out of range; the message begins with its name */
    static void check(Map<String, String> attributes) {
        for (String name : NUMBERS) {
            String value = attributes.getOrDefault(name, "0");
            if (!value.matches("-?[0-9.]+([eE]-?[0-9]+)?")
                    || !(Math.abs(Double.parseDouble(value)) <= Double.MAX_VALUE)) {
                throw new IllegalArgumentException(name + " \"" + value + "\", expected a finite number");
            }
        }
        try {
            double unused = share(attributes);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    SHARE_ABOVE + " \"" + attributes.get(SHARE_ABOVE)
                            + "\", expected a number that is at least 0 and less than 1",
                    e);
        }
    }

    /** @throws IllegalArgumentException if the share among the attributes is out of range */
    static double share(Map<String, String> attributes) {
        return checkShare(Double.parseDouble(attributes.getOrDefault(SHARE_ABOVE, "" + SHARE)));
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
