package io.github.afterimage.reduce;

import io.github.afterimage.platform.NativeMemory;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import org.bytedeco.javacpp.FloatPointer;

/** Passes rows in any buffer to native code that multiplies them. */
final class Products {
    /** Bytes of a step in which rows are copied to native memory, large enough for products at full speed. */
    private static final int STEP_BYTES = 32 << 20;

    private Products() {}

    /** Multiplies rows in native memory. */
    interface Product {
        void run(FloatPointer x, int count, FloatPointer y);
    }

    /**
     * Runs a product over rows in any buffers. Native code works in place on direct buffers in native byte order; rows of
     * other buffers are copied.
     *
     * @param source {@code (count, dim)}, from index 0 on
     * @param target {@code (count, outputDim)}, from index 0 on
     */
    static void run(FloatBuffer source, int dim, FloatBuffer target, int outputDim, int count, Product product) {
        boolean readable = isNative(source);
        boolean writable = isNative(target);
        if (readable && writable) {
            product.run(new FloatPointer(source), count, new FloatPointer(target));
            return;
        }
        int step = Math.min(count, Math.max(1, STEP_BYTES / Float.BYTES / Math.max(dim, outputDim)));
        try (NativeMemory in = NativeMemory.allocate((long) step * dim * Float.BYTES);
                NativeMemory out = NativeMemory.allocate((long) step * outputDim * Float.BYTES)) {
            for (int row = 0; row < count; row += step) {
                int rows = Math.min(step, count - row);
                FloatBuffer from = source.slice(row * dim, rows * dim);
                FloatBuffer to = target.slice(row * outputDim, rows * outputDim);
                if (!readable) {
                    floats(in, rows * dim).put(from.duplicate());
                }
                product.run(
                        readable ? new FloatPointer(from) : in.floats(0),
                        rows,
                        writable ? new FloatPointer(to) : out.floats(0));
                if (!writable) {
                    to.put(floats(out, rows * outputDim));
                }
            }
        }
    }

    private static FloatBuffer floats(NativeMemory memory, int count) {
        return memory.buffer(0, count * Float.BYTES).asFloatBuffer();
    }

    private static boolean isNative(FloatBuffer buffer) {
        return buffer.isDirect() && buffer.order() == ByteOrder.nativeOrder();
    }
}
