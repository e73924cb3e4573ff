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
import io.github.afterimage.platform.NativeMemory;
import io.github.afterimage.platform.Parallel;
import io.github.afterimage.platform.Resources;
import java.nio.FloatBuffer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;

/**
 * Computes W (r − g) for rows; r is the row itself, or its principal components scaled to unit norm. W is the inverse of the
 * Cholesky factor of the covariance: as good as its inverse square root, because inner products do not change, and it takes no
 * eigenvectors.
 */
final class WhitenedReducer extends LearnedReducer {
    /** Fewer rows are multiplied one by one, because strmm packs the matrix. */
    private static final int FEW_ROWS = 4;

    private static final int TILE_ROWS = 512;
    private static final int TILE_BYTES = 32 << 20;

    private final @Nullable PrincipalComponents components;
    private final Matrix map;
    private final float[] offset;

    /** Takes over the components and the map. */
    private WhitenedReducer(
            Reduction reduction, int inputDim, @Nullable PrincipalComponents components, Matrix map, float[] offset) {
        super(reduction, inputDim, components == null ? 1 : components.energy());
        this.components = components;
        this.map = map;
        this.offset = offset;
    }

    /** Returns the components that a whitened reduction begins with. */
    static Reduction components(Reduction reduction) {
        return Reduction.principalComponents(reduction.dim()).withSeed(reduction.seed());
    }

    /** @param components null for rows of as many values as the reduction has dimensions; closed by the reducer, or by a failure */
    static WhitenedReducer of(
            Reduction reduction,
            int inputDim,
            @Nullable PrincipalComponents components,
            float[] whitening,
            float[] offset) {
        int dim = reduction.dim();
        return Resources.guarded(components, () -> {
            check("whitening", whitening, dim * dim, dim);
            check("offset", offset, dim, 1);
            Matrix map = Matrix.of(dim, dim);
            return Resources.guarded(map, () -> {
                for (int row = 0; row < dim; row++) {
                    map.row(row).put(whitening, row * dim, dim);
                }
                return new WhitenedReducer(reduction, inputDim, components, map, offset.clone());
            });
        });
    }

    private static void check(String name, float[] values, int length, int columns) {
        if (values.length != length) {
            throw new IllegalArgumentException(name + " holds " + values.length + " values: expected " + length);
        }
        for (int i = 0; i < length; i++) {
            if (!Float.isFinite(values[i])) {
                throw new IllegalArgumentException(name + " has " + values[i] + " at row " + i / columns + ", column "
                        + i % columns + ": every value must be finite");
            }
        }
    }

    /**
     * Learns the map.
     *
     * @param components as for {@link #of}
     * @param sample unit rows {@code (labels.length, inputDim)} float32 row-major
     * @param labels the class of each row
     * @throws IllegalArgumentException if all rows are equal
     */
    static WhitenedReducer learn(
            Reduction reduction,
            int inputDim,
            @Nullable PrincipalComponents components,
            NativeMemory sample,
            int[] labels,
            int threads) {
        int dim = reduction.dim();
        if (components == null) {
            ClassScatter scatter = new ClassScatter(sample, dim, labels);
            return of(reduction, inputDim, null, scatter.whitening(reduction), scatter.mean());
        }
        try (NativeMemory projected = NativeMemory.allocate((long) labels.length * dim * Float.BYTES)) {
            int tile = Math.max(1, Math.min(TILE_ROWS, TILE_BYTES / Float.BYTES / inputDim));
            Parallel.run(threads, (labels.length + tile - 1) / tile, i -> {
                int first = i * tile;
                int rows = Math.min(tile, labels.length - first);
                FloatBuffer from = floats(sample, (long) first * inputDim, rows * inputDim);
                FloatBuffer to = floats(projected, (long) first * dim, rows * dim);
                components.reduce(from, to);
                shift(new FloatPointer(to), rows, true, new float[dim]);
            });
            ClassScatter scatter = new ClassScatter(projected, dim, labels);
            return of(reduction, inputDim, components, scatter.whitening(reduction), scatter.mean());
        } catch (RuntimeException | Error e) {
            components.close();
            throw e;
        }
    }

    private static FloatBuffer floats(NativeMemory memory, long first, int count) {
        return memory.buffer(first * Float.BYTES, Math.multiplyExact(count, Float.BYTES))
                .asFloatBuffer();
    }

    @Override
    void project(FloatBuffer source, FloatBuffer target, int count) {
        if (components != null) {
            components.reduce(source, target);
        }
        FloatBuffer from = components == null ? source : target;
        int dim = outputDim();
        Products.run(from, dim, target, dim, count, (x, n, y) -> {
            if (!x.equals(y)) {
                Pointer.memcpy(y, x, (long) n * dim * Float.BYTES);
            }
            shift(y, n, components != null, offset);
            multiply(y, n, true);
        });
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
    private void multiply(FloatPointer y, int count, boolean forward) {
        int dim = outputDim();
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
        int dim = outputDim();
        float[] ofScaled = new float[Math.multiplyExact(count, dim)];
        FloatBuffer scaled = FloatBuffer.wrap(ofScaled);
        Products.run(gradients, dim, scaled, dim, count, (x, n, y) -> {
            Pointer.memcpy(y, x, (long) n * dim * Float.BYTES);
            multiply(y, n, false);
        });
        if (components == null) {
            target.duplicate().put(scaled);
            return;
        }
        FloatBuffer projected = FloatBuffer.allocate(ofScaled.length);
        components.reduce(rows, projected);
        Normalization.pullBack(projected, dim, ofScaled);
        components.pullBack(rows, scaled, target);
    }

    @Override
    public float[] projection() {
        checkOpen();
        return components == null ? new float[0] : components.projection();
    }

    @Override
    public float[] whitening() {
        checkOpen();
        int dim = outputDim();
        float[] copy = new float[dim * dim];
        for (int row = 0; row < dim; row++) {
            map.row(row).get(copy, row * dim, dim);
        }
        return copy;
    }

    @Override
    public float[] offset() {
        checkOpen();
        return offset.clone();
    }

    @Override
    public long bytes() {
        return map.bytes() + (components == null ? 0 : components.bytes());
    }

    @Override
    void release() {
        map.close();
        if (components != null) {
            components.close();
        }
    }
}
