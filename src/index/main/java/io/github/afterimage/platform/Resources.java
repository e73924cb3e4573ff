package io.github.afterimage.platform;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Resources that are made one after another and closed together, the last one first.
 *
 * <p>Threads: for one at a time.
 */
public final class Resources implements AutoCloseable {
    private final Deque<AutoCloseable> open = new ArrayDeque<>();

    /** Adds a resource and returns it. */
    public <T extends AutoCloseable> T add(T resource) {
        open.push(resource);
        return resource;
    }

    /** Gives up all resources without closing them, because another owner closes them now. */
    public void release() {
        open.clear();
    }

    /** Closes all, as {@link #closeAll(Iterable)}. */
    @Override
    public void close() {
        closeAll(open);
        open.clear();
    }

    /** A call with a result. */
    public interface Call<T, E extends Exception> {
        T run() throws E;
    }

    /** A call without a result. */
    public interface Action<E extends Exception> {
        void run() throws E;
    }

    /** A step of making a resource. */
    public interface Step<T, E extends Exception> {
        void run(T made) throws E;
    }

    /** Returns the result of a call. If the call fails, the resource is closed, unless it is null. */
    public static <T, E extends Exception> T guarded(@Nullable AutoCloseable resource, Call<T, E> call) throws E {
        try {
            return call.run();
        } catch (Throwable e) {
            try {
                closeAll(resource);
            } catch (RuntimeException | Error second) {
                e.addSuppressed(second);
            }
            throw e;
        }
    }

    /** Returns a resource after a step. If the step fails, the resource is closed. */
    public static <T extends AutoCloseable, E extends Exception> T filled(T made, Step<? super T, E> step) throws E {
        return guarded(made, () -> {
            step.run(made);
            return made;
        });
    }

    /** Closes all that are not null, as {@link #closeAll(Iterable)}. */
    public static void closeAll(@Nullable AutoCloseable... resources) {
        closeAll(Arrays.asList(resources));
    }

    /**
     * Closes all that are not null, even if some of them throw.
     *
     * @throws IllegalStateException if one throws a checked exception. The first exception or error is thrown, and those that
     *     follow are suppressed by it.
     */
    public static void closeAll(Iterable<? extends @Nullable AutoCloseable> resources) {
        Throwable failure = null;
        for (AutoCloseable resource : resources) {
            try {
                if (resource != null) {
                    resource.close();
                }
            } catch (Exception | Error e) {
                if (failure == null) {
                    failure = e;
                } else if (failure != e) {
                    failure.addSuppressed(e);
                }
            }
        }
        if (failure instanceof Error error) {
            throw error;
        }
        if (failure != null) {
            throw failure instanceof RuntimeException unchecked ? unchecked : new IllegalStateException(failure);
        }
    }
}
