package io.github.afterimage.model;

import io.github.afterimage.Answer;
import io.github.afterimage.CacheIndex;
import io.github.afterimage.Hyperparameters;
import io.github.afterimage.Mixture;
import io.github.afterimage.Neighbor;
import io.github.afterimage.NoveltyThreshold;
import io.github.afterimage.PredictionSets;
import io.github.afterimage.Tuner;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The answer of a {@link CacheModel} for one image: the distributions of the network, of the cache and of their {@linkplain
 * Mixture#of(double, float[], float[]) mixture}, and the keys that decided.
 *
 * <pre>{@code
 * try (CacheModel model = CacheModel.open(Path.of("resnet20.onnx"), Path.of("cifar10.safetensors"))) {
 *     Classification answer = model.classify(ModelQuery.of(Image.read(Path.of("horse.png"))).neighbors(5)).get(0);
 *     for (Classification.Candidate candidate : answer.best(3)) {
 *         System.out.println(candidate.name() + " " + candidate.probability());
 *     }
 *     for (Neighbor key : answer.neighbors()) {
 *         System.out.println(key.name() + " has a share of " + key.share());
 *     }
 * }
 * }</pre>
 *
 * <p>Immutable and thread-safe; nothing to close.
 */
public final class Classification {
    private final List<String> classNames;
    private final float @Nullable [] network;
    private final Answer.Row answer;
    private final double[] mixture;
    private final Optional<PredictionSets> sets;

    /**
     * A class and its probabilities.
     *
     * @param label the class
     * @param name its name
     * @param probability its probability in the mixture
     * @param network its probability according to the network alone; NaN if the cache answers alone
     * @param cache its probability according to the cache alone, {@code similarKeys} times {@code classFactor}
     * @param similarKeys the probability that the keys like the image give it
     * @param classFactor how many times the direction of the class makes that, see {@link
     *     io.github.afterimage.Answer.Row#classFactor}; 1 if β is 0
     */
    public record Candidate(
            int label,
            String name,
            double probability,
            double network,
            double cache,
            double similarKeys,
            double classFactor) {}

    /**
     * Takes the answer to a row of a batch.
     *
     * @param index that answered
     * @param chosen θ, λ and β of the answer
     * @param networks {@code (batch, classes)} from position 0; null if the cache answers alone
     */
    Classification(CacheIndex index, Hyperparameters chosen, @Nullable FloatBuffer networks, Answer answers, int row) {
        classNames = index.classNames();
        answer = answers.row(row);
        network = networks == null ? null : new float[index.classes()];
        if (networks != null) {
            networks.get(row * index.classes(), network);
        }
        float[] known = network == null
                ? null
                : Arrays.copyOf(network, network.length - index.format().spareClasses());
        float[] cache = answer.probabilities();
        mixture = known == null
                ? IntStream.range(0, cache.length).mapToDouble(c -> cache[c]).toArray()
                : Mixture.of(chosen.lambda(), known, cache);
        sets = network == null && chosen.lambda() != 1 ? Optional.empty() : Tuner.predictionSets(index, chosen);
    }

    /**
     * Mixes the answer to a batch of features with the probabilities of the network that made them.
     *
     * @param index that answered
     * @param chosen θ, λ and β of the answer
     * @param network {@code (batch, classes)} row-major from position 0; null if the cache answers alone
     * @return one for each row, in order
     * @throws IllegalArgumentException if the probabilities are not those of the batch
     */
    public static List<Classification> of(
            CacheIndex index, Answer answer, Hyperparameters chosen, @Nullable FloatBuffer network) {
        int classes = index.classes();
        if (network != null && network.limit() != answer.batch() * classes) {
            throw new IllegalArgumentException("the network's probabilities hold " + network.limit()
                    + " values: expected " + answer.batch() + " rows x " + classes + " classes");
        }
        return IntStream.range(0, answer.batch())
                .mapToObj(row -> new Classification(index, chosen, network, answer, row))
                .toList();
    }

    /** {@return the most probable class of the mixture, the first of equals} */
    public int label() {
        return Mixture.best(mixture);
    }

    /** {@return the name of the most probable class} */
    public String name() {
        return classNames.get(label());
    }

    /** {@return the probability of the most probable class in the mixture} */
    public double probability() {
        return mixture[label()];
    }

    /**
     * Returns the most probable classes of the mixture, the best first; of equals, the first.
     *
     * @param n number of classes, positive; all if there are fewer
     * @throws IllegalArgumentException if n is not positive
     */
    public List<Candidate> best(int n) {
        if (n <= 0) {
            throw new IllegalArgumentException("n " + n + ": expected a positive number of classes");
        }
        return IntStream.range(0, mixture.length)
                .boxed()
                .sorted(Comparator.comparingDouble(label -> -mixture[label]))
                .limit(n)
                .map(this::candidate)
                .toList();
    }

    /**
     * Returns a class and its probabilities.
     *
     * @throws IndexOutOfBoundsException if there is no such class
     */
    public Candidate candidate(int label) {
        return new Candidate(
                label,
                classNames.get(label),
                mixture[label],
                network == null ? Double.NaN : network[label],
                answer.probability(label),
                answer.probabilityOfKeys(label),
                answer.classFactor(label));
    }

    /**
     * Returns the classes that have the true one among them with a probability of {@code coverage}, the most probable first, which is
     * {@link #label}; {@link PredictionSets} states the promise and what it assumes.
     *
     * @param coverage such as 0.95
     * @throws IllegalArgumentException if it is less than 0.5, or more than the number of tuning examples gives, or if this answer has no
     *     sets; the message names the remedy
     */
    public List<Candidate> set(double coverage) {
        return sets
                .orElseThrow(
                        () -> new IllegalArgumentException("this answer has no prediction sets: run tune --save, and"
                                + " classify with the theta, lambda and beta that it stores"
                                + (network == null ? ", and with the network's probabilities if it had them" : "")))
                .labels(label -> mixture[label], coverage)
                .stream()
                .map(this::candidate)
                .toList();
    }

    /** {@return number of classes} */
    public int classes() {
        return mixture.length;
    }

    /** {@return the names of the classes, by label} */
    public List<String> classNames() {
        return classNames;
    }

    /** {@return whether the network has a part in the answer; otherwise the cache answers alone} */
    public boolean hasNetwork() {
        return network != null;
    }

    /** {@return the distribution of the mixture, a copy: {@code (classes)}} */
    public double[] probabilities() {
        return mixture.clone();
    }

    /**
     * Returns the distribution of the network, a copy: {@code (classes)}.
     *
     * @throws IllegalStateException if the cache answers alone
     */
    public float[] network() {
        return requireNetwork().clone();
    }

    /** {@return the distribution of the cache, a copy: {@code (classes)}} */
    public float[] cache() {
        return answer.probabilities();
    }

    /**
     * Returns the most probable class of the network alone.
     *
     * @throws IllegalStateException if the cache answers alone
     */
    public int networkLabel() {
        return Mixture.best(requireNetwork());
    }

    /** {@return the most probable class of the cache alone} */
    public int cacheLabel() {
        return answer.best();
    }

    /**
     * Returns how unlike everything remembered the image is, see {@link Answer.Row#novelty()}; NaN if there is no {@link
     * #noveltyThreshold}.
     *
     * @throws IllegalStateException if the query did not ask for the {@linkplain ModelQuery#novelty novelty}
     */
    public double novelty() {
        return answer.novelty();
    }

    /**
     * Returns the threshold that {@link #novelty} is compared with; empty if the index has none for this answer.
     *
     * @throws IllegalStateException if the query did not ask for the novelty
     */
    public Optional<NoveltyThreshold> noveltyThreshold() {
        return answer.noveltyThreshold();
    }

    /**
     * Returns whether something remembered is like the image; true also where that is not known, because there is no {@link
     * #noveltyThreshold}. See {@link Answer.Row#isFamiliar}.
     *
     * @throws IllegalStateException if the query did not ask for the novelty
     */
    public boolean isFamiliar() {
        return answer.isFamiliar();
    }

    /** {@return how much of the cache is near the image, see {@link io.github.afterimage.Answer.Row#logMass}} */
    public double logMass() {
        return answer.logMass();
    }

    /** {@return the keys nearest to the image, best first; empty if none were asked for; immutable} */
    public List<Neighbor> neighbors() {
        return answer.hasNeighbors() ? answer.neighbors() : List.of();
    }

    private float[] requireNetwork() {
        if (network == null) {
            throw new IllegalStateException("the network has other classes than the index: the cache answers alone");
        }
        return network;
    }

    @Override
    public String toString() {
        return "Classification[" + name() + " " + probability() + ", network "
                + candidate(label()).network() + ", cache " + answer.probability(label()) + "]";
    }
}
