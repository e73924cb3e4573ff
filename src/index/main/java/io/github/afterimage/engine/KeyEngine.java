package io.github.afterimage.engine;

import io.github.afterimage.Engine;
import io.github.afterimage.failure.NotEnoughMemoryException;
import io.github.afterimage.keys.Keys;
import io.github.afterimage.platform.OpenBlas;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.function.Consumer;

/**
 * An implementation of the operator on keys.
 *
 * <p>Threads: stateless; any number of callers, each with a workspace of its own.
 */
public abstract class KeyEngine implements Engine {
    private static final System.Logger LOG = System.getLogger(KeyEngine.class.getName());

    private final String name;

    protected KeyEngine(String name) {
        this.name = name;
    }

    /** @throws IllegalArgumentException if the engine is none of this library */
    public static KeyEngine of(Engine engine) {
        if (engine instanceof KeyEngine own) {
            return own;
        }
        throw new IllegalArgumentException("engine \"" + engine.name() + "\": expected one of Engines");
    }

    @Override
    public final String name() {
        return name;
    }

    /**
     * Returns the engine that answers the next call: this one, unless it was chosen as the fastest and has failed for good
     * since.
     */
    public KeyEngine current() {
        return this;
    }

    /** Returns the engine for indexes that this one is chosen for as the fastest. */
    public KeyEngine ofAuto() {
        return this;
    }

    /**
     * Maximum number of queries that share a pass over the keys.
     *
     * @param dim values of a query
     * @param fromDisk true if the pass reads the keys from the disk; more queries share it then, if that takes no memory that
     *     the engine is short of
     */
    protected int largestBlock(int dim, boolean fromDisk) {
        return fromDisk ? 8 * 512 : 512;
    }

    /** Number of workers that share a pass over the keys, of {@code threads}. */
    protected int tasks(int threads) {
        return threads;
    }

    /** True if OpenBLAS multiplies queries by the means of classes. */
    boolean multipliesWithBlas() {
        return OpenBlas.problem() == null;
    }

    /** True if this engine has a device that can apply a {@link Projection}. */
    public boolean projects() {
        return false;
    }

    /** Number of tasks that share the projection of {@code rows} rows; 0 if the processor is faster. */
    protected int projectionTasks(Projection projection, int rows, int threads) {
        return 0;
    }

    /**
     * Scales rows to unit norm and projects them; only for engines with {@link #projects}.
     *
     * @param source rows {@code (n, inputDim)} from the buffer's position on; not changed
     * @param target receives rows {@code first} to {@code first + count - 1} of {@code (n, outputDim)}
     * @throws io.github.afterimage.failure.NotEnoughMemoryException if the device has no room for it
     */
    protected void project(
            Projection projection, FloatBuffer source, int first, int count, FloatBuffer target, Workspace workspace) {
        throw new UnsupportedOperationException(name + " projects nothing");
    }

    /**
     * Scales rows to unit norm and projects them, if this engine is faster than the processor. After a refusal of memory, or if
     * the engine fails for good and another takes its place, it is not tried again.
     *
     * @param source {@code (n, inputDim)} float32 row-major, from the buffer's position to its limit; not changed
     * @param target receives {@code (n, outputDim)}
     * @return false if the processor must do it; {@code target} may have been written to
     * @throws io.github.afterimage.failure.InvalidRowException if a row has a value that is not finite or is all zeros
     * @throws java.util.concurrent.CancellationException if the caller is interrupted
     */
    public final boolean project(Projection projection, Workers workers, FloatBuffer source, FloatBuffer target) {
        int count = source.remaining() / projection.inputDim();
        int tasks = projection.isRefused() ? 0 : projectionTasks(projection, count, workers.threads());
        if (tasks == 0) {
            return false;
        }
        try {
            if (tasks == 1) {
                Workspace workspace = workers.take();
                try {
                    project(projection, source, 0, count, target, workspace);
                } finally {
                    workers.giveBack(workspace);
                }
            } else {
                workers.forEach(tasks, (task, workspace) -> {
                    int first = (int) ((long) count * task / tasks);
                    int last = (int) ((long) count * (task + 1) / tasks);
                    project(projection, source, first, last - first, target, workspace);
                });
            }
            return true;
        } catch (NotEnoughMemoryException e) {
            projection.refuse();
            LOG.log(
                    System.Logger.Level.WARNING,
                    () -> "engine " + name + " leaves reducing rows to the processor: " + e.getMessage());
            return false;
        } catch (RuntimeException e) {
            if (current() == this) {
                throw e;
            }
            return false; // the engine has failed for good, and the next one does not project
        }
    }

    /** Adds the class sums of all these keys, as {@link #classSums(Keys, Queries, Partial, Workspace)}. */
    protected void classSums(List<Keys> parts, Queries queries, Partial partial, Workspace workspace) {
        each(parts, workspace, keys -> classSums(keys, queries, partial, workspace));
    }

    /** Merges the best of all these keys, as {@link #nearest(Keys, Queries, Nearest, Workspace)}. */
    protected void nearest(List<Keys> parts, Queries queries, Nearest nearest, Workspace workspace) {
        each(parts, workspace, keys -> nearest(keys, queries, nearest, workspace));
    }

    /** Adds the terms of all these keys, as {@link #gradient(Keys, Queries, Gradient, Workspace)}. */
    protected void gradient(List<Keys> parts, Queries queries, Gradient gradient, Workspace workspace) {
        each(parts, workspace, keys -> gradient(keys, queries, gradient, workspace));
    }

    /** Passes the keys; masked ones in parts, each with its mask in native memory, without the parts that are all hidden. */
    private static void each(List<Keys> parts, Workspace workspace, Consumer<Keys> action) {
        for (Keys keys : parts) {
            if (keys.choice() == null) {
                action.accept(keys);
                continue;
            }
            for (long row = 0; row < keys.count(); row += Workspace.MASKED_ROWS) {
                Keys part = keys.slice(row, Math.min(Workspace.MASKED_ROWS, keys.count() - row));
                if (part.shown() > 0) {
                    action.accept(part.withMaskIn(workspace.mask()));
                }
            }
        }
    }

    /** Adds the class sums of these keys for each theta of the partial, and updates the maxima of the scores. */
    protected abstract void classSums(Keys keys, Queries queries, Partial partial, Workspace workspace);

    /** Merges the best of these keys into {@code nearest}. */
    protected abstract void nearest(Keys keys, Queries queries, Nearest nearest, Workspace workspace);

    /** Adds the terms of these keys to the gradient with respect to the queries. */
    protected abstract void gradient(Keys keys, Queries queries, Gradient gradient, Workspace workspace);

    @Override
    public final String toString() {
        return name;
    }
}
