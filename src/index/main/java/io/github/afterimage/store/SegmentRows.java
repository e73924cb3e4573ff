package io.github.afterimage.store;

import io.github.afterimage.ElementType;
import io.github.afterimage.MemoryKind;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;

/**
 * All rows of a segment, for an engine that keeps a copy of them: those that keys have shown never change.
 *
 * @param rows (capacity, dim) row-major
 * @param scales (capacity), or null where the type has none
 * @param kind of the memory that {@code rows} are in
 * @param readAhead whether no more than a part of the rows is to be in memory at a time
 */
public record SegmentRows(
        Pointer rows,
        FloatPointer scales,
        long capacity,
        int dim,
        ElementType type,
        MemoryKind kind,
        boolean readAhead) {}
