package io.github.afterimage.keys;

import io.github.afterimage.ElementType;
import io.github.afterimage.MemoryKind;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;

/**
 * Passes all rows of a segment to an engine that keeps a copy. Rows of published keys never change.
 *
 * @param rows (capacity, dim) row-major
 * @param scales (capacity); null if the type has no scales
 * @param kind kind of memory of {@code rows}
 * @param readAhead true if only part of the rows may be in memory at a time
 */
public record SegmentRows(
        Pointer rows,
        @Nullable FloatPointer scales,
        long capacity,
        int dim,
        ElementType type,
        MemoryKind kind,
        boolean readAhead) {}
