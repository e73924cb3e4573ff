package io.github.afterimage.answer;

import io.github.afterimage.keys.KeyFormat;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * How an index answers: the rule, and the prediction sets and the threshold of doubt that go with it, as {@link Tuner} finds them.
 *
 * <p>An index has one calibration for each number of views of an image that a network sees, and one for the memory alone. Where nobody
 * tuned the index, it has the usual weights, and neither sets nor a threshold.
 *
 * <pre>{@code
 * try (CacheIndex index = CacheIndex.open(Path.of("cache.safetensors"))) {
 *     AnswerRule rule = index.calibration(Calibration.ALONE).rule();
 *     Answer.Row row = index.answer(Query.of(new float[index.dim()]).thetas(rule.theta()).evidence(true)).row(0);
 *     System.out.println("class " + ArgMax.of(rule.alone(row)));
 * }
 * }</pre>
 *
 * @param rule makes one answer of network and memory
 * @param views views of an image that the network sees: 1, the image; 2, also its mirror image; 0, the memory answers alone
 * @param tuned whether labelled examples chose the rule
 * @param sets for the probabilities of the rule; empty if it was not tuned
 * @param doubt the threshold of the doubt of its answers; likewise
 */
public record Calibration(
        AnswerRule rule, int views, boolean tuned, Optional<PredictionSets> sets, Optional<DoubtThreshold> doubt) {
    /** The number of views of a memory that answers alone. */
    public static final int ALONE = 0;

    /** The greatest number of views. */
    public static final int MOST_VIEWS = 2;

    /** The attribute of an index that holds θ. */
    static final String THETA = "theta";

    /** The attribute that holds λ: the index answers by the {@link Mixture} of the paper. */
    static final String LAMBDA = "lambda";

    /** The attribute that holds the number of views that is best; 2 without it. */
    static final String VIEWS = "views";

    /** The attribute that holds π of each class; without it all classes come equally often. */
    static final String SHARES = "class_shares";

    /** The attribute that holds the {@linkplain Pool#background background}. */
    static final String BACKGROUND = "background";

    /** The attribute that holds the number of keys to which the weights were fitted, and the id after the last one; with {@link TuningRows}. */
    static final String TUNED_KEYS = "tuned_keys";

    /** The attributes that hold the weights of the {@link Pool} for 0, 1 and 2 views. */
    private static final List<String> POOLS = List.of("pool.alone", "pool.one_view", "pool.two_views");

    /** The attributes that hold the {@link PredictionSets} for 0, 1 and 2 views. */
    private static final List<String> SETS =
            POOLS.stream().map(pool -> pool.replace("pool", "prediction_sets")).toList();

    /** The attributes that hold the greatest doubt for 0, 1 and 2 views, and the share of the examples above it. */
    private static final List<String> DOUBTS =
            POOLS.stream().map(pool -> pool.replace("pool", "doubt")).toList();

    private static final String DOUBT_SHARE = "doubt_share";

    /** The names of all attributes of calibrations. */
    static final List<String> ATTRIBUTES = Stream.of(
                    List.of(THETA, LAMBDA, VIEWS, SHARES, BACKGROUND, TUNED_KEYS, DOUBT_SHARE), POOLS, SETS, DOUBTS)
            .flatMap(List::stream)
            .toList();

    /** Answers by a rule that is not that of the index, so that there are neither sets nor a threshold. */
    public static Calibration of(AnswerRule rule, int views) {
        checkViews(views);
        return new Calibration(rule, views, true, Optional.empty(), Optional.empty());
    }

    /** @throws IllegalArgumentException if it is not 0, 1 or 2 */
    static void checkViews(int views) {
        if (views < ALONE || views > MOST_VIEWS) {
            throw new IllegalArgumentException("views " + views + ": expected 1 or 2, or 0 for the memory alone");
        }
    }

    /**
     * Returns the sets for a coverage.
     *
     * @param coverage the probability with which a set has the true class
     * @param classNames for messages
     * @throws IllegalArgumentException if it is out of range or more than the tuning examples give, or there are no sets
     */
    public PredictionSets sets(double coverage, List<String> classNames) {
        PredictionSets.checkCoverage(coverage);
        PredictionSets found = sets.orElseThrow(() -> new IllegalArgumentException(
                tuned
                        ? "this answer has no prediction sets: they go with the pool that labelled examples chose, not with equation (3) or another rule"
                        : "the index has no prediction sets: tune it with labelled examples"));
        double[] unused = found.least(coverage, label -> quoted(classNames, label)); // throws if there are no such sets
        return found;
    }

    /** Returns whether an answer of this doubt is uncertain; false where there is no threshold. */
    public boolean isUncertain(double ofAnswer) {
        return doubt.isPresent() && ofAnswer > doubt.get().most();
    }

    /**
     * Returns the threshold of doubt.
     *
     * @throws IllegalArgumentException if there is none; the message names the remedy
     */
    public DoubtThreshold requireDoubt() {
        return doubt.orElseThrow(() -> new IllegalArgumentException(
                "there is no threshold of doubt for this rule: tune the index with labelled examples"));
    }

    private static String quoted(List<String> names, int label) {
        return names.get(label).equals("class " + label) ? Integer.toString(label) : "\"" + names.get(label) + "\"";
    }

    /** Returns the number of views that is best for an index with these attributes. */
    static int views(Map<String, String> attributes) {
        return read(
                attributes,
                VIEWS,
                views -> {
                    checkViews(Integer.parseInt(views));
                    return Integer.parseInt(views);
                },
                attributes.containsKey(LAMBDA) ? 1 : MOST_VIEWS);
    }

    /**
     * Reads a calibration from the attributes of an index.
     *
     * @throws IllegalArgumentException if one of them is damaged; the message begins with its name
     */
    static Calibration of(Map<String, String> attributes, int classes, int views) {
        Pool usual = views == ALONE ? Pool.USUAL_ALONE : Pool.USUAL;
        double theta = read(attributes, THETA, text -> new Mixture(Double.parseDouble(text), 0).theta(), usual.theta());
        Optional<PredictionSets> sets = read(
                attributes,
                SETS.get(views),
                text -> Optional.of(PredictionSets.parse(text, classes)),
                Optional.empty());
        double share = read(
                attributes,
                DOUBT_SHARE,
                text -> DoubtThreshold.checkShare(Double.parseDouble(text)),
                DoubtThreshold.SHARE);
        Optional<DoubtThreshold> doubt = read(
                attributes,
                DOUBTS.get(views),
                text -> Optional.of(new DoubtThreshold(Double.parseDouble(text), share)),
                Optional.empty());
        if (attributes.containsKey(LAMBDA)) {
            AnswerRule mixture = read(
                    attributes,
                    LAMBDA,
                    text -> new Mixture(theta, views == ALONE ? 1 : Double.parseDouble(text)),
                    usual);
            return new Calibration(mixture, views, true, sets, doubt);
        }
        List<Double> shares = read(attributes, SHARES, text -> shares(text, classes), List.of());
        double background = read(
                attributes,
                BACKGROUND,
                text -> usual.withBackground(Double.parseDouble(text)).background(),
                usual.background());
        String pool = POOLS.get(views);
        return new Calibration(
                read(
                        attributes,
                        pool,
                        text -> checkedFor(
                                views, Pool.parse(theta, text, shares).withBackground(background)),
                        usual.withTheta(theta).withShares(shares).withBackground(background)),
                views,
                attributes.containsKey(pool),
                sets,
                doubt);
    }

    private static Pool checkedFor(int views, Pool pool) {
        if (views == ALONE && pool.needsNetwork()) {
            throw new IllegalArgumentException(
                    "weight of the network " + pool.network() + ": expected 0, because the memory answers alone");
        }
        return pool;
    }

    /** The number of keys that the weights were fitted to, and the id after the last one. */
    record TunedKeys(long count, long nextId) {
        String text() {
            return count + " " + nextId;
        }

        private static TunedKeys parse(String text) {
            String[] numbers = text.split(" ", -1);
            if (numbers.length != 2) {
                throw new IllegalArgumentException(numbers.length + " numbers: expected 2");
            }
            return new TunedKeys(checkedId(numbers[0]), checkedId(numbers[1]));
        }

        private static long checkedId(String text) {
            long number = Long.parseLong(text);
            if (number < 0 || number > KeyFormat.MAX_ID) {
                throw new IllegalArgumentException(number + ": expected 0 to 2^62");
            }
            return number;
        }
    }

    /**
     * Reads the keys that the weights were fitted to.
     *
     * @throws IllegalArgumentException if the attribute is damaged; the message begins with its name
     */
    static Optional<TunedKeys> tunedKeys(Map<String, String> attributes) {
        return read(attributes, TUNED_KEYS, text -> Optional.of(TunedKeys.parse(text)), Optional.empty());
    }

    private static List<Double> shares(String text, int classes) {
        List<Double> shares =
                Arrays.stream(text.split(" ", -1)).map(Double::valueOf).toList();
        if (shares.size() > classes) {
            throw new IllegalArgumentException(shares.size() + " shares: expected at most " + classes);
        }
        return Pool.checkShares(shares);
    }

    private interface Parsed<T> {
        T of(String text);
    }

    private static <T> T read(Map<String, String> attributes, String name, Parsed<T> parsed, T absent) {
        String text = attributes.get(name);
        try {
            return text == null ? absent : parsed.of(text);
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            String shown = text.length() > 40 ? text.substring(0, 40) + "..." : text;
            throw new IllegalArgumentException(
                    name + " \"" + shown + "\" cannot be read (" + e.getMessage() + "): tune the index again", e);
        }
    }

    /** Returns attributes of an index with this calibration in place of all that they had. */
    public Map<String, String> attributes(Map<String, String> before) {
        Map<String, String> all = new HashMap<>(before);
        all.keySet().removeAll(ATTRIBUTES);
        all.putAll(attributes());
        return all;
    }

    /** Returns the attributes that {@link #of(Map, int, int)} reads. */
    Map<String, String> attributes() {
        Map<String, String> attributes = new HashMap<>(Map.of(THETA, Double.toString(rule.theta())));
        if (rule instanceof Mixture mixture) {
            attributes.put(LAMBDA, Double.toString(mixture.lambda()));
        } else if (rule instanceof Pool pool) {
            attributes.put(POOLS.get(views), pool.text());
            attributes.put(BACKGROUND, Double.toString(pool.background()));
            if (!pool.shares().isEmpty()) {
                attributes.put(
                        SHARES, pool.shares().stream().map(String::valueOf).collect(Collectors.joining(" ")));
            }
        }
        sets.ifPresent(known -> attributes.put(SETS.get(views), known.text()));
        doubt.ifPresent(known -> {
            attributes.put(DOUBTS.get(views), Double.toString(known.most()));
            attributes.put(DOUBT_SHARE, Double.toString(known.share()));
        });
        return attributes;
    }
}
