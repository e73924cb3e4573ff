package io.github.afterimage;

import io.github.afterimage.reduce.Reduction;
import io.github.afterimage.settings.ElementType;
import java.util.Optional;

/**
 * Describes the keys of an index: how they are made from rows, and how they are stored.
 *
 * <pre>{@code
 * try (CacheIndex index = CacheIndex.open(Path.of("cache.safetensors"))) {
 *     IndexFormat format = index.format();
 *     System.out.println(format.dim() + " values, stored as " + format.keyDim() + " " + format.type().shortName());
 * }
 * }</pre>
 *
 * @param dim values of a row that is added or queried, before it is reduced
 * @param reduction what makes keys of rows; empty if rows are stored as they are
 * @param keyDim values of a key as it is stored: {@code dim} without a reduction
 * @param type the type in which values of keys are stored
 * @param classes number of classes
 * @param spareClasses number of spare classes, named or not, which are the last ones; see {@link CacheIndexBuilder#spareClasses}
 */
public record IndexFormat(
        int dim, Optional<Reduction> reduction, int keyDim, ElementType type, int classes, int spareClasses) {
    /** Bytes of the values of a key, its scale not counted. */
    public long keyBytes() {
        return (long) keyDim * type.bytes();
    }
}
