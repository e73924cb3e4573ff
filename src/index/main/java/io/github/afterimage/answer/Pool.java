package io.github.afterimage.answer;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A log-linear pool of a network and a memory: log p(c) = a log p_net(c) + b log E_c + g zᵀm_c + log π_c − log Z.
 *
 * <p>E_c is the {@linkplain Answer.Row#logEvidence evidence} of the memory for a class, zᵀm_c how like its {@linkplain
 * Answer.Row#direction direction} the query is. p_net is the network's answer to one view, or the geometric mean of its answers to
 * several views of an image. {@link Tuner} fits the weights.
 *
 * <p>A picture that is remembered is recognised: where one key is much nearer than the keys of all other classes, the memory has the
 * word, p(c) = (1 − λ) p_pool(c) + λ p_mem(c), equation (3) with a {@linkplain #recognition λ for each query}:
 *
 * <pre>
 * λ = 0.9 σ(60 (δ − min(0.1, 2.6 (1 − s_max) − 0.03))),  δ = s_max − log(Σ_{k: y_k ≠ c} exp(θ s_k) + exp(θ s_b)) / θ
 * </pre>
 *
 * with s_max the score of the nearest key, c the class with the greatest sum, and s_b the background: how near keys of other classes
 * come to an ordinary picture. θ of 28 or more tells a picture in other forms; below 20 hardly the picture itself.
 *
 * <p>A memory that answers alone gives a class without keys p = 0. Where the network does not have the last classes, these get q_c, and
 * the others share the rest as the pool divides it. q_c ∝ E_c, over all classes, with E_c drawn to the mean as by 5 keys; a new class
 * without keys gets none.
 *
 * <pre>{@code
 * Pool pool = new Pool(40, 0.5, 0.25, 0);
 * try (CacheIndex index = CacheIndex.open(Path.of("cache.safetensors"))) {
 *     Answer.Row memory = index.answer(Query.of(new float[index.dim()]).thetas(pool.theta()).evidence(true)).row(0);
 *     double[] together = pool.probabilities(new float[index.classes()], memory);
 * }
 * }</pre>
 *
 * @param theta sharpness θ of the memory, finite and not negative
 * @param network a, the weight of the network, 0 to 1e9; 0 where the memory answers alone
 * @param memory b, the weight of the evidence, likewise
 * @param direction g, the weight of the directions of the classes, likewise
 * @param shares π, how often each class comes, positive; empty where all come equally often; a class behind the last one comes as often as
 *     the mean of the others
 * @param background s_b, the score from which on a key counts as near, at least -1; {@link #NO_RECOGNITION} recognises nothing
 * @param fewKeys n₀, finite and not negative: with n keys, a is 1 + f (a − 1), b is f b and g is f g, f = n² / (n² + n₀²), because few keys
 *     say little of a picture that they do not have; 0 where labelled examples chose the weights
 */
public record Pool(
        double theta,
        double network,
        double memory,
        double direction,
        List<Double> shares,
        double background,
        double fewKeys)
        implements AnswerRule {
    /** A background without which no picture is recognised. */
    public static final double NO_RECOGNITION = Double.POSITIVE_INFINITY;

    /** The background of an index that nobody tuned: for whitened keys of three networks, {@code tune} finds 0.44 to 0.64. */
    static final double USUAL_BACKGROUND = 0.55;

    /** The pool of an index that nobody tuned, fitted to whitened keys of several networks. */
    static final Pool USUAL = new Pool(40, 0.5, 0.25, 0, List.of(), USUAL_BACKGROUND, 5_000);

    /** The usual pool of a memory that answers alone, fitted to whitened keys of networks and of CLIP. */
    static final Pool USUAL_ALONE = new Pool(40, 0, 0.5, 10, List.of(), USUAL_BACKGROUND, 0);

    /** More than any fit finds; products with logarithms stay finite. */
    private static final double MOST_WEIGHT = 1e9;

    /** λ is at most this, because a label may be wrong. */
    private static final double MOST_RECOGNITION = 0.9;

    /** The margin δ at which λ is half of the greatest. */
    private static final double MARGIN = 0.1;

    /** The margin for a score of 1: lessons about the same picture decide even if similar keys of another class are many. */
    private static final double MARGIN_OF_SAME = -0.03;

    /** The score up to which the margin is that of other pictures. */
    private static final double SAME_FROM = 0.95;

    /** How steeply λ grows with δ. */
    private static final double STEEPNESS = 60;

    /** τ of the evidence that tells new classes from known ones. */
    private static final double PRIOR_OF_NEW = 5;

    /** Copies the shares. */
    public Pool {
        AnswerRule.check("theta", theta);
        checkWeight("network", network);
        checkWeight("memory", memory);
        checkWeight("directions", direction);
        AnswerRule.check("number of few keys", fewKeys);
        if (!(background >= -1)) {
            throw new IllegalArgumentException("background " + background + ": expected a score, at least -1");
        }
        shares = checkShares(List.copyOf(shares));
    }

    private static void checkWeight(String of, double weight) {
        if (!(weight >= 0 && weight <= MOST_WEIGHT)) {
            throw new IllegalArgumentException("weight of the " + of + " " + weight + ": expected 0 to " + MOST_WEIGHT);
        }
    }

    /** Makes a pool that recognises nothing, for classes that come equally often. */
    public Pool(double theta, double network, double memory, double direction) {
        this(theta, network, memory, direction, List.of());
    }

    /** Makes a pool that recognises nothing. */
    public Pool(double theta, double network, double memory, double direction, List<Double> shares) {
        this(theta, network, memory, direction, shares, NO_RECOGNITION, 0);
    }

    /** @throws IllegalArgumentException if one of them is not positive, or more than 1 */
    static List<Double> checkShares(List<Double> shares) {
        for (double share : shares) {
            if (!(share > 0 && share <= 1)) {
                throw new IllegalArgumentException(
                        "share " + share + " of a class: expected more than 0 and at most 1");
            }
        }
        return shares;
    }

    /** Returns the pool with other weights, in the order of {@link #weights}. */
    Pool withWeights(double[] weights) {
        return new Pool(theta, weights[0], weights[1], weights[2], shares, background, fewKeys);
    }

    /** Returns this pool at another θ. */
    public Pool withTheta(double other) {
        return new Pool(other, network, memory, direction, shares, background, fewKeys);
    }

    Pool withShares(List<Double> others) {
        return new Pool(theta, network, memory, direction, others, background, fewKeys);
    }

    /** Returns this pool with another background, such as {@link #NO_RECOGNITION}. */
    public Pool withBackground(double other) {
        return new Pool(theta, network, memory, direction, shares, other, fewKeys);
    }

    /** Returns the share n² / (n² + n₀²) of the weights that count with {@code keys} keys. */
    static double trust(double keys, double few) {
        return few == 0 ? 1 : keys * keys / (keys * keys + few * few);
    }

    /** Returns this pool with the weights that count with so many keys, whatever their number will be. */
    public Pool forKeys(long keys) {
        double trust = trust(keys, fewKeys);
        return new Pool(
                theta,
                needsNetwork() ? 1 + trust * (network - 1) : 0,
                trust * memory,
                trust * direction,
                shares,
                background,
                0);
    }

    /**
     * Returns λ of a query: how surely it shows a picture that is remembered, in 0..0.9. From ½ on, the memory has the word.
     *
     * @param ofMemory its answer at θ
     */
    @Override
    public double recognition(Answer.Row ofMemory) {
        if (background == NO_RECOGNITION || theta == 0) {
            return 0;
        }
        int likest = ofMemory.best();
        double others = 0; // not 1 - p, which float32 rounds to 0
        for (int c = 0; c < ofMemory.classes(); c++) {
            others += c == likest ? 0 : ofMemory.probability(c);
        }
        double ofOthers = Math.log(others) + ofMemory.logMass();
        double sharpness = Math.min(theta, MAX_THETA);
        double ofBackground = sharpness * (background - 1);
        double greater = Math.max(ofOthers, ofBackground);
        double near = 1 + (greater + Math.log1p(Math.exp(Math.min(ofOthers, ofBackground) - greater))) / sharpness;
        double score = Math.min(1, ofMemory.greatestScore()); // rounding
        double same = Math.max(0, (score - SAME_FROM) / (1 - SAME_FROM));
        double margin = MARGIN + same * (MARGIN_OF_SAME - MARGIN);
        return MOST_RECOGNITION / (1 + Math.exp(-STEEPNESS * (score - near - margin)));
    }

    double[] weights() {
        return new double[] {network, memory, direction};
    }

    /** Returns log π; a class that has no share comes as often as the mean of those that have one. */
    double logShare(int label) {
        return shares.isEmpty() ? 0 : Math.log(label < shares.size() ? shares.get(label) : 1.0 / shares.size());
    }

    /** Returns the log of a probability of the network, which may be 0 in float32. */
    static double log(double probability) {
        return Math.log(Math.max(probability, Float.MIN_NORMAL));
    }

    /**
     * Returns the geometric mean of a network's probabilities for two views of images, scaled to add up to 1: its answer to both.
     *
     * @param images {@code (batch, classes)} row-major
     * @param mirrors those of the mirror images, likewise
     * @throws IllegalArgumentException if the numbers of values differ
     */
    public static float[] mean(float[] images, float[] mirrors, int batch) {
        if (images.length != mirrors.length) {
            throw new IllegalArgumentException("probabilities of " + images.length + " and " + mirrors.length
                    + " values: expected as many of the images as of their mirror images");
        }
        float[] mean = new float[images.length];
        int width = mean.length / Math.max(1, batch);
        for (int first = 0; first < mean.length; first += width) {
            double total = 0;
            for (int i = first; i < first + width; i++) {
                boolean never = images[i] == 0 && mirrors[i] == 0; // as in a class that the network does not have
                mean[i] = never ? 0 : (float) Math.exp((log(images[i]) + log(mirrors[i])) / 2);
                total += mean[i];
            }
            for (int i = first; i < first + width; i++) {
                mean[i] = (float) (mean[i] / total);
            }
        }
        return mean;
    }

    @Override
    public boolean needsEvidence() {
        return true;
    }

    @Override
    public boolean needsNetwork() {
        return network > 0;
    }

    @Override
    public double[] probabilities(double @Nullable [] ofNetwork, Answer.Row ofMemory) {
        if (ofNetwork == null && needsNetwork()) {
            throw new IllegalArgumentException("the network has the weight " + network
                    + " in the answer: expected its probabilities, or the rule of the memory alone");
        }
        double[] p = (fewKeys == 0 ? this : forKeys(ofMemory.keys())).pooled(ofNetwork, ofMemory);
        if (ofNetwork != null && ofNetwork.length < p.length) {
            addNew(p, ofNetwork.length, ofMemory);
        }
        double recognition = recognition(ofMemory);
        for (int c = 0; c < p.length && recognition > 0; c++) {
            p[c] += recognition * (ofMemory.probability(c) - p[c]);
        }
        return p;
    }

    /** Computes the probabilities of the classes that the network has, without recognition. */
    private double[] pooled(double @Nullable [] ofNetwork, Answer.Row ofMemory) {
        int known = ofNetwork == null ? ofMemory.classes() : ofNetwork.length;
        double[] p = new double[ofMemory.classes()];
        for (int c = 0; c < known; c++) {
            if (ofNetwork == null && ofMemory.keys(c) == 0) {
                p[c] = Double.NEGATIVE_INFINITY; // nobody speaks for the class
                continue;
            }
            p[c] = memory * ofMemory.logEvidence(c)
                    + (ofNetwork == null || network == 0 ? 0 : network * log(ofNetwork[c]))
                    + (direction == 0 ? 0 : direction * ofMemory.direction(c))
                    + logShare(c);
        }
        scale(p, known);
        return p;
    }

    /** Sets q_c of the new classes, and gives the others the rest. */
    private void addNew(double[] p, int known, Answer.Row ofMemory) {
        double[] all = new double[p.length];
        for (int c = 0; c < all.length; c++) {
            all[c] = c >= known && ofMemory.keys(c) == 0
                    ? Double.NEGATIVE_INFINITY
                    : ofMemory.logEvidence(c, PRIOR_OF_NEW);
        }
        scale(all, all.length);
        double rest = Arrays.stream(all, 0, known).sum();
        for (int c = 0; c < p.length; c++) {
            p[c] = c < known ? p[c] * rest : all[c];
        }
    }

    /** Turns the first logarithms into probabilities. */
    private static void scale(double[] logs, int count) {
        double greatest = Arrays.stream(logs, 0, count).max().orElse(0);
        double total = 0;
        for (int c = 0; c < count; c++) {
            logs[c] = Math.exp(logs[c] - greatest);
            total += logs[c];
        }
        for (int c = 0; c < count; c++) {
            logs[c] /= total;
        }
    }

    /** Writes the weights for {@link #parse}. */
    String text() {
        return Stream.of(network, memory, direction).map(String::valueOf).collect(Collectors.joining(" "));
    }

    /** @throws IllegalArgumentException if these are not three weights */
    static Pool parse(double theta, String text, List<Double> shares) {
        double[] weights =
                Stream.of(text.split(" ", -1)).mapToDouble(Double::parseDouble).toArray();
        if (weights.length != USUAL.weights().length) {
            throw new IllegalArgumentException(weights.length + " weights: expected 3");
        }
        return new Pool(theta, weights[0], weights[1], weights[2], shares);
    }
}
