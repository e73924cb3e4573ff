package io.github.afterimage.engine;

import io.github.afterimage.platform.Companion;
import io.github.afterimage.reduce.Entries;
import java.util.function.Supplier;

/**
 * A product with a matrix {@code (outputDim, inputDim)} that makes rows shorter, for engines with a device that multiplies
 * faster than the processor. It holds the matrix on the device.
 *
 * <p>Threads: thread-safe. Lifetime: until it is closed, when no call is running.
 */
public final class Projection implements AutoCloseable {
    private final int inputDim;
    private final int outputDim;
    private final Entries entries;
    private final Companion copy = new Companion();
    private volatile boolean refused;

    /** @param entries of the matrix */
    public Projection(int inputDim, int outputDim, Entries entries) {
        this.inputDim = inputDim;
        this.outputDim = outputDim;
        this.entries = entries;
    }

    /** Returns whether a device has refused memory for it. */
    boolean isRefused() {
        return refused;
    }

    void refuse() {
        refused = true;
    }

    public int inputDim() {
        return inputDim;
    }

    public int outputDim() {
        return outputDim;
    }

    public Entries entries() {
        return entries;
    }

    /** Returns the engine's copy of the matrix, made at the first call. */
    public <T extends AutoCloseable> T copy(Class<T> type, Supplier<T> maker) {
        return copy.get(type, maker);
    }

    @Override
    public void close() {
        copy.close();
    }
}
