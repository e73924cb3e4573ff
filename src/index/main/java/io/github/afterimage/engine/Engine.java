package io.github.afterimage.engine;

import io.github.afterimage.ElementType;
import io.github.afterimage.store.Keys;
import java.nio.FloatBuffer;
import java.util.List;

/**
 * One way to compute the operator. All engines give the same answer within float32 rounding; see {@link Engines}.
 *
 * <p>Threads: stateless; any number of callers, each with a workspace of its own.
 */
public abstract class Engine {
    private final String name;

    Engine(String name) {
        this.name = name;
    }

    /** The name that {@link Engines#named} knows. */
    public final String name() {
        return name;
    }

    /** What this engine computes with on this machine, in a few words. */
    public abstract String description();

    /** How many queries one pass over the keys serves at most. */
    int largestBlock() {
        return 512;
    }

    /** How many workers share a pass over the keys, of those that there are. */
    int tasks(int threads) {
        return threads;
    }

    /** Whether queries for keys of a float type are rounded to that type on every machine. */
    boolean roundsQueriesTo(ElementType type) {
        return false;
    }

    /** Whether this may apply a {@link Projection} by itself. */
    public boolean projects() {
        return false;
    }

    /** How many tasks share the projection of {@code rows} rows; 0 where the processor is to do it. */
    int projectionTasks(Projection projection, int rows, int threads) {
        return 0;
    }

    /**
     * Scales rows to unit norm and projects them, for an engine that {@linkplain #projects does that}.
     *
     * @param source rows {@code (n, inputDim)} from the buffer's position on; not changed
     * @param target receives rows {@code first} to {@code first + count - 1} of {@code (n, outputDim)}
     * @throws io.github.afterimage.NotEnoughMemoryException if the device has no room for it
     */
    void project(
            Projection projection, FloatBuffer source, int first, int count, FloatBuffer target, Workspace workspace) {
        throw new UnsupportedOperationException(name + " projects nothing");
    }

    /** Adds the class sums of all these keys, as {@link #classSums(Keys, Queries, Partial, Workspace)}. */
    void classSums(List<Keys> parts, Queries queries, Partial partial, Workspace workspace) {
        parts.forEach(keys -> classSums(keys, queries, partial, workspace));
    }

    /** Merges the best of all these keys, as {@link #nearest(Keys, Queries, Nearest, Workspace)}. */
    void nearest(List<Keys> parts, Queries queries, Nearest nearest, Workspace workspace) {
        parts.forEach(keys -> nearest(keys, queries, nearest, workspace));
    }

    /** Adds the terms of all these keys, as {@link #gradient(Keys, Queries, Gradient, Workspace)}. */
    void gradient(List<Keys> parts, Queries queries, Gradient gradient, Workspace workspace) {
        parts.forEach(keys -> gradient(keys, queries, gradient, workspace));
    }

    /** Adds these keys' class sums for each of the partial's thetas, and takes the maxima of the scores. */
    abstract void classSums(Keys keys, Queries queries, Partial partial, Workspace workspace);

    /** Merges the best of these keys into what {@code nearest} holds. */
    abstract void nearest(Keys keys, Queries queries, Nearest nearest, Workspace workspace);

    /** Adds these keys' term of the gradient with respect to the queries. */
    abstract void gradient(Keys keys, Queries queries, Gradient gradient, Workspace workspace);

    @Override
    public final String toString() {
        return name;
    }
}
