package io.github.afterimage.store;

import io.github.afterimage.ElementType;

/**
 * Describes the keys of an index; the same in all of its files.
 *
 * @param dim numbers of a key
 * @param type in which they are stored
 */
public record KeyFormat(int dim, int classes, ElementType type, ValueFormat values) {
    /** Describes keys without values. */
    public KeyFormat(int dim, int classes, ElementType type) {
        this(dim, classes, type, ValueFormat.NONE);
    }
}
