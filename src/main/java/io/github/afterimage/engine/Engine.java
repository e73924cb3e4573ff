package io.github.afterimage.engine;

import io.github.afterimage.store.Keys;

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
