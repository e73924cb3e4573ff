package io.github.afterimage.codes;

import java.nio.FloatBuffer;

/**
 * Principal components of keys: a linear map of a key to a few numbers, which keeps most of the inner products. They are in
 * descending order of their variances.
 */
public interface Components extends AutoCloseable {
    /** The codes of so many components take 8 bytes. */
    int STEP = 32;

    /** The parts of the components that have codes of different lengths. */
    int QUARTERS = 4;

    /** Returns the number of components. */
    int count();

    /** Returns the root mean square of a component of a key, for each quarter of the components. */
    float[] deviations();

    /** Returns the components, {@code (count, dim)} float32 row-major. */
    float[] rows();

    /**
     * Maps rows.
     *
     * @param rows {@code (n, dim)} float32 row-major, from the buffer's position to its limit
     * @param target receives {@code (n, count)} float32 row-major
     */
    void project(FloatBuffer rows, FloatBuffer target);

    /** Returns what was measured of answers that are estimated with these components, to be saved with them; empty if nothing was. */
    byte[] calibration();

    @Override
    void close();
}
