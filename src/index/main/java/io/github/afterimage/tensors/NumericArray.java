package io.github.afterimage.tensors;

import io.github.afterimage.CorruptDataException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;

/**
 * An array of numbers inside a file, read in blocks.
 *
 * @param name how messages call it, with its file
 * @param fortran whether the elements are in Fortran order, the first index fastest, instead of row-major
 * @param region exactly the elements
 */
public record NumericArray(
        String name, NumberType type, ByteOrder order, long[] shape, boolean fortran, Region region) {
    // 64 KiB: a whole number of elements of every type, small enough to stay in the first caches.
    private static final int BLOCK_BYTES = 1 << 16;

    /** A row-major array. */
    NumericArray(String name, NumberType type, ByteOrder order, long[] shape, Region region) {
        this(name, type, order, shape, false, region);
    }

    /** How many bytes a shape needs; refuses negative dimensions and sizes beyond 2^63. */
    static long bytes(String name, long elementBytes, long[] shape) throws CorruptDataException {
        long bytes = elementBytes;
        try {
            for (long dimension : shape) {
                if (dimension < 0) {
                    throw new CorruptDataException(
                            name + " has shape " + Arrays.toString(shape) + ": no dimension may be negative");
                }
                bytes = Math.multiplyExact(bytes, dimension);
            }
        } catch (ArithmeticException e) {
            throw new CorruptDataException(name + " has shape " + Arrays.toString(shape) + ": more than 2^63 bytes", e);
        }
        return bytes;
    }

    public String shapeText() {
        return Arrays.toString(shape);
    }

    /** Elements per index of the first dimension. */
    public long rowLength() {
        long length = 1;
        for (int i = 1; i < shape.length; i++) {
            length *= shape[i];
        }
        return length;
    }

    /** Puts {@code count} rows from row {@code first} on, as row-major float32, at the target's position. */
    public void readRows(long first, int count, FloatBuffer target) throws IOException {
        if (!fortran) {
            readFloats(first * rowLength(), count * rowLength(), target);
            return;
        }
        int length = Math.toIntExact(rowLength());
        float[] column = new float[count];
        for (int place = 0; place < length; place++) {
            // In Fortran order, the elements at one place of all rows are beside each other.
            readFloats(fortranPlace(place) * shape[0] + first, count, FloatBuffer.wrap(column));
            for (int row = 0; row < count; row++) {
                target.put(target.position() + row * length + place, column[row]);
            }
        }
        target.position(target.position() + count * length);
    }

    /** The place within a row, counted in Fortran order, of the element at this place in row-major order. */
    private long fortranPlace(int place) {
        long fortranPlace = 0;
        long stride = rowLength();
        long left = place;
        for (int dimension = shape.length - 1; dimension > 0; dimension--) {
            stride /= shape[dimension]; // of this dimension in Fortran order: the product of those before it
            fortranPlace += left % shape[dimension] * stride;
            left /= shape[dimension];
        }
        return fortranPlace;
    }

    /** Puts {@code count} elements from element {@code from} on, as they are stored, at the target's position. */
    private void readFloats(long from, long count, FloatBuffer target) throws IOException {
        ByteBuffer block = block(count);
        for (long done = 0; done < count; ) {
            int elements = fill(block, from + done, count - done);
            if (type == NumberType.F32) {
                target.put(block.asFloatBuffer());
            } else {
                for (int i = 0; i < elements; i++) {
                    target.put(type.toFloat(block, i * type.bytes));
                }
            }
            done += elements;
        }
    }

    /** {@code count} elements of an integer type from element {@code from} on. */
    public long[] readIntegers(long from, int count) throws IOException {
        long[] values = new long[count];
        ByteBuffer block = block(count);
        for (int done = 0; done < count; ) {
            int elements = fill(block, from + done, count - done);
            for (int i = 0; i < elements; i++) {
                values[done + i] = type.toLong(block, i * type.bytes);
            }
            done += elements;
        }
        return values;
    }

    private ByteBuffer block(long count) {
        return ByteBuffer.allocate((int) Math.min(BLOCK_BYTES, count * type.bytes))
                .order(order);
    }

    private int fill(ByteBuffer block, long from, long left) throws IOException {
        int elements = (int) Math.min(left, block.capacity() / type.bytes);
        block.clear().limit(elements * type.bytes);
        region.read(from * type.bytes, block);
        block.flip();
        return elements;
    }
}
