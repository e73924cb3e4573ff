package io.github.afterimage.store;

import io.github.afterimage.binding.Native;
import io.github.afterimage.binding.NativeScreen;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;

/**
 * Keys as codes of 8 or 4 bits. For each key it is known how much rounding can change a score; the certified bounds use this.
 */
final class Screen extends KeyCodes {
    private final NativeScreen screen;
    private final long rowBytes;

    Screen(CodeFormat format, int dim, long capacity) {
        super(format, dim, rowsBytes(format, dim, capacity) + 2 * aligned(capacity * Float.BYTES));
        rowBytes = Native.afterimage_screen_row_bytes(dim, format.bits());
        long scalesOffset = STRUCT_BYTES + rowsBytes(format, dim, capacity);
        screen = new NativeScreen(memory.at(0))
                .rows(new BytePointer(memory.at(STRUCT_BYTES)))
                .scales(memory.floats(scalesOffset))
                .residuals(memory.floats(scalesOffset + aligned(capacity * Float.BYTES)))
                .dim(dim)
                .bits(format.bits());
    }

    private static long rowsBytes(CodeFormat format, int dim, long capacity) {
        return aligned(Math.multiplyExact(capacity, Native.afterimage_screen_row_bytes(dim, format.bits())));
    }

    NativeScreen toNative() {
        return screen;
    }

    @Override
    long workspaceBytes() {
        return Native.afterimage_screen_store_bytes(screen.dim());
    }

    @Override
    void store(FloatPointer rows, long first, long count, Pointer workspace) {
        Native.afterimage_screen_store(screen, rows, first, count, workspace);
    }

    @Override
    void copy(KeyCodes source, long from, long count, long row) {
        NativeScreen other = ((Screen) source).screen;
        move(other.rows(), from * rowBytes, screen.rows(), row * rowBytes, count * rowBytes);
        move(other.scales(), from, screen.scales(), row, count);
        move(other.residuals(), from, screen.residuals(), row, count);
    }
}
