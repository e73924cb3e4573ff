package io.github.afterimage;

import io.github.afterimage.engine.EstimatedAnswer;
import io.github.afterimage.engine.FactoredSums;
import io.github.afterimage.engine.NormalizedSums;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The probability of each class for each query of a batch: {@code (batch, classes)} float32 row-major.
 *
 * <pre>{@code
 * try (CacheIndex index = CacheIndex.open(Path.of("cache.safetensors"))) {
 *     Distributions answer = index.query(new float[index.dim()], 60);
 *     int best = answer.best(0);
 *     System.out.println(index.classNames().get(best) + " " + answer.probability(0, best));
 * }
 * }</pre>
 *
 * <p>Immutable and thread-safe; nothing to close.
 */
public final class Distributions {
    private final float[] probabilities;
    private final double[] logMasses;
    private final double[] halfWidths;
    private final long[] keysRead;
    /** The effect of the class factor; null without one. */
    private final @Nullable FactoredSums factored;

    private final int classes;
    private final long keys;
    private final long version;

    /** Holds exact answers. */
    Distributions(NormalizedSums answer, int classes, long keys, long version) {
        this(EstimatedAnswer.exact(answer, keys), classes, keys, version);
    }

    Distributions(EstimatedAnswer answer, int classes, long keys, long version) {
        this(answer, answer.sums().values(), null, classes, keys, version);
    }

    /** Holds exact answers with class factors. */
    Distributions(FactoredSums answer, int classes, long keys, long version) {
        this(
                EstimatedAnswer.exact(answer.plain(), keys),
                answer.values(),
                answer.beta() == 0 ? null : answer,
                classes,
                keys,
                version);
    }

    private Distributions(
            EstimatedAnswer answer,
            float[] probabilities,
            @Nullable FactoredSums factored,
            int classes,
            long keys,
            long version) {
        this.probabilities = probabilities;
        this.factored = factored;
        logMasses = answer.sums().logMasses();
        halfWidths = answer.halfWidths();
        keysRead = answer.read();
        this.classes = classes;
        this.keys = keys;
        this.version = version;
    }

    /** Number of queries. */
    public int batch() {
        return probabilities.length / classes;
    }

    /** Number of classes. */
    public int classes() {
        return classes;
    }

    /** Number of keys that answer: those of the index at the moment of the query, or those of them that it is restricted to. */
    public long keys() {
        return keys;
    }

    /** Number of changes of the index since it was opened; answers of one version are from the same keys. */
    public long version() {
        return version;
    }

    /**
     * Returns the probability of a class.
     *
     * @throws IndexOutOfBoundsException if there is no such query or class
     */
    public float probability(int query, int label) {
        return probabilities[offset(query) + Objects.checkIndex(label, classes)];
    }

    /** Returns the most probable class, the first of equals. */
    public int best(int query) {
        int offset = offset(query);
        return Mixture.best(classes, c -> probabilities[offset + c]);
    }

    /**
     * Returns the place of a class among all, by probability: 0 for {@link #best}; of equals, the first class has the first
     * place.
     *
     * @throws IndexOutOfBoundsException if there is no such query or class
     */
    public int place(int query, int label) {
        float own = probability(query, label);
        int offset = offset(query);
        int before = 0;
        for (int c = 0; c < classes; c++) {
            float p = probabilities[offset + c];
            before += p > own || p == own && c < label ? 1 : 0;
        }
        return before;
    }

    /** Returns a copy of the probabilities of one query: {@code (classes)}. */
    public float[] row(int query) {
        return Arrays.copyOfRange(probabilities, offset(query), offset(query) + classes);
    }

    /**
     * Returns the probability that similar keys alone give a class, without the {@linkplain Query#classFactor class factor}: the
     * {@link #probability} if there is none.
     *
     * @throws IndexOutOfBoundsException if there is no such query or class
     */
    public float probabilityOfKeys(int query, int label) {
        int place = offset(query) + Objects.checkIndex(label, classes);
        return factored == null ? probabilities[place] : factored.plain().values()[place];
    }

    /**
     * Returns how many times the direction of its class makes the {@linkplain #probabilityOfKeys probability that similar keys give}:
     * exp(β zᵀm_c) over its mean by those probabilities. Their product is the {@link #probability}. 1 without a {@linkplain
     * Query#classFactor class factor}, 0 for a class without keys.
     *
     * @throws IndexOutOfBoundsException if there is no such query or class
     */
    public double classFactor(int query, int label) {
        int place = offset(query) + Objects.checkIndex(label, classes);
        if (factored == null) {
            return 1;
        }
        return Math.exp((double) factored.beta() * factored.products()[place] - factored.logRatios()[query]);
    }

    /**
     * Returns log Σ_k w_k exp(θ (φᵀμ_k − 1)), which says how much of the cache supports the answer. If all weights are 1, it is 0
     * where one key equals the query and all others are far, and at most log({@link #keys}). It is very negative if no key is
     * near; the distribution then decides among far keys. Class factors have no part in it. It is an estimate too if {@link #halfWidth} is positive.
     */
    public double logMass(int query) {
        return logMasses[Objects.checkIndex(query, batch())];
    }

    /**
     * Half width of an interval around each probability of a query; 0 if they are exact within the rounding of the engine, as all
     * are without {@link Query#tolerance}.
     *
     * <p>Guarantee: all probabilities of a query, equations (1) and (2), lie within the half width of the estimates for about 99
     * of 100 queries that are like the keys. The index measures this at the first query of a theta and a tolerance, and again
     * when a quarter of the keys has changed: it answers 128 of its keys, each without itself, or 384 if one or two of these
     * need intervals that are too wide, and widens the intervals until they hold 99 % of the exact answers. If this takes too many keys, the plain pass answers. The guarantee fails for queries that are
     * near a few rare keys in directions which the components do not keep: the draws may miss these keys. More components keep
     * more directions. The index also computes some answers exactly, and makes intervals wider if too many fail ({@link
     * OpenOptions#audit}); {@code evaluate --sketch} counts how often intervals hold on your data.
     *
     * @throws IndexOutOfBoundsException if there is no such query
     */
    public double halfWidth(int query) {
        return halfWidths[Objects.checkIndex(query, batch())];
    }

    /**
     * Number of keys that were read for a query, beside the sketch of all; {@link #keys} if its answer is exact.
     *
     * @throws IndexOutOfBoundsException if there is no such query
     */
    public long keysRead(int query) {
        return keysRead[Objects.checkIndex(query, batch())];
    }

    /** Returns room for {@code rows} queries that are answered from the same keys. */
    Distributions room(int rows) {
        NormalizedSums plain = new NormalizedSums(new float[rows * classes], new double[rows]);
        if (factored == null) {
            return new Distributions(plain, classes, keys, version);
        }
        FactoredSums room = new FactoredSums(
                plain, new float[rows * classes], new float[rows * classes], factored.beta(), new double[rows]);
        return new Distributions(room, classes, keys, version);
    }

    /** Copies the answers to {@code count} queries into room that no caller has yet. */
    void copy(int from, int count, Distributions target, int to) {
        System.arraycopy(probabilities, from * classes, target.probabilities, to * classes, count * classes);
        System.arraycopy(logMasses, from, target.logMasses, to, count);
        System.arraycopy(halfWidths, from, target.halfWidths, to, count);
        System.arraycopy(keysRead, from, target.keysRead, to, count);
        if (factored != null) {
            FactoredSums others = Objects.requireNonNull(target.factored);
            System.arraycopy(
                    factored.plain().values(), from * classes, others.plain().values(), to * classes, count * classes);
            System.arraycopy(factored.products(), from * classes, others.products(), to * classes, count * classes);
            System.arraycopy(factored.logRatios(), from, others.logRatios(), to, count);
        }
    }

    private int offset(int query) {
        return Objects.checkIndex(query, batch()) * classes;
    }

    @Override
    public String toString() {
        return "Distributions[" + batch() + " queries, " + classes + " classes, " + keys + " keys, version " + version
                + "]";
    }
}
