package io.github.afterimage.model;

import io.github.afterimage.CacheReader;
import io.github.afterimage.answer.Answer;
import io.github.afterimage.answer.AnswerRule;
import io.github.afterimage.answer.ArgMax;
import io.github.afterimage.answer.Calibration;
import io.github.afterimage.answer.DoubtThreshold;
import io.github.afterimage.answer.Mixture;
import io.github.afterimage.answer.Neighbor;
import io.github.afterimage.answer.Pool;
import io.github.afterimage.answer.PredictionSets;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The answer of a {@link CacheModel} for one image: the distributions of the network, of the memory, and of both together, and the
 * keys that decided.
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
    /** A probability from which on a voice says that it is sure: the class is more probable than all others together. */
    private static final double SURE = 0.5;

    private final List<String> classNames;
    private final float @Nullable [] network;
    private final Answer.Row answer;
    private final double[] memory;
    private final double[] together;
    private final Calibration calibration;

    /**
     * A class and its probabilities.
     *
     * @param label the class
     * @param name its name
     * @param probability its probability according to network and memory together
     * @param network its probability according to the network alone, for all views that it sees; NaN if the memory answers alone
     * @param memory its probability according to the memory alone
     */
    public record Candidate(int label, String name, double probability, double network, double memory) {}

    /**
     * Takes the answer to a row of a batch.
     *
     * @param index that answered
     * @param calibration the rule of the answer
     * @param networks {@code (batch, classes)} from position 0; null if the memory answers alone
     */
    Classification(
            CacheReader index, Calibration calibration, @Nullable FloatBuffer networks, Answer answers, int row) {
        this.calibration = calibration;
        classNames = index.classNames();
        answer = answers.row(row);
        network = networks == null ? null : new float[index.classes()];
        if (networks != null) {
            networks.get(row * index.classes(), network);
        }
        AnswerRule rule = calibration.rule();
        memory = (network == null ? rule : alone(index, rule)).alone(answer);
        together = network == null
                ? memory
                : rule.probabilities(
                        Arrays.copyOf(network, network.length - index.format().spareClasses()), answer);
    }

    /** Returns the rule of the memory alone beside a rule of both, at the same θ. */
    private static AnswerRule alone(CacheReader index, AnswerRule rule) {
        if (rule instanceof Mixture) {
            return new Mixture(rule.theta(), 1);
        }
        AnswerRule own = index.calibration(Calibration.ALONE).rule();
        return own instanceof Pool pool ? pool.withTheta(rule.theta()) : own;
    }

    /**
     * Makes one answer of that to a batch of features and of the probabilities of the network that made them.
     *
     * @param index that answered
     * @param calibration its rule; that of {@link Calibration#ALONE} without a network
     * @param network {@code (batch, classes)} row-major from position 0; null if the memory answers alone
     * @return one for each row, in order
     * @throws IllegalArgumentException if the probabilities are not those of the batch
     */
    public static List<Classification> of(
            CacheReader index, Answer answer, Calibration calibration, @Nullable FloatBuffer network) {
        int classes = index.classes();
        if (network != null && network.limit() != answer.batch() * classes) {
            throw new IllegalArgumentException("the network's probabilities hold " + network.limit()
                    + " values: expected " + answer.batch() + " rows x " + classes + " classes");
        }
        return IntStream.range(0, answer.batch())
                .mapToObj(row -> new Classification(index, calibration, network, answer, row))
                .toList();
    }

    /** {@return the most probable class, the first of equals} */
    public int label() {
        return ArgMax.of(together);
    }

    /** {@return the name of the most probable class} */
    public String name() {
        return classNames.get(label());
    }

    /** {@return the probability of the most probable class} */
    public double probability() {
        return together[label()];
    }

    /**
     * Returns the most probable classes, the best first; of equals, the first.
     *
     * @param n number of classes, positive; all if there are fewer
     * @throws IllegalArgumentException if n is not positive
     */
    public List<Candidate> best(int n) {
        if (n <= 0) {
            throw new IllegalArgumentException("n " + n + ": expected a positive number of classes");
        }
        return IntStream.range(0, together.length)
                .boxed()
                .sorted(Comparator.comparingDouble(label -> -together[label]))
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
                together[label],
                network == null ? Double.NaN : network[label],
                memory[label]);
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
        return calibration.sets(coverage, classNames).labels(label -> together[label], coverage).stream()
                .map(this::candidate)
                .toList();
    }

    /** {@return the rule of this answer} */
    public Calibration calibration() {
        return calibration;
    }

    /** {@return number of classes} */
    public int classes() {
        return together.length;
    }

    /** {@return the names of the classes, by label} */
    public List<String> classNames() {
        return classNames;
    }

    /** {@return whether the network has a part in the answer; otherwise the memory answers alone} */
    public boolean hasNetwork() {
        return network != null;
    }

    /** {@return the distribution of network and memory together, a copy: {@code (classes)}} */
    public double[] probabilities() {
        return together.clone();
    }

    /**
     * Returns the distribution of the network, a copy: {@code (classes)}.
     *
     * @throws IllegalStateException if the memory answers alone
     */
    public float[] network() {
        return requireNetwork().clone();
    }

    /** {@return the distribution of the memory alone, a copy: {@code (classes)}} */
    public double[] memory() {
        return memory.clone();
    }

    /**
     * Returns the most probable class of the network alone.
     *
     * @throws IllegalStateException if the memory answers alone
     */
    public int networkLabel() {
        return ArgMax.of(requireNetwork());
    }

    /** {@return the most probable class of the memory alone} */
    public int memoryLabel() {
        return ArgMax.of(memory);
    }

    /** {@return how unsure the answer is: its {@linkplain DoubtThreshold doubt}} */
    public double doubt() {
        return network == null ? DoubtThreshold.alone(together, answer) : DoubtThreshold.doubt(together);
    }

    /**
     * Returns λ: how surely the image shows a picture that is remembered, in 0..1, which is the weight of the memory in the answer; see
     * {@link io.github.afterimage.answer.Pool#recognition}. 0 by other rules.
     */
    public double recognition() {
        return calibration.rule().recognition(answer);
    }

    /** {@return whether the image shows a picture that is remembered, the first of the {@link #neighbors}: its class decides then} */
    public boolean isRecognised() {
        return recognition() >= 0.5;
    }

    /**
     * Returns whether the doubt is above the threshold that {@code tune --save} stored; false where there is none, and for a picture that is
     * {@linkplain #isRecognised recognised}.
     */
    public boolean isUncertain() {
        return calibration.isUncertain(doubt()) && !isRecognised();
    }

    /** Returns a sentence that says why the answer is uncertain, such as "the network says cat 40 %, the memory dog 35 %: neither is sure". */
    public String reason() {
        if (network == null) {
            List<Candidate> best = best(2);
            return "the memory says " + says(label(), memory)
                    + (best.size() == 1 ? "" : ", " + says(best.get(1).label(), memory))
                    + (doubt() > DoubtThreshold.doubt(together)
                                    && !calibration.isUncertain(DoubtThreshold.doubt(together))
                            ? ": all its classes are far from the image"
                            : ": it is not sure");
        }
        double[] ofNetwork =
                IntStream.range(0, network.length).mapToDouble(c -> network[c]).toArray();
        boolean sure = ofNetwork[networkLabel()] >= SURE || memory[memoryLabel()] >= SURE;
        return "the network says " + says(networkLabel(), ofNetwork) + ", the memory " + says(memoryLabel(), memory)
                + (!sure
                        ? ": neither is sure"
                        : networkLabel() == memoryLabel() ? ": together they are not sure" : ": they do not agree");
    }

    private String says(int label, double[] probabilities) {
        return String.format(Locale.ROOT, "%s %.0f %%", classNames.get(label), 100 * probabilities[label]);
    }

    /** {@return how much of the memory is near the image, see {@link io.github.afterimage.answer.Answer.Row#logMass}} */
    public double logMass() {
        return answer.logMass();
    }

    /**
     * {@return the keys nearest to the image, best first, of a remembered picture and its mirror image the nearer one; empty if none were asked
     * for; immutable}
     */
    public List<Neighbor> neighbors() {
        Set<Long> ids = new HashSet<>();
        return answer.hasNeighbors()
                ? answer.neighbors().stream().filter(key -> ids.add(key.id())).toList()
                : List.of();
    }

    private float[] requireNetwork() {
        if (network == null) {
            throw new IllegalStateException("the network has other classes than the index: the memory answers alone");
        }
        return network;
    }

    @Override
    public String toString() {
        return "Classification[" + name() + " " + probability() + ", network "
                + candidate(label()).network() + ", memory " + memory[label()] + "]";
    }
}
