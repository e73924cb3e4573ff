package io.github.afterimage.store;

import io.github.afterimage.binding.Native;
import io.github.afterimage.binding.NativeSketch;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.ShortPointer;

/** Principal components of keys as codes of 2 bits in the mean: more bits for components of greater variance. */
final class SketchedKeys extends KeyCodes {
    /** The kernels read so many bytes after the rows. */
    private static final int BYTES_AFTER_ROWS = 32;

    private final NativeSketch sketch;
    private final long rowBytes;

    SketchedKeys(CodeFormat format, Components components, long capacity) {
        super(
                format,
                components.count(),
                rowsBytes(components, capacity) + aligned(capacity * Short.BYTES) + Components.QUARTERS * Float.BYTES);
        rowBytes = rowBytes(components);
        long scalesOffset = STRUCT_BYTES + rowsBytes(components, capacity);
        long deviationsOffset = scalesOffset + aligned(capacity * Short.BYTES);
        memory.buffer(deviationsOffset, Components.QUARTERS * Float.BYTES)
                .asFloatBuffer()
                .put(components.deviations());
        sketch = new NativeSketch(memory.at(0))
                .rows(new BytePointer(memory.at(STRUCT_BYTES)))
                .scales(new ShortPointer(memory.at(scalesOffset)))
                .deviations(memory.floats(deviationsOffset))
                .components(components.count());
    }

    private static long rowBytes(Components components) {
        return components.count() / Components.QUARTERS;
    }

    private static long rowsBytes(Components components, long capacity) {
        return aligned(Math.multiplyExact(capacity, rowBytes(components)) + BYTES_AFTER_ROWS);
    }

    NativeSketch toNative() {
        return sketch;
    }

    @Override
    long workspaceBytes() {
        return Native.afterimage_sketch_store_bytes(sketch.components());
    }

    @Override
    void store(FloatPointer rows, long first, long count, Pointer workspace) {
        Native.afterimage_sketch_store(sketch, rows, first, count, workspace);
    }

    @Override
    void copy(KeyCodes source, long from, long count, long row) {
        NativeSketch other = ((SketchedKeys) source).sketch;
        move(other.rows(), from * rowBytes, sketch.rows(), row * rowBytes, count * rowBytes);
        move(other.scales(), from, sketch.scales(), row, count);
    }
}
