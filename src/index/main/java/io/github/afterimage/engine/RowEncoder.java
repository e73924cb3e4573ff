package io.github.afterimage.engine;

import io.github.afterimage.Engine;
import io.github.afterimage.Normalization;
import io.github.afterimage.failure.InvalidRowException;
import io.github.afterimage.keys.KeyRows;
import io.github.afterimage.keys.UnitRows;
import io.github.afterimage.platform.NativeMemory;
import io.github.afterimage.platform.Resources;
import io.github.afterimage.reduce.Entries;
import io.github.afterimage.reduce.Reducer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Encodes rows as an index stores and compares them: reduced, if the index has a reduction, then scaled to unit norm.
 *
 * <p>Threads: thread-safe. Lifetime: closing it closes the reducer and stops the threads; its views ({@link #withEngine},
 * {@link #withoutReduction}) share both and are not closed.
 *
 * @param dim values of a row
 * @param reducer null for rows that are stored as they are
 */
public record RowEncoder(int dim, @Nullable Reducer reducer, KeyEngine engine, Workers workers)
        implements AutoCloseable {
    /** Maximum rows of a block: enough for a product at full speed, few enough to share between threads. */
    private static final int MAX_BLOCK = 256;

    private static final int MIN_BLOCK = 32;
    /** Maximum bytes of a block of more than {@link #MIN_BLOCK} rows. */
    private static final long BLOCK_BYTES = 4L << 20;
    /** Maximum multiplications of a block of more than {@link #MIN_BLOCK} rows: some 40 ms, the wait of an interrupted caller. */
    private static final long BLOCK_PRODUCTS = 1L << 30;

    /**
     * Starts the threads and takes over the reducer, unless it fails.
     *
     * @param keyDim values of an encoded row
     * @param reducer null for rows that are stored as they are
     */
    public RowEncoder(int keyDim, @Nullable Reducer reducer, Engine engine, int threads) {
        this(reducer == null ? keyDim : reducer.inputDim(), reducer, KeyEngine.of(engine), new Workers(threads));
    }

    public RowEncoder withEngine(Engine other) {
        return new RowEncoder(dim, reducer, KeyEngine.of(other), workers);
    }

    /** Returns an encoder of rows that are reduced already. */
    public RowEncoder withoutReduction() {
        return new RowEncoder(keyDim(), null, engine, workers);
    }

    /** Returns the engine that answers now; see {@link KeyEngine#current}. */
    @Override
    public KeyEngine engine() {
        return engine.current();
    }

    /** Number of values of an encoded row. */
    public int keyDim() {
        return reducer == null ? dim : reducer.outputDim();
    }

    /** Receives keys whose rows are reduced. */
    public interface Receiver<T, E extends Exception> {
        T add(KeyRows keys) throws E;
    }

    /**
     * Reduces the rows of keys and passes them on.
     *
     * @throws IllegalArgumentException if these are not as many rows as keys
     * @throws InvalidRowException if this or the receiver refuses a row, which is called a key
     */
    public <T, E extends Exception> T add(KeyRows keys, Receiver<T, E> receiver) throws E {
        long expected = (long) keys.count() * dim;
        if (keys.features().remaining() != expected) {
            throw new IllegalArgumentException(
                    "features hold " + keys.features().remaining() + " values: expected " + keys.count()
                            + " keys x dim " + dim + " = " + expected);
        }
        try {
            return receiver.add(keys.withFeatures(reduce(keys.features())));
        } catch (InvalidRowException e) {
            throw e.named("key");
        }
    }

    /** Bytes that {@link #reduce} takes on each thread: a block of rows, and a row padded to twice its length for a transform. */
    public static long scratchBytes(@Nullable Reducer reducer) {
        return reducer == null ? 0 : (maxRows(reducer.inputDim()) + 2) * reducer.inputDim() * Float.BYTES;
    }

    private static long maxRows(int dim) {
        return Math.max(MIN_BLOCK, Math.min(MAX_BLOCK, BLOCK_BYTES / ((long) dim * Float.BYTES)));
    }

    /**
     * Reduces rows after scaling them to unit norm; returns the rows themselves if there is no reducer. The store and the
     * engines scale the result. An engine with a device of its own multiplies there, if that is sooner.
     *
     * @param rows {@code (n, dim)}
     * @return {@code (n, keyDim)}
     * @throws io.github.afterimage.failure.InvalidRowException if a row that is reduced has a value that is not finite or is
     *     all zeros
     */
    public FloatBuffer reduce(FloatBuffer rows) {
        if (reducer == null) {
            return rows;
        }
        int count = rows.remaining() / dim;
        int keyDim = keyDim();
        FloatBuffer reduced = ByteBuffer.allocateDirect(
                        Math.multiplyExact(count, Math.multiplyExact(keyDim, Float.BYTES)))
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
        if (reducedByEngine(reducer, rows, reduced)) {
            return reduced;
        }
        int share = (count + workers.threads() - 1) / workers.threads();
        int block = (int)
                Math.max(MIN_BLOCK, Math.min(share, Math.min(maxRows(dim), BLOCK_PRODUCTS / ((long) dim * keyDim))));
        return QueryMemory.inTurn(() -> {
            workers.forEach((count + block - 1) / block, i -> {
                int first = i * block;
                int part = Math.min(block, count - first);
                try (NativeMemory unit = NativeMemory.allocateScratch((long) part * dim * Float.BYTES)) {
                    UnitRows.copy(rows, first, part, dim, unit, 0);
                    reducer.reduce(
                            unit.buffer(0, part * dim * Float.BYTES).asFloatBuffer(),
                            reduced.slice(first * keyDim, part * keyDim));
                }
            });
            return reduced;
        });
    }

    private boolean reducedByEngine(Reducer reducer, FloatBuffer rows, FloatBuffer reduced) {
        KeyEngine now = engine.current();
        Optional<Entries> entries = now.projects() ? reducer.entries() : Optional.empty();
        return entries.isPresent()
                && now.project(
                        reducer.companion(Projection.class, () -> new Projection(dim, keyDim(), entries.get())),
                        workers,
                        rows,
                        reduced);
    }

    /** Encodes rows {@code (n, dim)}; returns {@code (n, keyDim)} of unit norm. */
    public float[] encode(FloatBuffer rows) {
        int count = rows.remaining() / dim;
        float[] unit = new float[Math.multiplyExact(count, keyDim())];
        try (NativeMemory memory = NativeMemory.allocateScratch((long) unit.length * Float.BYTES)) {
            UnitRows.copy(reduce(rows), 0, count, keyDim(), memory, 0);
            memory.buffer(0, Math.multiplyExact(unit.length, Float.BYTES))
                    .asFloatBuffer()
                    .get(unit);
        }
        return unit;
    }

    /**
     * Turns gradients with respect to encoded rows into gradients with respect to the rows scaled to unit norm.
     *
     * @param rows {@code (n, dim)}
     * @param reduced what {@link #reduce} returned for the rows
     * @param gradients {@code (n, keyDim)}; changed
     * @return {@code (n, dim)}
     */
    public float[] pullBack(FloatBuffer rows, FloatBuffer reduced, float[] gradients) {
        if (reducer == null) {
            return gradients;
        }
        Normalization.pullBack(reduced, keyDim(), gradients);
        int count = gradients.length / keyDim();
        float[] unreduced = new float[Math.multiplyExact(count, dim)];
        int bytes = Math.multiplyExact(unreduced.length, Float.BYTES);
        try (NativeMemory unit = NativeMemory.allocateScratch(bytes)) {
            UnitRows.copy(rows, 0, count, dim, unit, 0);
            reducer.pullBack(
                    unit.buffer(0, bytes).asFloatBuffer(), FloatBuffer.wrap(gradients), FloatBuffer.wrap(unreduced));
        }
        return unreduced;
    }

    @Override
    public void close() {
        Resources.closeAll(workers, reducer);
    }
}
