package io.github.afterimage.reduce;

import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Describes a map that reduces the dimension of keys, or whitens them.
 *
 * <p>Its text names the kind and the dimension of reduced rows: {@code gaussian:512}, {@code hadamard:512}, {@code pca:128},
 * {@code whiten:256}. The seed is 0 unless the text gives one, as in {@code gaussian:512:seed=7}. {@code whiten:256:epsilon=0.3}
 * gives the {@link #epsilon} of a whitened reduction.
 *
 * <p>Each random projection R (outputDim, inputDim) keeps the expected value of inner products, E⟨Rx, Ry⟩ = ⟨x, y⟩:
 *
 * <ul>
 *   <li>{@code gaussian}: independent normal entries of variance 1 / outputDim.
 *   <li>{@code hadamard}: random signs, the Walsh-Hadamard transform of the row padded with zeros to a power of two,
 *       and outputDim of its values drawn without replacement (Ailon and Chazelle, 2006; Tropp, 2011).
 *   <li>{@code pca}: the principal components of a sample that is not centred. A {@link ComponentLearner} learns them.
 *   <li>{@code whiten}: the metric of linear discriminant analysis, z = normalise(W (r − g)). r is the row after {@code pca},
 *       scaled to unit norm; or the row itself, if the dimension is that of the rows. g is the mean of the sample, and WᵀW
 *       the inverse of S + ε λ̄ I: S is the covariance within the classes, around the mean of each, and λ̄ its mean eigenvalue.
 *       S is the covariance of all rows around g if no class has two different rows.
 * </ul>
 *
 * <p>Immutable. Two reductions are equal if their texts are equal.
 */
public final class Reduction {
    /**
     * The ε of whitened reductions that name none. It must stay, because files leave it out.
     *
     * <p>{@code measure reductions --reduce whiten:256:epsilon=0.1,whiten:256,whiten:256:epsilon=3} on examples for tuning: the paper's
     * ResNet20 and its memory together make 6.54, 6.54, 6.42 and 6.38 % errors with an ε of 0.1, 0.3, 1 and 3, and 6.56 % with
     * cosines; the memory alone 9.44, 9.58, 9.92, 10.48 and 11.82 %. On features of CLIP with 2 to 16 labels a class (Caltech101 and
     * Oxford Flowers), the errors are 0.72, 0.24, 0.23 and 0.26 points above those of the best ε. With
     * one label a class, cosines can be better.
     */
    public static final double DEFAULT_EPSILON = 1;

    /** Maximum dimension of a whitened reduction, because its map has the square of it. */
    private static final int MAX_WHITENED = 4096;

    private static final double MIN_EPSILON = 1e-6;
    private static final double MAX_EPSILON = 1e6;

    private static final Pattern FORM = Pattern.compile("([^:]*):([^:]*)(?::(epsilon=[^:]*))?(?::([^:]*))?");
    private static final String EXPECTED =
            "expected gaussian:DIM, hadamard:DIM, pca:DIM or whiten:DIM, such as gaussian:512, pca:128:seed=7 or "
                    + "whiten:256:epsilon=0.3";
    private static final String EPSILON = "epsilon=";
    private static final String SEED = "seed=";

    /** The families of reductions, with their names in text. */
    private enum Kind {
        GAUSSIAN("gaussian"),
        HADAMARD("hadamard"),
        COMPONENTS("pca"),
        WHITENED("whiten");

        final String text;

        Kind(String text) {
            this.text = text;
        }

        /** Returns the kind of this name, or null if there is none. */
        static @Nullable Kind named(String text) {
            return Arrays.stream(values())
                    .filter(kind -> kind.text.equals(text))
                    .findFirst()
                    .orElse(null);
        }
    }

    private final Kind kind;
    private final int dim;
    private final double epsilon;
    private final long seed;

    /** @param epsilon for whitened reductions; 0 for others */
    private Reduction(Kind kind, int dim, double epsilon, long seed) {
        this.kind = kind;
        this.dim = dim;
        this.epsilon = epsilon;
        this.seed = seed;
    }

    /**
     * Returns a projection with independent normal entries.
     *
     * @throws IllegalArgumentException if {@code dim} is not positive
     */
    public static Reduction gaussian(int dim) {
        return parse("gaussian:" + dim);
    }

    /**
     * Returns the subsampled Hadamard transform.
     *
     * @throws IllegalArgumentException if {@code dim} is not positive
     */
    public static Reduction hadamard(int dim) {
        return parse("hadamard:" + dim);
    }

    /**
     * Returns a reduction to principal components.
     *
     * @throws IllegalArgumentException if {@code dim} is not positive
     */
    public static Reduction principalComponents(int dim) {
        return parse("pca:" + dim);
    }

    /**
     * Returns a reduction to principal components that are whitened within the classes, with {@link #DEFAULT_EPSILON}.
     *
     * @param dim number of components, at most 4,096; that of the rows leaves the components out
     * @throws IllegalArgumentException if {@code dim} is out of range
     */
    public static Reduction whitened(int dim) {
        return parse("whiten:" + dim);
    }

    /**
     * Returns a whitened reduction; see {@link #whitened(int)}.
     *
     * @param epsilon 1e-6 to 1e6: small values weigh all directions by the scatter of the classes in them, great values weigh
     *     them alike
     * @throws IllegalArgumentException if {@code dim} or {@code epsilon} is out of range
     */
    public static Reduction whitened(int dim, double epsilon) {
        return parse("whiten:" + dim + ":epsilon=" + epsilon);
    }

    /**
     * Parses the text of a reduction; {@code parse(r.toString())} equals {@code r}.
     *
     * @throws IllegalArgumentException if the text has none of the forms above; the message lists them
     */
    public static Reduction parse(String text) {
        Matcher parts = FORM.matcher(text);
        if (!parts.matches()) {
            throw new IllegalArgumentException("reduction \"" + text + "\": " + EXPECTED);
        }
        Kind kind = Kind.named(parts.group(1));
        if (kind == null) {
            throw new IllegalArgumentException(
                    "reduction \"" + text + "\" is of unknown kind \"" + parts.group(1) + "\": " + EXPECTED);
        }
        double epsilon = parts.group(3) == null
                ? kind == Kind.WHITENED ? DEFAULT_EPSILON : 0
                : epsilon(text, kind, parts.group(3).substring(EPSILON.length()));
        long seed = parts.group(4) == null ? 0 : seed(text, parts.group(4));
        return new Reduction(kind, dimension(text, kind, parts.group(2)), epsilon, seed);
    }

    private static int dimension(String text, Kind kind, String digits) {
        int most = kind == Kind.WHITENED ? MAX_WHITENED : Integer.MAX_VALUE;
        try {
            if (digits.matches("[0-9]+") && Integer.parseInt(digits) > 0 && Integer.parseInt(digits) <= most) {
                return Integer.parseInt(digits);
            }
        } catch (NumberFormatException e) { // too large for an int: refused below
        }
        throw new IllegalArgumentException(
                "reduction \"" + text + "\" has dimension \"" + digits + "\": expected a number in 1.." + most);
    }

    private static double epsilon(String text, Kind kind, String number) {
        if (kind != Kind.WHITENED) {
            throw new IllegalArgumentException("reduction \"" + text + "\" has an epsilon: only whiten:DIM takes one");
        }
        double epsilon = number(number);
        if (epsilon >= MIN_EPSILON && epsilon <= MAX_EPSILON) {
            return epsilon;
        }
        throw new IllegalArgumentException("reduction \"" + text + "\" has epsilon \"" + number
                + "\": expected a number in " + MIN_EPSILON + ".." + MAX_EPSILON);
    }

    /** Returns NaN for a text that is no number. */
    private static double number(String text) {
        try {
            return text.matches("[0-9.]+([eE]-?[0-9]+)?") ? Double.parseDouble(text) : Double.NaN;
        } catch (NumberFormatException e) { // such as 1.2.3
            return Double.NaN;
        }
    }

    private static long seed(String text, String part) {
        if (part.startsWith(SEED)) {
            String number = part.substring(SEED.length());
            try {
                if (number.matches("-?[0-9]+")) {
                    return Long.parseLong(number);
                }
            } catch (NumberFormatException e) { // too large for a long: refused below
            }
            throw new IllegalArgumentException("reduction \"" + text + "\" has seed \"" + number
                    + "\": expected a whole number of at most 64 bits");
        }
        throw new IllegalArgumentException(
                "reduction \"" + text + "\" ends in \"" + part + "\": expected seed=NUMBER or nothing");
    }

    /** Returns a copy with another seed. For learned reductions, the seed decides which keys are sampled. */
    public Reduction withSeed(long value) {
        return new Reduction(kind, dim, epsilon, value);
    }

    /** Returns the seed of the random numbers; 0 by default. */
    public long seed() {
        return seed;
    }

    /** Returns true for principal components, whitened or not, which are learned from keys and must be stored. */
    public boolean learned() {
        return kind == Kind.COMPONENTS || whitens();
    }

    /** Returns true for a whitened reduction, which is learned from keys with their labels. */
    public boolean whitens() {
        return kind == Kind.WHITENED;
    }

    /** Returns the share of the mean eigenvalue that a whitened reduction adds to each eigenvalue; 0 for other reductions. */
    public double epsilon() {
        return epsilon;
    }

    /**
     * Returns this reduction for rows that may have fewer values than it has dimensions, for experiments with rows of several
     * lengths: the same, or a whitened one of as many dimensions as the rows have; empty if it would leave the rows as they are.
     */
    public Optional<Reduction> fitting(int inputDim) {
        if (dim < inputDim) {
            return Optional.of(this);
        }
        return whitens() ? Optional.of(new Reduction(kind, inputDim, epsilon, seed)) : Optional.empty();
    }

    /** Returns the number of values of a reduced row. */
    public int dim() {
        return dim;
    }

    /**
     * Returns this reduction, whose dimension must not exceed that of the original rows.
     *
     * @param inputDim values of an original row
     * @throws IllegalArgumentException if it does
     */
    public Reduction checked(int inputDim) {
        if (dim > inputDim) {
            throw new IllegalArgumentException("reduction \"" + this + "\" of rows of " + inputDim
                    + " values: expected a dimension of at most " + inputDim);
        }
        return this;
    }

    /**
     * Creates the reducer of a random projection. This is cheap, because a reducer computes its matrix at its first use.
     *
     * @param inputDim values of an original row
     * @param threads number of threads that compute the matrix at the first use, positive
     * @throws IllegalArgumentException if the dimension is larger than {@code inputDim}, or if this is a learned reduction,
     *     which {@link LearnedReducer#learner} learns
     */
    public Reducer reducer(int inputDim, int threads) {
        checked(inputDim);
        if (threads <= 0) {
            throw new IllegalArgumentException("threads " + threads + ": expected a positive number");
        }
        return switch (kind) {
            case GAUSSIAN -> new GaussianReducer(this, inputDim, threads, GaussianReducer.LARGEST_MATRIX_BYTES);
            case HADAMARD -> new HadamardReducer(this, inputDim);
            case COMPONENTS, WHITENED ->
                throw new IllegalArgumentException(
                        "reduction \"" + this + "\" is learned from keys: it cannot be made from its text alone");
        };
    }

    @Override
    public String toString() {
        return kind.text + ":" + dim
                + (!whitens() || epsilon == DEFAULT_EPSILON ? "" : ":" + EPSILON + text(epsilon))
                + (seed == 0 ? "" : ":" + SEED + seed);
    }

    /** Returns {@code 3} for 3.0. */
    private static String text(double number) {
        return number == Math.rint(number) && number <= MAX_EPSILON
                ? Long.toString((long) number)
                : Double.toString(number);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Reduction that && toString().equals(that.toString());
    }

    @Override
    public int hashCode() {
        return toString().hashCode();
    }
}
