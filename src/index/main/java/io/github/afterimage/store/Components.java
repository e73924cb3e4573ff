package io.github.afterimage.store;

import java.nio.FloatBuffer;

/** Principal components of keys: a linear map of a key to a few numbers, which keeps most of the inner products. */
public interface Components extends AutoCloseable {
    /** Returns the number of components. */
    int count();

    /**
     * Maps rows.
     *
     * @param rows {@code (n, dim)} float32 row-major, from the buffer's position to its limit
     * @param target receives {@code (n, count)} float32 row-major
     */
    void project(FloatBuffer rows, FloatBuffer target);

    @Override
    void close();
}
