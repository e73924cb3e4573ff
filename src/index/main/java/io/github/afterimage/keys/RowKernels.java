package io.github.afterimage.keys;

import io.github.afterimage.binding.Native;
import io.github.afterimage.platform.NativeLibrary;
import io.github.afterimage.platform.NumberType;
import io.github.afterimage.settings.ElementType;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.jspecify.annotations.Nullable;

/**
 * Converts rows between float32 and their element type: with the kernels, or with the same results in plain
 * Java where these are not loaded.
 *
 * <p>Buffers begin at index 0. The kernels need direct ones in native byte order.
 */
final class RowKernels {
    private static final int LARGEST_INT8 = 127;

    private RowKernels() {}

    /**
     * Rounds rows to an element type, to nearest even.
     *
     * @param rows {@code (count, dim)}
     * @param scales one of each row, for a type that has them; otherwise null
     */
    static void store(
            FloatBuffer rows, int count, int dim, ElementType type, ByteBuffer stored, @Nullable FloatBuffer scales) {
        if (NativeLibrary.available()) {
            FloatPointer scale = scales == null ? null : new FloatPointer(scales);
            Native.afterimage_store(new FloatPointer(rows), count, dim, type.code(), new BytePointer(stored), scale);
        } else if (scales == null) {
            NumberType number = NumberType.of(type);
            for (int i = 0; i < count * dim; i++) {
                number.put(stored, rows.get(i));
            }
        } else {
            float[] values = new float[dim];
            for (int row = 0; row < count; row++) {
                rows.get(row * dim, values);
                float largest = 0;
                for (float value : values) {
                    largest = Math.max(largest, Math.abs(value));
                }
                scales.put(row, largest / LARGEST_INT8);
                float inverse = largest > 0 ? LARGEST_INT8 / largest : 0;
                for (float value : values) {
                    stored.put((byte) Math.rint(value * inverse));
                }
            }
        }
    }

    /**
     * Widens stored rows to float32.
     *
     * @param scales one of each row, for a type that has them; otherwise null
     * @param rows {@code (count, dim)}
     */
    static void load(
            ByteBuffer stored, @Nullable FloatBuffer scales, int count, int dim, ElementType type, FloatBuffer rows) {
        if (NativeLibrary.available() && rows.isDirect()) {
            FloatPointer scale = scales == null ? null : new FloatPointer(scales);
            Native.afterimage_load(new BytePointer(stored), scale, count, dim, type.code(), new FloatPointer(rows));
            return;
        }
        NumberType number = NumberType.of(type);
        for (int i = 0; i < count * dim; i++) {
            rows.put(i, scales == null ? number.read(stored, i) : scales.get(i / dim) * number.read(stored, i));
        }
    }

    /**
     * Returns the sum of squares of each row as it is stored, not scaled, with a relative error of at most 3e-6. It is not finite if
     * an element is not, or if the square of one overflows float32.
     *
     * @param stored {@code (count, dim)}
     */
    static double[] squares(ByteBuffer stored, int count, int dim, ElementType type) {
        double[] sums = new double[count];
        if (NativeLibrary.available()) {
            Native.afterimage_squares(new BytePointer(stored), count, dim, type.code(), sums);
            return sums;
        }
        NumberType number = NumberType.of(type);
        for (int i = 0; i < count * dim; i++) {
            double value = number.read(stored, i);
            sums[i / dim] += value * value;
        }
        return sums;
    }
}
