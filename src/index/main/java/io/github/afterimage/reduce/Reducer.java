package io.github.afterimage.reduce;

import io.github.afterimage.platform.Lifetime;
import java.nio.FloatBuffer;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A linear map from rows of {@code inputDim} floats to rows of {@code outputDim} floats, as a {@link Reduction} says.
 *
 * <p>Guarantees: the map is the same on every platform and thread count; its products are those of float32 arithmetic,
 * so that the last bits of a result may depend on how many rows are reduced in one call. Nothing is normalised. Values
 * are not looked at: a caller refuses NaN and infinity first ({@code sparse} may pass over one) and scales rows to unit
 * norm, because the squares of huge values overflow. A row that is not all zeros may be reduced to all zeros.
 *
 * <p>Threads: thread-safe. A call runs on the caller's thread alone, except that the first one may make a matrix with
 * as many threads as were asked for.
 *
 * <p>Lifetime: until {@link #close}, which waits for running calls; later ones get IllegalStateException, which says
 * where it was closed. Closing twice is harmless.
 */
public abstract class Reducer implements AutoCloseable {
    private final Reduction reduction;
    private final int inputDim;
    private final Lifetime lifetime;
    private @Nullable AutoCloseable companion; // guarded by this

    Reducer(Reduction reduction, int inputDim) {
        this.reduction = reduction;
        this.inputDim = inputDim;
        lifetime = new Lifetime("the reducer " + reduction);
    }

    /** What this does, its dimension fixed. */
    public final Reduction reduction() {
        return reduction;
    }

    /** Values of a row that goes in. */
    public final int inputDim() {
        return inputDim;
    }

    /** Values of a row that comes out. */
    public final int outputDim() {
        return reduction.dim();
    }

    /**
     * Reduces rows; fastest where both buffers are direct and of native byte order.
     *
     * @param source {@code (n, inputDim)} float32 row-major, from the buffer's position to its limit, neither of which
     *     changes
     * @param target receives {@code (n, outputDim)} float32 row-major, likewise; must not overlap {@code source}
     * @throws IllegalArgumentException if a length does not fit; nothing is written then
     * @throws IllegalStateException if this is closed
     * @throws java.util.concurrent.CancellationException if the caller is interrupted while a matrix is made
     * @throws io.github.afterimage.NotEnoughMemoryException if memory is refused
     */
    public final void reduce(FloatBuffer source, FloatBuffer target) {
        int count = count(source, inputDim, "inputDim", target, outputDim(), "outputDim");
        if (count > 0) {
            whileOpen(() -> project(source.slice(), target.slice(), count));
        }
    }

    /**
     * Applies the transpose of the map: of gradients with respect to reduced rows, it makes those with respect to the rows
     * before.
     *
     * @param source {@code (n, outputDim)} float32 row-major, from the buffer's position to its limit, neither of which
     *     changes
     * @param target receives {@code (n, inputDim)}, likewise
     * @throws IllegalArgumentException if a length does not fit; nothing is written then
     * @throws IllegalStateException if this is closed
     */
    public final void transpose(FloatBuffer source, FloatBuffer target) {
        int count = count(source, outputDim(), "outputDim", target, inputDim, "inputDim");
        if (count > 0) {
            whileOpen(() -> projectBack(source.slice(), target.slice(), count));
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
     * The matrix that rows are multiplied with, for somebody who has a faster product than this; empty for {@code hadamard},
     * which needs far fewer operations than a product.
     */
    public Optional<Entries> entries() {
        return Optional.empty();
    }

    /**
     * What somebody keeps beside this: made at the first call, the same at every later one, closed with this. All callers
     * ask for the same type.
     *
     * @throws IllegalStateException if this is closed
     */
    public final synchronized <T extends AutoCloseable> T companion(Class<T> type, Supplier<T> maker) {
        checkOpen();
        if (companion == null) {
            companion = maker.get();
        }
        return type.cast(companion);
    }

    /** Reduces {@code count} > 0 rows; both buffers are of exactly the right size, and begin at 0. */
    abstract void project(FloatBuffer source, FloatBuffer target, int count);

    /** The transpose of {@link #project}; {@code source} is {@code (count, outputDim)}. */
    abstract void projectBack(FloatBuffer source, FloatBuffer target, int count);

    /** Bytes that this holds beyond a call, native or on the heap; 0 before the first use of a random projection. */
    public abstract long bytes();

    final void checkOpen() {
        lifetime.check();
    }

    /** Frees what is held; no call is running, and none follows. */
    abstract void release();

    @Override
    public final void close() {
        lifetime.close(() -> {
            release();
            closeCompanion();
        });
    }

    private synchronized void closeCompanion() {
        try {
            if (companion != null) {
                companion.close();
            }
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public String toString() {
        return "Reducer[" + reduction + " of dim " + inputDim + "]";
    }
}
