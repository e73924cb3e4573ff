package io.github.afterimage.answer;

import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Chooses how an index answers, with labelled examples that are not among its keys: fits the weights of a {@link Pool} for each θ, and takes
 * the θ and the number of views with the least mean of −log p of the true class. 200 examples suffice, and 500 have full value: few
 * examples hardly change the usual weights.
 *
 * <p>If the examples come without the network's probabilities, it chooses how the memory answers alone.
 *
 * <pre>{@code
 * static void tune(CacheIndex index, float[] features, float[] network, int[] labels) throws IOException {
 *     Tuner tuner = Tuner.tune(index, features, network, null, labels);
 *     System.out.println(tuner.networkError() + " -> " + tuner.score(tuner.rule(1), 1).error());
 *     index.files().saveTuned(Path.of("tuned.safetensors"), tuner);
 * }
 * }</pre>
 *
 * <p>Where the examples do not fit in memory at once, {@link #query} and {@link #accept} take them in batches.
 *
 * <p>Memory: it keeps 4 bytes for each example, class, and θ, and as much for the probabilities of each view and the directions; see {@link
 * #mostExamples}.
 *
 * <p>Not thread-safe.
 */
public final class Tuner {
    /** The values of θ where none are given, separated by commas: about √2 apart. */
    public static final String THETAS = "5,7,10,14,20,28,40,56,80,112,160";

    /** How many times {@link #widened} gives further values; they then reach to 81,920, and scores in float32 cannot tell sharper ones apart. */
    private static final int MAX_WIDENINGS = 3;

    private static final int WIDER = 6;
    private static final double REACH = 8; // times as far with each widening

    private static final int MAX_EXAMPLES = 10_000;
    /** Values of all examples together: 256 MiB. */
    private static final long MAX_VALUES = 1L << 26;
    /** Examples that choose the weights: more do not change them. */
    private static final int FITTED = 2_000;

    /** The shares of the examples whose score of other classes is below the background, in the order of trial. */
    private static final double[] BACKGROUNDS = {0.8, 0.9, 0.95, 0.99};

    /** Share of the examples that recognition may turn wrong, and what it may add to −log p. */
    private static final double MOST_HARM = 0.0005;

    private static final double MOST_LOSS = 0.002;

    /** Weights have four decimals. */
    private static final double DECIMALS = 1e4;

    /** A second view that makes −log p less by no more is not worth its time. */
    private static final double LEAST_GAIN = 1e-4;

    private final double[] thetas;
    private final int widenings;
    private final List<Example> examples = new ArrayList<>();
    private final Map<Integer, Fit> fits = new HashMap<>(); // by views
    private @Nullable Double background;

    /**
     * A labelled example.
     *
     * @param memory its answers, for each θ
     * @param network by views: null, that of the image, that of both views; null without a network or a second view
     */
    private record Example(Answer memory, int row, List<float @Nullable []> network, int label) {
        Answer.Row memory(int theta) {
            return memory.at(theta).row(row);
        }
    }

    /** The weights for a number of views at each θ, with their loss. */
    private record Fit(List<Pool> pools, double[] losses) {
        int best() {
            return ArgMax.of(losses.length, i -> -losses[i]);
        }
    }

    /** Makes a tuner with the usual {@link #THETAS}. */
    public Tuner() {
        this(Arrays.stream(THETAS.split(",")).mapToDouble(Double::parseDouble).toArray());
    }

    /**
     * @param thetas at least one, ascending, each finite and not negative
     * @throws IllegalArgumentException if there is none, a value is out of range, or they do not ascend
     */
    public Tuner(double... thetas) {
        this(thetas, 0);
    }

    private Tuner(double[] thetas, int widenings) {
        if (thetas.length == 0) {
            throw new IllegalArgumentException("no theta to choose from: expected at least one");
        }
        for (int i = 0; i < thetas.length; i++) {
            AnswerRule.check("theta", thetas[i]);
            if (i > 0 && !(thetas[i] > thetas[i - 1])) {
                throw new IllegalArgumentException(
                        "theta " + thetas[i] + " after " + thetas[i - 1] + ": expected ascending values");
            }
        }
        this.thetas = thetas.clone();
        this.widenings = widenings;
    }

    /**
     * Tunes an index with examples that are not among its keys, with the usual {@link #THETAS}, and with further ones if the best is the
     * first or the last.
     *
     * @param features of the examples {@code (batch, dim)} row-major
     * @param network the network's probabilities {@code (batch, classes)} row-major, or null; likewise those of the mirror images
     * @param labels the true class of each
     * @throws IllegalArgumentException as {@link #accept} and {@link Memory#answer}, or if there are more than {@link #mostExamples}
     * @throws IllegalStateException as {@link Memory#answer}
     */
    public static Tuner tune(
            Memory index, float[] features, float @Nullable [] network, float @Nullable [] mirrored, int[] labels) {
        Tuner tuner = new Tuner();
        for (Optional<Tuner> next = Optional.of(tuner); next.isPresent(); next = tuner.widened()) {
            tuner = next.get();
            if (labels.length > tuner.mostExamples(index.classes())) {
                throw new IllegalArgumentException(labels.length + " examples: expected at most "
                        + tuner.mostExamples(index.classes()) + " for " + index.classes() + " classes; draw some");
            }
            tuner.accept(index.answer(tuner.query(FloatBuffer.wrap(features))), network, mirrored, labels);
        }
        return tuner;
    }

    /** Tunes how the memory of an index answers alone; see {@link #tune(Memory, float[], float[], float[], int[])}. */
    public static Tuner tune(Memory index, float[] features, int[] labels) {
        return tune(index, features, null, null, labels);
    }

    /** Returns the query, of rows {@code (batch, dim)}, whose answer {@link #accept} takes. */
    public Query query(FloatBuffer rows) {
        return Query.of(rows).thetas(thetas).evidence(true);
    }

    /**
     * Returns a tuner without examples for these values of θ and six more behind the last, or before the first, if that is the best of
     * several; empty if it is none of them, or values were added three times.
     */
    public Optional<Tuner> widened() {
        if (widenings == MAX_WIDENINGS || !bestIsFirstTheta() && !bestIsLastTheta()) {
            return Optional.empty();
        }
        boolean upwards = bestIsLastTheta();
        double edge = upwards ? thetas[thetas.length - 1] : thetas[0];
        DoubleStream added = IntStream.rangeClosed(1, WIDER)
                .mapToDouble(i -> edge * Math.pow(REACH, (upwards ? i : i - 1 - WIDER) / (double) WIDER))
                .map(Tuner::rounded);
        return Optional.of(new Tuner(
                DoubleStream.concat(DoubleStream.of(thetas), added).sorted().toArray(), widenings + 1));
    }

    /** Returns how many times {@link #widened} has added values. */
    public int widenings() {
        return widenings;
    }

    /** Rounds to twelve digits, which turns 0.7000000000000001 into 0.7. */
    public static double rounded(double value) {
        return new BigDecimal(value).round(new MathContext(12)).doubleValue();
    }

    /** Returns a copy of the thetas to choose from. */
    public double[] thetas() {
        return thetas.clone();
    }

    /** Returns the number of examples that a tuner keeps at most, so that they take 256 MiB. */
    public int mostExamples(int classes) {
        return (int) Math.max(1, Math.min(MAX_EXAMPLES, MAX_VALUES / ((thetas.length + 3L) * classes)));
    }

    /**
     * Takes over a batch of examples.
     *
     * @param memory the answer of the index for the {@link #thetas}, with {@link Query#evidence}
     * @param network the network's probabilities {@code (batch, classes)} row-major, or null; rows of fewer values lack the last classes
     * @param mirrored those for the mirror images of the examples, likewise; null without them
     * @param labels the true class of each
     * @throws IllegalArgumentException if the numbers do not fit, a label is out of range, or examples before came with other parts;
     *     nothing is taken over then
     */
    public void accept(Answer memory, float @Nullable [] network, float @Nullable [] mirrored, int[] labels) {
        int classes = memory.classes();
        if (memory.points().size() != thetas.length || memory.batch() != labels.length) {
            throw new IllegalArgumentException("answers (" + memory.points().size() + ", " + memory.batch()
                    + "): expected (" + thetas.length + " thetas, " + labels.length + " labels)");
        }
        for (int label : labels) {
            if (label < 0 || label >= classes) {
                throw new IllegalArgumentException("label " + label + ": expected 0 to " + (classes - 1));
            }
        }
        checkNetwork(network, labels.length, classes);
        for (int row = 0; row < labels.length; row++) {
            if (!memory.row(row).hasEvidence()) {
                throw new IllegalArgumentException("the answer has no evidence: ask for it with Query.evidence");
            }
        }
        float[] two = network == null || mirrored == null ? null : Pool.mean(network, mirrored, labels.length);
        for (int row = 0; row < labels.length; row++) {
            float[] one = row(network, row, labels.length);
            List<float @Nullable []> views =
                    Collections.unmodifiableList(Arrays.asList(null, one, row(two, row, labels.length)));
            examples.add(new Example(memory, row, views, labels[row]));
        }
        fits.clear();
        background = null;
    }

    private void checkNetwork(float @Nullable [] network, int batch, int classes) {
        int known = network == null || batch == 0 ? classes : network.length / batch;
        if (network != null && (known < 1 || known > classes || network.length != (long) batch * known)) {
            throw new IllegalArgumentException("network's probabilities hold " + network.length + " values: expected "
                    + batch + " labels x " + classes + " classes, or fewer classes");
        }
        if (!examples.isEmpty() && hasNetwork() != (network != null)) {
            throw new IllegalArgumentException(
                    "examples with the network's probabilities and without: expected all of one kind");
        }
        int before = examples.isEmpty() ? classes : examples.get(0).memory.classes();
        int knownBefore =
                hasNetwork() ? Objects.requireNonNull(examples.get(0).network.get(1)).length : known;
        if (classes != before || known != knownBefore) {
            throw new IllegalArgumentException("examples of " + classes + " classes, of which the network has " + known
                    + ", after others of " + before + " and " + knownBefore + ": expected all of one kind");
        }
    }

    private static float @Nullable [] row(float @Nullable [] values, int row, int batch) {
        int width = values == null ? 0 : values.length / batch;
        return values == null ? null : Arrays.copyOfRange(values, row * width, (row + 1) * width);
    }

    /** Number of examples. */
    public int examples() {
        return examples.size();
    }

    /** Returns true if the examples came with the network's probabilities; false without examples. */
    public boolean hasNetwork() {
        return hasViews(1);
    }

    /** Returns true if the examples came with the network's probabilities for so many views. */
    public boolean hasViews(int views) {
        return !examples.isEmpty()
                && examples.stream()
                        .allMatch(example -> views == Calibration.ALONE || example.network.get(views) != null);
    }

    private void checkViews(int views) {
        Calibration.checkViews(views);
        if (examples.isEmpty()) {
            throw new IllegalStateException("there are no examples: call accept before asking for a rule");
        }
        if (!hasViews(views)) {
            throw new IllegalStateException("the examples have no probabilities of the network for " + views
                    + " views: ask for fewer, or for the memory alone");
        }
    }

    /** Returns the number of views with the least loss: 1 or 2, or 0 without a network. */
    public int views() {
        checkViews(Calibration.ALONE);
        if (!hasNetwork()) {
            return Calibration.ALONE;
        }
        return hasViews(2) && least(2) < least(1) - LEAST_GAIN ? 2 : 1;
    }

    private double least(int views) {
        Fit fit = fit(views);
        return fit.losses[fit.best()];
    }

    /** Returns the place of the chosen θ: that with the least loss at the best number of views. */
    private int theta() {
        return fit(views()).best();
    }

    /**
     * Returns the rule for a number of views, at the θ that is best for the best number of views. Its background is the sum of the terms
     * of other classes that a fifth of the examples exceeds, as a score; or a greater one, if with it one more in 2,000 examples is wrong or the mean
     * of −log p rises by 0.002.
     *
     * @throws IllegalStateException without examples, or if they have no probabilities for so many views
     */
    public Pool rule(int views) {
        Pool plain = fit(views).pools.get(theta());
        if (background == null) {
            background = background(fit(views()).pools.get(theta()), views());
        }
        return plain.withBackground(background);
    }

    private double background(Pool plain, int views) {
        if (plain.theta() == 0) {
            return Pool.NO_RECOGNITION;
        }
        double[] others =
                examples.stream().mapToDouble(this::scoreOfOthers).sorted().toArray();
        double trust = Pool.trust(examples.get(0).memory(0).keys(), Pool.USUAL.fewKeys());
        Score before = score(plain, views);
        for (double share : BACKGROUNDS) {
            double own = others[Math.min(others.length - 1, (int) (share * others.length))];
            double some = trust * own + (1 - trust) * Math.max(own, Pool.USUAL_BACKGROUND);
            double rounded = Math.rint(some * DECIMALS) / DECIMALS;
            Score after = score(plain.withBackground(rounded), views);
            if (after.wrong.cardinality() <= before.wrong.cardinality() + MOST_HARM * examples.size()
                    && after.logLoss <= before.logLoss + MOST_LOSS) {
                return rounded;
            }
        }
        return Pool.NO_RECOGNITION;
    }

    /** Returns the score of a key that counts as much as all keys of other classes than that of the example. */
    private double scoreOfOthers(Example example) {
        Answer.Row memory = example.memory(theta());
        double others = 0;
        for (int c = 0; c < memory.classes(); c++) {
            others += c == example.label ? 0 : memory.probability(c);
        }
        return Math.max(-1, 1 + (Math.log(others) + memory.logMass()) / thetas[theta()]);
    }

    /**
     * Returns the rule of the network without the memory: its probabilities with a temperature, and the shares of the classes.
     *
     * @throws IllegalStateException as {@link #rule}
     */
    public Pool networkAlone(int views) {
        checkViews(Math.max(1, views));
        Pool start = new Pool(thetas[theta()], 1, 0, 0, fit(views).pools.get(0).shares());
        return start.withWeights(
                data(start, views, theta(), chosen()).weights(start.weights(), new boolean[] {true, false, false}, -1));
    }

    /** Returns the mean of −log p of the true class by the best rule. Of several indexes over the same examples, the one with the least has the best keys. */
    public double logLoss() {
        return least(views());
    }

    /** Returns true if the first θ is the best of several; a smaller one may then be better. */
    public boolean bestIsFirstTheta() {
        return thetas.length > 1 && theta() == 0;
    }

    /** Returns true if the last θ is the best of several; a greater one may then be better. */
    public boolean bestIsLastTheta() {
        return thetas.length > 1 && theta() == thetas.length - 1;
    }

    private Fit fit(int views) {
        checkViews(views);
        return fits.computeIfAbsent(views, this::fitted);
    }

    private Fit fitted(int views) {
        List<Integer> chosen = chosen();
        List<Double> shares = shares();
        Pool usual = usual(views);
        List<Pool> pools = new ArrayList<>();
        double[] losses = new double[thetas.length];
        for (int t = 0; t < thetas.length; t++) {
            int theta = t;
            Pool start = new Pool(thetas[t], usual.network(), usual.memory(), usual.direction(), shares);
            Pool pool = start.withWeights(
                    shortened(data(start, views, theta, chosen).weights(usual.weights(), free(views), -1)));
            pools.add(pool);
            losses[t] = chosen.stream()
                    .mapToDouble(number -> loss(pool, theta, examples.get(number), views))
                    .average()
                    .orElseThrow();
        }
        return new Fit(pools, losses);
    }

    /** Leaves out digits that make no difference, and that the order of sums over the same keys may change. */
    private static double[] shortened(double[] weights) {
        return Arrays.stream(weights)
                .map(weight -> Math.rint(weight * DECIMALS) / DECIMALS)
                .toArray();
    }

    /** Returns the numbers of the examples that choose the weights. */
    private List<Integer> chosen() {
        List<Integer> order =
                new ArrayList<>(IntStream.range(0, examples.size()).boxed().toList());
        Collections.shuffle(order, new Random(1));
        return order.subList(0, Math.min(FITTED, order.size()));
    }

    private static Pool usual(int views) {
        return views == Calibration.ALONE ? Pool.USUAL_ALONE : Pool.USUAL;
    }

    private static boolean[] free(int views) {
        return new boolean[] {views != Calibration.ALONE, true, true};
    }

    /** Returns what the weights for a number of views are fitted to. */
    private PoolFit data(Pool pool, int views, int theta, List<Integer> chosen) {
        Example first = examples.get(0);
        int classes = views == Calibration.ALONE
                ? first.memory.classes()
                : Objects.requireNonNull(first.network.get(views)).length;
        Answer.Row memory = first.memory(0);
        boolean alone = views == Calibration.ALONE;
        PoolFit data = new PoolFit(IntStream.range(0, classes)
                .mapToDouble(c -> alone && memory.keys(c) == 0 ? Double.NEGATIVE_INFINITY : pool.logShare(c))
                .toArray());
        for (int number : chosen) {
            Example example = examples.get(number);
            if (example.label < classes && !(alone && memory.keys(example.label) == 0)) {
                data.add(terms(example, theta, views, classes), example.label);
            }
        }
        return data;
    }

    /** Returns the shares of the classes; empty if they are equal. */
    private List<Double> shares() {
        Answer first = examples.get(0).memory;
        long[] labels = new long[first.classes()];
        examples.forEach(example -> labels[example.label]++);
        return ClassShares.of(
                labels,
                IntStream.range(0, labels.length).mapToLong(first.row(0)::keys).toArray());
    }

    private static float[][] terms(Example example, int theta, int views, int classes) {
        float[][] terms = new float[PoolFit.TERMS][classes];
        Answer.Row memory = example.memory(theta);
        float[] network = example.network.get(views);
        for (int c = 0; c < classes; c++) {
            terms[0][c] = network == null ? 0 : (float) Pool.log(network[c]);
            terms[1][c] = (float) memory.logEvidence(c);
            terms[2][c] = (float) memory.direction(c);
        }
        return terms;
    }

    private static double loss(AnswerRule rule, int theta, Example example, int views) {
        return -Math.log(Math.max(probabilities(rule, theta, example, views)[example.label], Double.MIN_NORMAL));
    }

    private static double[] probabilities(AnswerRule rule, int theta, Example example, int views) {
        return rule.probabilities(example.network.get(views), example.memory(theta));
    }

    /**
     * How a rule does on the examples.
     *
     * @param wrong the numbers of the examples that it gets wrong
     * @param error share of the examples whose most probable class is not the true one, 0..1
     * @param logLoss mean of −log p of the true class
     * @param corrected examples that only the rule gets right, not the network's answer to the image
     * @param broken examples that only the network gets right; both are 0 without a network
     */
    public record Score(BitSet wrong, double error, double logLoss, int corrected, int broken) {}

    /**
     * Scores a rule of this tuner.
     *
     * @param views that the network sees
     * @throws IllegalArgumentException if its θ is not one of the thetas
     */
    public Score score(AnswerRule rule, int views) {
        checkViews(views);
        int theta = Arrays.binarySearch(thetas, rule.theta());
        if (theta < 0) {
            throw new IllegalArgumentException(
                    "theta " + rule.theta() + ": expected one of " + Arrays.toString(thetas));
        }
        BitSet wrong = new BitSet();
        int corrected = 0;
        int broken = 0;
        double loss = 0;
        for (int number = 0; number < examples.size(); number++) {
            Example example = examples.get(number);
            double[] p = probabilities(rule, theta, example, views);
            float[] image = example.network.get(1);
            boolean right = ArgMax.of(p) == example.label;
            boolean networkRight = image == null ? right : ArgMax.of(image) == example.label;
            wrong.set(number, !right);
            corrected += right && !networkRight ? 1 : 0;
            broken += networkRight && !right ? 1 : 0;
            loss -= Math.log(Math.max(p[example.label], Double.MIN_NORMAL));
        }
        return new Score(
                wrong, (double) wrong.cardinality() / examples.size(), loss / examples.size(), corrected, broken);
    }

    /** Returns the share of the examples that the network gets wrong, 0..1, by its answer to the image. */
    public double networkError() {
        checkViews(1);
        return examples.stream()
                .mapToInt(example -> ArgMax.of(Objects.requireNonNull(example.network.get(1))) == example.label ? 0 : 1)
                .average()
                .orElseThrow();
    }

    /**
     * Returns the rule, the prediction sets and the threshold of doubt for a number of views.
     *
     * @param share of the examples that may be above the threshold, such as {@link DoubtThreshold#SHARE}
     * @throws IllegalArgumentException if the share is out of range
     * @throws IllegalStateException as {@link #rule}
     */
    public Calibration calibration(int views, double share) {
        Pool rule = rule(views);
        double[] doubts = examples.stream()
                .mapToDouble(example -> {
                    double[] probabilities = probabilities(rule, theta(), example, views);
                    return views == Calibration.ALONE
                            ? DoubtThreshold.alone(probabilities, example.memory(theta()))
                            : DoubtThreshold.doubt(probabilities);
                })
                .toArray();
        return new Calibration(
                rule, views, true, Optional.of(predictionSets(views)), Optional.of(DoubtThreshold.of(doubts, share)));
    }

    /** Takes the probability of each example with the weights that the other parts choose, or with those of all, where it is less. */
    private PredictionSets predictionSets(int views) {
        int theta = theta();
        Pool ofAll = rule(views);
        List<Integer> chosen = chosen();
        PoolFit data = data(ofAll, views, theta, chosen);
        List<Pool> ofParts = IntStream.range(0, PoolFit.PARTS)
                .mapToObj(part -> ofAll.withWeights(data.weights(usual(views).weights(), free(views), part)))
                .toList();
        Map<Integer, Integer> parts = new HashMap<>(); // of the examples that choose
        for (int number : chosen) {
            parts.put(number, parts.size() % PoolFit.PARTS);
        }
        List<Double> probabilities = new ArrayList<>();
        for (int number = 0; number < examples.size(); number++) {
            Example example = examples.get(number);
            double most = loss(ofAll, theta, example, views);
            Integer part = parts.get(number);
            if (part != null) {
                most = Math.max(most, loss(ofParts.get(part), theta, example, views));
            }
            probabilities.add(Math.exp(-most));
        }
        return PredictionSets.of(
                examples.get(0).memory.classes(),
                examples.stream().map(Example::label).toList(),
                probabilities);
    }

    /**
     * Returns attributes of an index with what this tuner has chosen in place of those of the tuning before.
     *
     * @param share of the examples that may be above the threshold of doubt, such as {@link DoubtThreshold#SHARE}
     * @throws IllegalArgumentException if the share is out of range
     * @throws IllegalStateException without examples
     */
    public Map<String, String> attributes(Map<String, String> before, double share) {
        Map<String, String> attributes = new HashMap<>(before);
        attributes.keySet().removeAll(Calibration.ATTRIBUTES);
        for (int views = Calibration.ALONE; views <= Calibration.MOST_VIEWS; views++) {
            if (hasViews(views)) {
                attributes.putAll(calibration(views, share).attributes());
            }
        }
        attributes.put(Calibration.VIEWS, Integer.toString(views()));
        return attributes;
    }

    @Override
    public String toString() {
        return "Tuner[" + thetas.length + " thetas, " + examples.size() + " examples]";
    }
}
