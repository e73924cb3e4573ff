package io.github.afterimage.store;

import java.nio.FloatBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Describes a screen.
 *
 * @param bits of each number, 8 or 4
 * @param components the numbers of a key that are kept; null for all
 */
public record ScreenFormat(int bits, @Nullable Components components) {

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

    /** Returns a screen of all numbers of a key. */
    public static ScreenFormat whole(int bits) {
        return new ScreenFormat(bits, null);
    }

    /** Returns a screen of 4 bits of principal components. */
    public static ScreenFormat sketch(Components components) {
        return new ScreenFormat(4, components);
    }

    /** Returns the numbers of a row. */
    int columns(int dim) {
        return components == null ? dim : components.count();
    }
}
