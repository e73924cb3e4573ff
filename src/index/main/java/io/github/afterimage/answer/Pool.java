package io.github.afterimage.answer;

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
 * <p>A memory that answers alone gives a class without keys p = 0. Where the network does not have the last classes, these get the
 * probability that the memory gives them, p(c) = p_mem(c), and the others share the rest as the pool divides it.
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
 * @param network a, the weight of the network, finite and not negative; 0 where the memory answers alone
 * @param memory b, the weight of the evidence, likewise
 * @param direction g, the weight of the directions of the classes, likewise
 * @param shares π, how often each class comes, positive; empty where all come equally often; a class behind the last one comes as often as
 *     the mean of the others
 */
public record Pool(double theta, double network, double memory, double direction, List<Double> shares)
        implements AnswerRule {
    /** The pool of an index that nobody tuned, fitted to whitened keys of several networks. */
    static final Pool USUAL = new Pool(40, 0.5, 0.25, 0);

    /** The usual pool of a memory that answers alone, fitted to whitened keys of networks and of CLIP. */
    static final Pool USUAL_ALONE = new Pool(40, 0, 0.5, 10);

    /** Copies the shares. */
    public Pool {
        AnswerRule.check("theta", theta);
        AnswerRule.check("weight of the network", network);
        AnswerRule.check("weight of the memory", memory);
        AnswerRule.check("weight of the directions", direction);
        shares = checkShares(List.copyOf(shares));
    }

    /** Makes a pool for classes that come equally often. */
    public Pool(double theta, double network, double memory, double direction) {
        this(theta, network, memory, direction, List.of());
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
        return new Pool(theta, weights[0], weights[1], weights[2], shares);
    }

    /** Returns this pool at another θ. */
    public Pool withTheta(double other) {
        return new Pool(other, network, memory, direction, shares);
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
        int known = ofNetwork == null ? ofMemory.classes() : ofNetwork.length;
        double[] p = new double[ofMemory.classes()];
        double greatest = Double.NEGATIVE_INFINITY;
        for (int c = 0; c < known; c++) {
            p[c] = memory * ofMemory.logEvidence(c)
                    + (ofNetwork == null || network == 0 ? 0 : network * log(ofNetwork[c]))
                    + (direction == 0 ? 0 : direction * ofMemory.direction(c))
                    + logShare(c);
            if (ofNetwork == null && ofMemory.keys(c) == 0) {
                p[c] = Double.NEGATIVE_INFINITY; // nobody speaks for the class
            }
            greatest = Math.max(greatest, p[c]);
        }
        double total = 0;
        double left = 1;
        for (int c = 0; c < known; c++) {
            p[c] = Math.exp(p[c] - greatest);
            total += p[c];
        }
        for (int c = known; c < p.length; c++) {
            p[c] = ofMemory.probability(c);
            left = Math.max(0, left - p[c]); // rounded numbers may add up to more than 1
        }
        for (int c = 0; c < known; c++) {
            p[c] *= left / total;
        }
        return p;
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
