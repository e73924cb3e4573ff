package io.github.afterimage.reduce;

import static org.bytedeco.openblas.global.openblas_nolapack.CblasLower;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasNoTrans;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasNonUnit;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasRight;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasRowMajor;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasTrans;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_strmm;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_strmv;

import io.github.afterimage.Normalization;
import io.github.afterimage.keys.Keys;
import io.github.afterimage.platform.NativeMemory;
import io.github.afterimage.platform.OpenBlas;
import io.github.afterimage.platform.Parallel;
import io.github.afterimage.platform.Resources;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;

/**
 * A reducer that was learned from keys: principal components, whitening within the classes, or both. Unlike a random projection,
 * it must be stored: {@link #projection}, {@link #whitening} and {@link #offset} return its numbers, and {@link #of} restores it.
 *
 * <p>Principal components are orthonormal rows by descending importance. Whitening computes W (r − g); r is the row itself, or
 * its principal components scaled to unit norm. W is the inverse of the Cholesky factor of the covariance: as good as its
 * inverse square root, because inner products do not change, and it takes no eigenvectors.
 */
public final class LearnedReducer extends Reducer {
    /** Fewer rows are multiplied one by one, because strmm packs the matrix. */
    private static final int FEW_ROWS = 4;

    private static final int TILE_ROWS = 512;
    private static final int TILE_BYTES = 32 << 20;

    private final @Nullable Matrix components;
    private final @Nullable Matrix whitening;
    private final float[] offset;
    private final double energy;

    /** Takes over both matrices. */
    private LearnedReducer(
            Reduction reduction,
            int inputDim,
            @Nullable Matrix components,
            @Nullable Matrix whitening,
            float[] offset,
            double energy) {
        super(reduction, inputDim);
        this.components = components;
        this.whitening = whitening;
        this.offset = offset;
        this.energy = energy;
    }

    /**
     * Creates a learner, which takes the keys and computes the reducer.
     *
     * @param reduction principal components, whitened or not
     * @param inputDim values of a key
     * @param sampleRows maximum number of keys in the sample, at least the number of components; many times that number
     *     gives a better reducer. Two are enough for a whitened reduction without components
     * @throws IllegalArgumentException if the arguments do not fit each other
     * @throws io.github.afterimage.failure.NotEnoughMemoryException if memory is refused
     */
    public static ComponentLearner learner(Reduction reduction, int inputDim, int sampleRows) {
        checkLearned(reduction, inputDim);
        int least = leastRows(reduction, inputDim);
        if (sampleRows < least) {
            throw new IllegalArgumentException("sampleRows " + sampleRows + ": reduction \"" + reduction
                    + "\" needs at least " + least + " keys to learn from");
        }
        return new ComponentLearner(reduction, inputDim, sampleRows);
    }

    /**
     * Learns a reducer from keys.
     *
     * @param parts the keys, in order
     * @param sampled numbers of the keys to learn from, ascending; removed ones are left out
     */
    public static LearnedReducer learn(Reduction reduction, int dim, List<Keys> parts, int[] sampled, int threads) {
        try (ComponentLearner learner = learner(reduction, dim, sampled.length)) {
            int next = 0;
            long before = 0;
            for (Keys keys : parts) {
                for (; next < sampled.length && sampled[next] < before + keys.count(); next++) {
                    long row = sampled[next] - before;
                    if (!keys.isRemoved(row)) {
                        learner.add(keys.floats(row, 1), keys.labels(row, 1));
                    }
                }
                before += keys.count();
            }
            return learner.learn(threads);
        }
    }

    /** Returns the number of keys that a reduction can be learned from. */
    static int leastRows(Reduction reduction, int inputDim) {
        return reduction.whitens() && reduction.dim() == inputDim ? 2 : reduction.dim();
    }

    /**
     * Learns the whitening of components, if the reduction whitens.
     *
     * @param components as {@link #projects} says; the reducer closes them, but a failure does not
     * @param energy see {@link #energy}
     * @param sample unit rows {@code (labels.length, inputDim)} float32 row-major
     * @param labels the class of each row
     * @throws IllegalArgumentException if the reduction whitens and all rows are equal
     */
    static LearnedReducer learn(
            Reduction reduction,
            int inputDim,
            @Nullable Matrix components,
            double energy,
            NativeMemory sample,
            int[] labels,
            int threads) {
        int dim = reduction.dim();
        if (!reduction.whitens()) {
            return new LearnedReducer(reduction, inputDim, components, null, new float[0], energy);
        }
        ClassScatter scatter = components == null
                ? new ClassScatter(sample, dim, labels)
                : scatter(components, sample, labels, threads);
        float[] mean = scatter.mean();
        Matrix whitening = matrix("whitening", scatter.whitening(reduction), dim, dim);
        return new LearnedReducer(reduction, inputDim, components, whitening, mean, energy);
    }

    private static ClassScatter scatter(Matrix components, NativeMemory sample, int[] labels, int threads) {
        int inputDim = components.dim();
        int dim = components.rows();
        try (NativeMemory projected = NativeMemory.allocate((long) labels.length * dim * Float.BYTES)) {
            int tile = Math.max(1, Math.min(TILE_ROWS, TILE_BYTES / Float.BYTES / inputDim));
            Parallel.run(threads, (labels.length + tile - 1) / tile, i -> {
                int first = i * tile;
                int rows = Math.min(tile, labels.length - first);
                FloatBuffer to = floats(projected, (long) first * dim, rows * dim);
                components.reduce(floats(sample, (long) first * inputDim, rows * inputDim), to, rows);
                shift(new FloatPointer(to), rows, true, new float[dim]);
            });
            return new ClassScatter(projected, dim, labels);
        }
    }

    private static FloatBuffer floats(NativeMemory memory, long first, int count) {
        return memory.buffer(first * Float.BYTES, Math.multiplyExact(count, Float.BYTES))
                .asFloatBuffer();
    }

    /**
     * Restores a reducer.
     *
     * @param reduction a learned reduction
     * @param inputDim values of an original row
     * @param projection the result of {@link #projection}
     * @param whitening the result of {@link #whitening}
     * @param offset the result of {@link #offset}
     * @param energy the result of {@link #energy}
     * @throws IllegalArgumentException if a length does not fit, or a value is not finite
     * @throws io.github.afterimage.failure.NotEnoughMemoryException if memory is refused
     */
    public static LearnedReducer of(
            Reduction reduction, int inputDim, float[] projection, float[] whitening, float[] offset, double energy) {
        checkLearned(reduction, inputDim);
        if (!(energy >= 0 && energy <= 1)) {
            throw new IllegalArgumentException("energy " + energy + ": expected a number in 0..1");
        }
        int dim = reduction.dim();
        check("offset", offset, reduction.whitens() ? dim : 0, 1);
        boolean projects = projects(reduction, inputDim);
        Matrix components = matrix("projection", projection, projects ? dim : 0, inputDim);
        return Resources.guarded(
                components,
                () -> new LearnedReducer(
                        reduction,
                        inputDim,
                        components,
                        matrix("whitening", whitening, reduction.whitens() ? dim : 0, dim),
                        offset.clone(),
                        projects ? energy : 1));
    }

    /** Returns true if rows are multiplied with components, or false if only the row itself is whitened. */
    static boolean projects(Reduction reduction, int inputDim) {
        return !reduction.whitens() || reduction.dim() < inputDim;
    }

    /** Returns a copy of finite numbers, {@code (rows, columns)}; null for no rows. */
    private static @Nullable Matrix matrix(String name, float[] values, int rows, int columns) {
        check(name, values, rows, columns);
        if (rows == 0) {
            return null;
        }
        Matrix matrix = Matrix.of(rows, columns);
        for (int row = 0; row < rows; row++) {
            matrix.row(row).put(values, row * columns, columns);
        }
        return matrix;
    }

    private static void check(String name, float[] values, int rows, int columns) {
        if (values.length != rows * columns) {
            throw new IllegalArgumentException(
                    name + " holds " + values.length + " values: expected " + rows * columns);
        }
        for (int i = 0; i < values.length; i++) {
            if (!Float.isFinite(values[i])) {
                throw new IllegalArgumentException(name + " has " + values[i] + " at row " + i / columns + ", column "
                        + i % columns + ": every value must be finite");
            }
        }
    }

    static void checkLearned(Reduction reduction, int inputDim) {
        if (!reduction.learned()) {
            throw new IllegalArgumentException(
                    "reduction \"" + reduction + "\" is not learned: expected pca:DIM or whiten:DIM");
        }
        reduction.checked(inputDim);
        if ((long) reduction.dim() * inputDim > Integer.MAX_VALUE / Float.BYTES) {
            throw new IllegalArgumentException("reduction \"" + reduction + "\" of rows of " + inputDim
                    + " values: its components would exceed 2 GiB");
        }
        OpenBlas.require("reduction \"" + reduction + "\"");
    }

    @Override
    void project(FloatBuffer source, FloatBuffer target, int count) {
        if (components != null) {
            components.reduce(source, target, count);
        }
        Matrix map = whitening;
        if (map != null) {
            FloatBuffer from = components == null ? source : target;
            int dim = outputDim();
            Products.run(from, dim, target, dim, count, (x, n, y) -> {
                if (!x.equals(y)) {
                    Pointer.memcpy(y, x, (long) n * dim * Float.BYTES);
                }
                shift(y, n, components != null, offset);
                multiply(map, y, n, true);
            });
        }
    }

    /** Subtracts g from rows, after scaling them to unit norm if wanted. A row of zeros, which has no direction, stays. */
    private static void shift(FloatPointer rows, int count, boolean scale, float[] offset) {
        int dim = offset.length;
        float[] values = new float[dim];
        for (int i = 0; i < count; i++) {
            FloatPointer row = rows.getPointer((long) i * dim);
            row.get(values);
            double squares = 0;
            for (float value : values) {
                squares += (double) value * value;
            }
            if (squares > 0) {
                double factor = scale ? 1 / Math.sqrt(squares) : 1;
                for (int j = 0; j < dim; j++) {
                    values[j] = (float) (values[j] * factor - offset[j]);
                }
                row.put(values);
            }
        }
    }

    /** Multiplies rows in place: y Wᵀ, or y W if {@code forward} is false. */
    private static void multiply(Matrix map, FloatPointer y, int count, boolean forward) {
        int dim = map.dim();
        if (count >= FEW_ROWS) {
            int transposed = forward ? CblasTrans : CblasNoTrans;
            cblas_strmm(
                    CblasRowMajor,
                    CblasRight,
                    CblasLower,
                    transposed,
                    CblasNonUnit,
                    count,
                    dim,
                    1f,
                    map.from(0),
                    map.stride(),
                    y,
                    dim);
            return;
        }
        int transposed = forward ? CblasNoTrans : CblasTrans;
        for (int i = 0; i < count; i++) {
            FloatPointer row = y.getPointer((long) i * dim);
            cblas_strmv(CblasRowMajor, CblasLower, transposed, CblasNonUnit, dim, map.from(0), map.stride(), row, 1);
        }
    }

    @Override
    void pullBack(FloatBuffer rows, FloatBuffer gradients, FloatBuffer target, int count) {
        Matrix map = whitening;
        if (map == null) {
            Objects.requireNonNull(components).expand(gradients, target, count);
            return;
        }
        int dim = outputDim();
        float[] ofScaled = new float[Math.multiplyExact(count, dim)];
        FloatBuffer scaled = FloatBuffer.wrap(ofScaled);
        Products.run(gradients, dim, scaled, dim, count, (x, n, y) -> {
            Pointer.memcpy(y, x, (long) n * dim * Float.BYTES);
            multiply(map, y, n, false);
        });
        if (components == null) {
            target.duplicate().put(scaled);
            return;
        }
        FloatBuffer projected = FloatBuffer.allocate(ofScaled.length);
        components.reduce(rows, projected, count);
        Normalization.pullBack(projected, dim, ofScaled);
        components.expand(scaled, target, count);
    }

    /** Returns the mean fraction of the squared norm of a sampled key that the components keep, in 0..1; 1 without components. */
    public double energy() {
        return energy;
    }

    /**
     * Returns a copy of the components, {@code (outputDim, inputDim)} row-major; empty if there are none.
     *
     * @throws IllegalStateException if this is closed
     */
    public float[] projection() {
        return values(components);
    }

    /**
     * Returns a copy of W, {@code (outputDim, outputDim)} row-major, a lower triangle; empty if the components are not whitened.
     *
     * @throws IllegalStateException if this is closed
     */
    public float[] whitening() {
        return values(whitening);
    }

    private float[] values(@Nullable Matrix matrix) {
        checkOpen();
        float[] copy = new float[matrix == null ? 0 : matrix.rows() * matrix.dim()];
        for (int row = 0; matrix != null && row < matrix.rows(); row++) {
            matrix.row(row).get(copy, row * matrix.dim(), matrix.dim());
        }
        return copy;
    }

    /**
     * Returns a copy of g, {@code (outputDim)}, which is subtracted before the product with W; empty if the components are not
     * whitened.
     *
     * @throws IllegalStateException if this is closed
     */
    public float[] offset() {
        checkOpen();
        return offset.clone();
    }

    @Override
    public Optional<Entries> entries() {
        Matrix rows = components;
        if (whitening != null || rows == null) {
            return Optional.empty();
        }
        return Optional.of(new Entries(1) {
            @Override
            public void fill(int row, float[] values) {
                rows.row(row).get(values);
            }
        });
    }

    @Override
    public long bytes() {
        return (components == null ? 0 : components.bytes()) + (whitening == null ? 0 : whitening.bytes());
    }

    @Override
    void release() {
        Resources.closeAll(whitening, components);
    }
}
