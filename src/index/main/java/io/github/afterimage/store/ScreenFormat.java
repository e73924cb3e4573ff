package io.github.afterimage.store;

import org.jspecify.annotations.Nullable;

/**
 * Describes a screen, or a sketch.
 *
 * @param bits of each number, 8 or 4; the mean for a sketch, 2
 * @param components the numbers of a key that are kept; null for all
 */
public record ScreenFormat(int bits, @Nullable Components components) {

    /** Returns a screen of all numbers of a key. */
    public static ScreenFormat whole(int bits) {
        return new ScreenFormat(bits, null);
    }

    /** Returns a sketch of principal components. */
    public static ScreenFormat sketch(Components components) {
        return new ScreenFormat(2, components);
    }
}
