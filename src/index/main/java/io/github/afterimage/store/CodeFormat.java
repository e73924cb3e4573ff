package io.github.afterimage.store;

import org.jspecify.annotations.Nullable;

/**
 * Describes the codes of a screen or of a sketch.
 *
 * @param bits of each number, 8 or 4; the mean for a sketch, 2
 * @param components the numbers of a key that are kept; null for all
 */
public record CodeFormat(int bits, @Nullable Components components) {

    /** Returns the format of a screen of all numbers of a key. */
    public static CodeFormat whole(int bits) {
        return new CodeFormat(bits, null);
    }

    /** Returns the format of a sketch of principal components. */
    public static CodeFormat sketch(Components components) {
        return new CodeFormat(2, components);
    }
}
