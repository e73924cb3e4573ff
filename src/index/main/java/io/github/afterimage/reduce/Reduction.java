package io.github.afterimage.reduce;

import java.util.Objects;

/**
 * How keys are to be made shorter, as a line of text: {@code gaussian:512}, {@code achlioptas:512}, {@code sparse:512},
 * {@code hadamard:512}, {@code pca:128}; with another seed than 0, {@code gaussian:512:seed=7}; by tolerance,
 * {@code gaussian:eps=0.1} or {@code achlioptas:eps=0.1}.
 *
 * <p>Each projection R (outputDim, inputDim) keeps inner products in the mean, E⟨Rx, Ry⟩ = ⟨x, y⟩:
 *
 * <ul>
 *   <li>{@code gaussian}: independent normal entries of variance 1 / outputDim.
 *   <li>{@code achlioptas}: entries √(3 / outputDim) times 1, 0, -1 with probabilities 1/6, 2/3, 1/6 (Achlioptas,
 *       2003).
 *   <li>{@code sparse}: entries √(s / outputDim) times 1, 0, -1 with probabilities 1/2s, 1 - 1/s, 1/2s, s = √inputDim
 *       (Li, Hastie and Church, 2006). Not for rows with few large values, which it may miss.
 *   <li>{@code hadamard}: random signs, the Walsh-Hadamard transform of the row padded with zeros to a power of two,
 *       and outputDim of its values drawn without replacement (Ailon and Chazelle, 2006; Tropp, 2011).
 *   <li>{@code pca}: the principal components of a sample, not centred; learned, see {@link ComponentLearner}.
 * </ul>
 *
 * <p>A tolerance ε becomes outputDim = ⌈4 ln K / (ε²/2 - ε³/3)⌉ for K keys. By the bound P(|‖Rv‖² - 1| &gt; ε) ≤
 * 2 exp(-outputDim (ε²/2 - ε³/3) / 2) for a unit vector v (Dasgupta and Gupta, 2003; Achlioptas, 2003), used for the
 * sum and the difference of a query and each key, the inner products of a query with all K keys are within ε of the
 * exact ones, before vectors are scaled again, with probability at least 1 - 4/K.
 *
 * <p>Immutable; two are equal if their texts are.
 */
public final class Reduction {
    private final Kind kind;
    /** 0 while there is only a tolerance. */
    private final int dim;

    private final double eps;
    private final long seed;

    Reduction(Kind kind, int dim, double eps, long seed) {
        this.kind = kind;
        this.dim = dim;
        this.eps = eps;
        this.seed = seed;
    }

    /**
     * Independent normal entries.
     *
     * @throws IllegalArgumentException if {@code dim} is not positive
     */
    public static Reduction gaussian(int dim) {
        return of(Kind.GAUSSIAN, dim);
    }

    /**
     * Normal entries, as many dimensions as the tolerance asks for.
     *
     * @param eps between 0 and 1
     * @throws IllegalArgumentException if it is not
     */
    public static Reduction gaussianWithin(double eps) {
        return within(Kind.GAUSSIAN, eps);
    }

    /**
     * Entries 1, 0 and -1, a third of them not 0.
     *
     * @throws IllegalArgumentException if {@code dim} is not positive
     */
    public static Reduction achlioptas(int dim) {
        return of(Kind.ACHLIOPTAS, dim);
    }

    /**
     * Entries 1, 0 and -1, as many dimensions as the tolerance asks for.
     *
     * @param eps between 0 and 1
     * @throws IllegalArgumentException if it is not
     */
    public static Reduction achlioptasWithin(double eps) {
        return within(Kind.ACHLIOPTAS, eps);
    }

    /**
     * Very few entries that are not 0.
     *
     * @throws IllegalArgumentException if {@code dim} is not positive
     */
    public static Reduction sparse(int dim) {
        return of(Kind.SPARSE, dim);
    }

    /**
     * The subsampled Hadamard transform.
     *
     * @throws IllegalArgumentException if {@code dim} is not positive
     */
    public static Reduction hadamard(int dim) {
        return of(Kind.HADAMARD, dim);
    }

    /**
     * Principal components.
     *
     * @throws IllegalArgumentException if {@code dim} is not positive
     */
    public static Reduction principalComponents(int dim) {
        return of(Kind.COMPONENTS, dim);
    }

    private static Reduction of(Kind kind, int dim) {
        if (dim <= 0) {
            throw new IllegalArgumentException("dim " + dim + " of " + kind.text + ": expected a positive number");
        }
        return new Reduction(kind, dim, 0, 0);
    }

    private static Reduction within(Kind kind, double eps) {
        if (!(eps > 0 && eps < 1)) {
            throw new IllegalArgumentException(
                    "eps " + eps + " of " + kind.text + ": expected a number between 0 and 1");
        }
        return new Reduction(kind, 0, eps, 0);
    }

    /**
     * The reduction of a text; {@code parse(r.toString())} equals {@code r}.
     *
     * @throws IllegalArgumentException if the text is none of those above; says what was expected
     */
    public static Reduction parse(String text) {
        return ReductionText.parse(text);
    }

    /** The same with another seed; of principal components the seed decides which keys are sampled. */
    public Reduction withSeed(long value) {
        return new Reduction(kind, dim, eps, value);
    }

    /** What the random numbers follow from; 0 by default. */
    public long seed() {
        return seed;
    }

    /** True for principal components: such a reducer is learned and must be stored. */
    public boolean learned() {
        return kind == Kind.COMPONENTS;
    }

    /** True where only a tolerance is given and {@link #resolve} has yet to find the dimension. */
    public boolean byTolerance() {
        return dim == 0;
    }

    /**
     * Values of a reduced row.
     *
     * @throws IllegalStateException while {@link #byTolerance}
     */
    public int dim() {
        if (byTolerance()) {
            throw new IllegalStateException(this + " has no dimension before the number of keys is known");
        }
        return dim;
    }

    /**
     * This reduction with its dimension fixed, and checked against what it will reduce.
     *
     * @param inputDim values of a row that is not reduced, positive
     * @param keys how many keys the tolerance is to hold for, not negative; ignored where a dimension is given
     * @throws IllegalArgumentException if the dimension is larger than {@code inputDim}; says what would fit
     */
    public Reduction resolve(int inputDim, long keys) {
        if (!byTolerance()) {
            return checked(inputDim);
        }
        if (keys < 0) {
            throw new IllegalArgumentException("keys " + keys + ": expected a number that is not negative");
        }
        double needed = dimensions(eps, keys);
        if (needed > inputDim) {
            throw new IllegalArgumentException("reduction \"" + this + "\" of " + keys + " keys needs " + (long) needed
                    + " dimensions, more than the " + inputDim + " that keys have: " + remedy(inputDim, keys));
        }
        return new Reduction(kind, (int) needed, 0, seed);
    }

    private Reduction checked(int inputDim) {
        if (dim() > inputDim) {
            throw new IllegalArgumentException("reduction \"" + this + "\" of rows of " + inputDim
                    + " values: expected a dimension of at most " + inputDim);
        }
        return this;
    }

    private static String remedy(int inputDim, long keys) {
        for (int hundredths = 1; hundredths < 100; hundredths++) {
            if (dimensions(hundredths / 100.0, keys) <= inputDim) {
                return "from eps=" + hundredths / 100.0 + " on they suffice";
            }
        }
        return "no eps suffices; give a dimension instead";
    }

    /** The Johnson-Lindenstrauss bound of the class comment, for two keys at the least. */
    private static double dimensions(double eps, long keys) {
        return Math.ceil(4 * StrictMath.log(Math.max(2, keys)) / (eps * eps / 2 - eps * eps * eps / 3));
    }

    /**
     * The reducer of a random projection. Cheap: what it needs is made when it is first used.
     *
     * @param inputDim values of a row that is to be reduced
     * @param threads how many threads make the matrix at the first use, positive
     * @throws IllegalArgumentException if the dimension is larger than {@code inputDim}, or for principal components,
     *     which {@link PrincipalComponents#learner} learns
     * @throws IllegalStateException while {@link #byTolerance}
     */
    public Reducer reducer(int inputDim, int threads) {
        int outputDim = checked(inputDim).dim();
        if (threads <= 0) {
            throw new IllegalArgumentException("threads " + threads + ": expected a positive number");
        }
        return switch (kind) {
            case GAUSSIAN, ACHLIOPTAS ->
                new DenseReducer(this, inputDim, threads, DenseReducer.LARGEST_MATRIX_BYTES, entries(outputDim));
            case SPARSE -> new SparseReducer(this, inputDim);
            case HADAMARD -> new HadamardReducer(this, inputDim);
            case COMPONENTS ->
                throw new IllegalArgumentException(
                        "reduction \"" + this + "\" is learned from keys: it cannot be made from its text alone");
        };
    }

    /** The entries of a dense projection. */
    Entries entries(int outputDim) {
        return kind == Kind.GAUSSIAN ? Entries.gaussian(seed, outputDim) : Entries.achlioptas(seed, outputDim);
    }

    @Override
    public String toString() {
        return kind.text + ":" + (byTolerance() ? "eps=" + eps : dim) + (seed == 0 ? "" : ":seed=" + seed);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Reduction that
                && kind == that.kind
                && dim == that.dim
                && eps == that.eps
                && seed == that.seed;
    }

    @Override
    public int hashCode() {
        return Objects.hash(kind, dim, eps, seed);
    }
}
