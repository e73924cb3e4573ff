package io.github.afterimage.reduce;

import io.github.afterimage.platform.Companion;
import io.github.afterimage.platform.Lifetime;
import java.nio.FloatBuffer;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Maps rows of {@code inputDim} floats to rows of {@code outputDim} floats; a {@link Reduction} describes the map. All maps but
 * whitened ones are linear.
 *
 * <p>Guarantees: the map is the same on every platform and for every number of threads. Products are computed in float32,
 * and their last bits may depend on the number of rows in a call. Rows are neither scaled nor checked. The caller must
 * refuse NaN and infinity, and must scale rows to unit norm, because the squares of huge values overflow. A row that is not all
 * zeros may be reduced to all zeros.
 *
 * <p>Threads: thread-safe. A call runs on the caller's thread. Only the first call may use more threads, to compute the
 * matrix.
 *
 * <p>Lifetime: a reducer is valid until {@link #close}, which waits for running calls. Later calls throw an
 * IllegalStateException that names the place of closing. Closing again does nothing.
 */
public abstract class Reducer implements AutoCloseable {
    private final Reduction reduction;
    private final int inputDim;
    private final Lifetime lifetime;
    private final Companion companion = new Companion();

    Reducer(Reduction reduction, int inputDim) {
        this.reduction = reduction;
        this.inputDim = inputDim;
        lifetime = new Lifetime("the reducer " + reduction);
    }

    /** Returns the reduction that this applies. */
    public final Reduction reduction() {
        return reduction;
    }

    /** Returns the number of values of an original row. */
    public final int inputDim() {
        return inputDim;
    }

    /** Returns the number of values of a reduced row. */
    public final int outputDim() {
        return reduction.dim();
    }

    /**
     * Reduces rows. Direct buffers in native byte order are fastest.
     *
     * @param source {@code (n, inputDim)} float32 row-major, from the buffer's position to its limit; the call changes
     *     neither
     * @param target receives {@code (n, outputDim)} float32 row-major, from its position to its limit; the call changes
     *     neither; must not overlap {@code source}
     * @throws IllegalArgumentException if a length does not fit; nothing is written then
     * @throws IllegalStateException if this is closed
     * @throws java.util.concurrent.CancellationException if the caller is interrupted while the matrix is computed
     * @throws io.github.afterimage.failure.NotEnoughMemoryException if memory is refused
     */
    public final void reduce(FloatBuffer source, FloatBuffer target) {
        int count = count(source, inputDim, "inputDim", target, outputDim(), "outputDim");
        if (count > 0) {
            whileOpen(() -> project(source.slice(), target.slice(), count));
        }
    }

    /**
     * Turns gradients with respect to reduced rows into gradients with respect to the rows: multiplies them by the transposed
     * Jacobian of the map, which is its transposed matrix if it is linear.
     *
     * @param rows {@code (n, inputDim)} float32 row-major, of unit norm, the rows that were reduced; a linear map ignores their
     *     values
     * @param gradients {@code (n, outputDim)} float32 row-major
     * @param target receives {@code (n, inputDim)} float32 row-major. All three reach from the buffer's position to its limit,
     *     and the call changes neither; they must not overlap
     * @throws IllegalArgumentException if a length does not fit; nothing is written then
     * @throws IllegalStateException if this is closed
     */
    public final void pullBack(FloatBuffer rows, FloatBuffer gradients, FloatBuffer target) {
        int count = count(gradients, outputDim(), "outputDim", target, inputDim, "inputDim");
        if (rows.remaining() != (long) count * inputDim) {
            throw new IllegalArgumentException(
                    "rows hold " + rows.remaining() + " values: expected " + count + " rows x inputDim " + inputDim);
        }
        if (count > 0) {
            whileOpen(() -> pullBack(rows.slice(), gradients.slice(), target.slice(), count));
        }
    }

    private void whileOpen(Runnable call) {
        lifetime.enter();
        try {
            call.run();
        } finally {
            lifetime.exit();
        }
    }

    private int count(
            FloatBuffer source, int dim, String dimName, FloatBuffer target, int targetDim, String targetName) {
        if (source.remaining() % dim != 0) {
            throw new IllegalArgumentException(
                    "source holds " + source.remaining() + " values: expected a multiple of " + dimName + " " + dim);
        }
        int count = source.remaining() / dim;
        if (target.remaining() != (long) count * targetDim) {
            throw new IllegalArgumentException("target holds " + target.remaining() + " values: expected " + count
                    + " rows x " + targetName + " " + targetDim);
        }
        if (target.isReadOnly()) {
            throw new IllegalArgumentException("target is read-only: expected a buffer that can be written");
        }
        checkOpen();
        return count;
    }

    /**
     * Returns the matrix of the map, for engines that multiply faster than this. The result is empty for {@code hadamard},
     * which needs far fewer operations than a matrix product, and for {@code whiten}, which is no matrix product.
     */
    public Optional<Entries> entries() {
        return Optional.empty();
    }

    /**
     * Returns an object that an engine keeps with this reducer, such as a copy of the matrix on a device. The first call
     * creates it, later calls return it, and {@link #close} closes it. All callers must ask for the same type.
     *
     * @throws IllegalStateException if this is closed
     */
    public final <T extends AutoCloseable> T companion(Class<T> type, Supplier<T> maker) {
        checkOpen();
        return companion.get(type, maker);
    }

    /** Reduces {@code count} > 0 rows. Both buffers begin at 0 and have exactly the required size. */
    abstract void project(FloatBuffer source, FloatBuffer target, int count);

    /** Multiplies {@code count} > 0 gradients by the transposed Jacobian of {@link #project} at {@code rows}. */
    abstract void pullBack(FloatBuffer rows, FloatBuffer gradients, FloatBuffer target, int count);

    /**
     * Returns the bytes that this holds between calls, native and on the heap. A random projection holds none before its
     * first use.
     */
    public abstract long bytes();

    final void checkOpen() {
        lifetime.check();
    }

    /** Frees the memory of this reducer. No call is running, and none follows. */
    abstract void release();

    @Override
    public final void close() {
        lifetime.close(() -> {
            release();
            companion.close();
        });
    }

    @Override
    public String toString() {
        return "Reducer[" + reduction + " of dim " + inputDim + "]";
    }
}
