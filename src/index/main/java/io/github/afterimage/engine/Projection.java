package io.github.afterimage.engine;

import io.github.afterimage.failure.NotEnoughMemoryException;
import io.github.afterimage.platform.Companion;
import io.github.afterimage.reduce.Entries;
import java.nio.FloatBuffer;
import java.util.function.Supplier;

/**
 * A product with a matrix {@code (outputDim, inputDim)} that makes rows shorter, for engines with a device that multiplies
 * faster than the processor. It holds the matrix on the device.
 *
 * <p>Threads: thread-safe. Lifetime: until it is closed, when no call is running.
 */
public final class Projection implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Projection.class.getName());

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

    /**
     * Scales rows to unit norm and projects them, if the engine is faster than the processor. After a refusal of memory, or if
     * the engine fails for good and another takes its place, it is not tried again.
     *
     * @param source {@code (n, inputDim)} float32 row-major, from the buffer's position to its limit; not changed
     * @param target receives {@code (n, outputDim)}
     * @return false if the processor must do it; {@code target} may have been written to
     * @throws io.github.afterimage.failure.InvalidRowException if a row has a value that is not finite or is all zeros
     * @throws java.util.concurrent.CancellationException if the caller is interrupted
     */
    public boolean apply(KeyEngine engine, Workers workers, FloatBuffer source, FloatBuffer target) {
        int count = source.remaining() / inputDim;
        int tasks = refused ? 0 : engine.projectionTasks(this, count, workers.threads());
        if (tasks == 0) {
            return false;
        }
        try {
            if (tasks == 1) {
                workers.runHere(workspace -> {
                    engine.project(this, source, 0, count, target, workspace);
                    return null;
                });
            } else {
                workers.forEach(tasks, (task, workspace) -> {
                    int first = (int) ((long) count * task / tasks);
                    int last = (int) ((long) count * (task + 1) / tasks);
                    engine.project(this, source, first, last - first, target, workspace);
                });
            }
            return true;
        } catch (NotEnoughMemoryException e) {
            refused = true;
            LOG.log(
                    System.Logger.Level.WARNING,
                    () -> "engine " + engine.name() + " leaves reducing rows to the processor: " + e.getMessage());
            return false;
        } catch (RuntimeException e) {
            if (engine.current() == engine) {
                throw e;
            }
            return false; // the engine has failed for good, and the next one does not project
        }
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
